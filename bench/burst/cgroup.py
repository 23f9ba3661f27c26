"""A control group for one instance: a memory limit and a CPU quota that the kernel enforces."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from bench.burst.hierarchy import CPU, MEMORY, Hierarchy
from bench.errors import BenchError

PERIOD_US = 100_000
"""The stretch of time that a CPU quota is a part of: the kernel's default."""

END_S = 10.0
PAUSE_S = 0.02

_ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 97; shift; done; shift; exec "$@"'
"""A shell puts itself into each group and then becomes the command, so that not even its first page is missed."""


class ControlGroup:
    """One group, in one folder or in one a controller, as the kernel's version has it.

    Everything is read from files of the kernel: Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst.
    """

    def __init__(self, hierarchies: Sequence[Hierarchy], name: str) -> None:
        """Nothing is made yet; an empty list of hierarchies is a group that limits and shows nothing."""
        self._parts = [(hierarchy, hierarchy.folder / name) for hierarchy in hierarchies]

    @classmethod
    def make(cls, hierarchies: Sequence[Hierarchy], name: str, memory_bytes: int, cpus: float) -> Self:
        """Make the group and set its limits; raises OSError where the kernel refuses, and then nothing is left."""
        group = cls(hierarchies, name)
        try:
            for hierarchy, folder in group._parts:
                folder.mkdir()
                if MEMORY in hierarchy.controllers:
                    _limit_memory(hierarchy.version, folder, memory_bytes)
                if CPU in hierarchy.controllers:
                    _limit_cpu(hierarchy.version, folder, cpus)
        except OSError:
            group.end()
            raise
        return group

    @property
    def watches_memory(self) -> bool:
        """Whether the group knows what memory its processes hold."""
        return self._memory() is not None

    def entering(self, command: Sequence[str]) -> list[str]:
        """Return the command that enters the group and becomes *command*; its status is 97 where it may not enter."""
        files = [str(folder / "cgroup.procs") for _, folder in self._parts]
        return ["/bin/sh", "-c", _ENTER, "enter", *files, "--", *command]

    def held_bytes(self) -> int:
        """Return the memory that the processes hold now and that the kernel cannot take back; 0 where it is unknown.

        Pages of files are left out: they are dropped when memory gets short, and belong to whoever read them first.
        """
        memory = self._memory()
        if memory is None:
            return 0
        version, folder = memory
        fields = _fields(folder / "memory.stat")
        return fields.get("anon" if version == 2 else "rss", 0) + fields.get("shmem", 0)

    def oom_kills(self) -> int:
        """Return how many of the processes the kernel has killed for memory."""
        memory = self._memory()
        if memory is None:
            return 0
        version, folder = memory
        return _fields(folder / ("memory.events" if version == 2 else "memory.oom_control")).get("oom_kill", 0)

    def kill(self) -> None:
        """Kill every process that is in the group now."""
        for _, folder in self._parts:
            _kill(folder)

    def end(self) -> None:
        """Kill every process in the group and remove it; raises BenchError where that does not succeed in 10 s.

        It may be called again, and for a group that was made in part.
        """
        deadline = time.monotonic() + END_S
        left = [folder for _, folder in self._parts if not _removed(folder, deadline)]
        if left:
            raise BenchError(f"cannot remove the control group {', '.join(map(str, left))}")

    def _memory(self) -> tuple[int, Path] | None:
        parts = (part for part in self._parts if MEMORY in part[0].controllers)
        return next(((hierarchy.version, folder) for hierarchy, folder in parts), None)


def _removed(folder: Path, deadline: float) -> bool:
    """Kill what is in a folder's group and remove it; return whether that was done in time, or it was not there."""
    while folder.exists():
        _kill(folder)
        with contextlib.suppress(OSError):  # busy: what was killed is not gone yet
            folder.rmdir()
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True


def _limit_memory(version: int, folder: Path, memory_bytes: int) -> None:
    """Limit memory and swap together: a FaaS has no swap."""
    if version == 2:
        _write(folder / "memory.max", str(memory_bytes))
        _write_if_there(folder / "memory.swap.max", "0")
    else:
        _write(folder / "memory.limit_in_bytes", str(memory_bytes))
        _write_if_there(folder / "memory.memsw.limit_in_bytes", str(memory_bytes))


def _limit_cpu(version: int, folder: Path, cpus: float) -> None:
    quota = round(cpus * PERIOD_US)
    if version == 2:
        _write(folder / "cpu.max", f"{quota} {PERIOD_US}")
    else:
        _write(folder / "cpu.cfs_period_us", str(PERIOD_US))
        _write(folder / "cpu.cfs_quota_us", str(quota))


def _write(path: Path, value: str) -> None:
    """Write into a file that must be there: the kernel makes them, ``open`` must not."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)


def _write_if_there(path: Path, value: str) -> None:
    """A kernel without swap accounting has no such file."""
    with contextlib.suppress(FileNotFoundError):
        _write(path, value)


def _fields(path: Path) -> dict[str, int]:
    """Return a file of lines ``name number``; empty where the group is gone."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.split() for line in lines)
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}


def _kill(folder: Path) -> None:
    """Kill what is in the group; what it forks meanwhile is killed by the next call."""
    try:
        pids = (folder / "cgroup.procs").read_text(encoding="utf-8").split()
    except OSError:
        return
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
