"""Where control groups may be made: the kernel's two versions of them, as they are mounted here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MEMORY = "memory"
CPU = "cpu"
WANTED = (MEMORY, CPU)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A folder of the kernel: a folder made in it is a control group that these controllers can limit."""

    version: int
    controllers: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class _Mount:
    version: int
    root: PurePosixPath
    point: Path
    options: frozenset[str]


def find_hierarchies(proc: Path = Path("/proc/self")) -> list[Hierarchy]:
    """Return where this process may make groups for memory and CPU, at most one folder a controller.

    Version 1 has a tree a controller: groups are made below our own, so that what limits us limits them, too. Version 2
    has one tree, in which a group with processes cannot pass controllers on: groups are made in the nearest ancestor
    that passes both on and may be written to, or else in the nearest that passes on one of them, memory before CPU.
    Empty where there is nothing, such as in most containers, whose tree is mounted read-only.
    """
    mounts = _mounts(proc)
    own = _own_groups(proc)
    first = [
        Hierarchy(1, (controller,), _folder(mount, own[controller]))
        for controller in WANTED
        for mount in mounts
        if mount.version == 1 and controller in mount.options and controller in own
    ]
    found = {controller for hierarchy in first for controller in hierarchy.controllers}
    missing = [controller for controller in WANTED if controller not in found]
    second = [
        hierarchy
        for mount in mounts
        if mount.version == 2 and "" in own and (hierarchy := _nearest(mount, own[""], missing)) is not None
    ]
    return [hierarchy for hierarchy in (*first, *second[:1]) if os.access(hierarchy.folder, os.W_OK)]


def _mounts(proc: Path) -> list[_Mount]:
    """Return the mounted trees; the format of ``mountinfo`` is in proc(5)."""
    try:
        lines = (proc / "mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []  # not Linux
    mounts = []
    for line in lines:
        before, _, after = line.partition(" - ")
        kind, *_, options = after.split(" ")
        if kind in {"cgroup", "cgroup2"}:
            _, _, _, root, point, *_ = before.split(" ")
            version = 2 if kind == "cgroup2" else 1
            mounts.append(_Mount(version, PurePosixPath(root), Path(point), frozenset(options.split(","))))
    return mounts


def _own_groups(proc: Path) -> dict[str, PurePosixPath]:
    """Return this process's group by controller; version 2 has the empty name."""
    try:
        lines = (proc / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}  # a kernel without control groups, or not Linux
    groups = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        groups.update(dict.fromkeys(controllers.split(","), PurePosixPath(path)))
    return groups


def _folder(mount: _Mount, group: PurePosixPath) -> Path:
    """Return a group's folder; the mount may show only a part of the tree, then its top stands for what it hides."""
    return mount.point / group.relative_to(mount.root) if group.is_relative_to(mount.root) else mount.point


def _nearest(mount: _Mount, group: PurePosixPath, missing: Sequence[str]) -> Hierarchy | None:
    """Return the nearest group of a version 2 tree, our own or above, that passes the missing controllers on."""
    open_groups = [
        (folder, tuple(controller for controller in missing if controller in _passed_on(folder)))
        for folder in _upwards(mount, group)
        if os.access(folder, os.W_OK)
    ]
    for wanted in (tuple(missing), *((controller,) for controller in missing)):
        for folder, controllers in open_groups:
            if wanted and set(wanted) <= set(controllers):
                return Hierarchy(2, controllers, folder)
    return None


def _upwards(mount: _Mount, group: PurePosixPath) -> Iterator[Path]:
    """Yield a group's folder and those above it as far as they can be seen."""
    folder = _folder(mount, group)
    yield folder
    while folder != mount.point:
        folder = folder.parent
        yield folder


def _passed_on(folder: Path) -> list[str]:
    try:
        return (folder / "cgroup.subtree_control").read_text(encoding="utf-8").split()
    except OSError:
        return []
