"""Which control groups hold this process, as the kernel tells it: versions 1 and 2, nested groups, parts of a tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

OWN_PROC = Path("/proc/self")

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted tree of groups: *root* is the group that its *point* shows; version 1 has its controllers in *options*.

    Version 2 has one tree for all controllers.
    """

    version: int
    root: PurePosixPath
    point: Path
    options: frozenset[str]

    def holds(self, controller: str) -> bool:
        """Whether groups of this tree can be limited by *controller*; of version 2 only a group's own files say it."""
        return self.version == 2 or controller in self.options

    def own_group(self, groups: dict[str, PurePosixPath], controller: str) -> PurePosixPath:
        """This process's group in this tree; where the kernel hides it, the one that the tree shows at its top."""
        return groups.get("" if self.version == 2 else controller, self.root)


def mounts(proc: Path = OWN_PROC) -> list[Mount]:
    """The trees that are mounted here, from ``mountinfo`` (proc(5)); none off Linux."""
    try:
        lines = (proc / "mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        before, _, after = line.partition(" - ")
        kind, *_, options = after.split(" ")
        if kind in {"cgroup", "cgroup2"}:
            _, _, _, root, point, *_ = (_unescaped(word) for word in before.split(" "))
            version = 2 if kind == "cgroup2" else 1
            found.append(Mount(version, PurePosixPath(root), Path(point), frozenset(options.split(","))))
    return found


def own_groups(proc: Path = OWN_PROC) -> dict[str, PurePosixPath]:
    """This process's group by controller, version 2 under the empty name; none off Linux or without control groups."""
    try:
        lines = (proc / "cgroup").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return {}
    groups = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        groups.update(dict.fromkeys(controllers.split(","), PurePosixPath(path)))
    return groups


def upwards(mount: Mount, group: PurePosixPath) -> Iterator[Path]:
    """The folders of *group* and of the groups above it, as far as *mount* shows them.

    A group outside what is shown, as in a container, is stood for by the top of it.
    """
    below = group.relative_to(mount.root) if group.is_relative_to(mount.root) else PurePosixPath()
    if ".." in below.parts:  # a process that was moved out of its namespace
        below = PurePosixPath()
    yield from (mount.point / part for part in (below, *below.parents))


def own_folders(controller: str, proc: Path = OWN_PROC) -> Iterator[tuple[int, Path]]:
    """Version and folder of every group whose limits of *controller* hold this process, its own and those above."""
    groups = own_groups(proc)
    for mount in mounts(proc):
        if mount.holds(controller):
            yield from ((mount.version, folder) for folder in upwards(mount, mount.own_group(groups, controller)))


def _unescaped(word: str) -> str:
    """The kernel writes spaces and the like in a path as three octal digits."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), word)
