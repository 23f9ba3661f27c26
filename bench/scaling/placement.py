"""Where the service runs and where its load comes from: processors of its own, or a quota of their time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.burst.cgroup import ControlGroup
from bench.burst.hierarchy import CPU, Hierarchy, find_hierarchies
from bench.errors import BenchError

Entering = Callable[[Sequence[str]], Sequence[str]]

TOPOLOGY = Path("/sys/devices/system/cpu")

_PINNED = (
    "import os, sys; "
    "os.sched_setaffinity(0, set(map(int, sys.argv[1].split(',')))); "
    "os.execvp(sys.argv[2], sys.argv[2:])"
)


@dataclass(frozen=True, slots=True)
class Place:
    """``service``: the processors that it may run on; ``generator``: those of the load; ``quota``: of their time."""

    name: str
    service: tuple[int, ...]
    generator: tuple[int, ...]
    quota: float | None = None

    @property
    def cpus(self) -> float:
        """How much it may use."""
        return len(self.service) if self.quota is None else self.quota

    @property
    def shares(self) -> bool:
        """Whether the load takes its time from the service's processors."""
        return bool(set(self.service) & set(self.generator))


def cores_first(processors: Sequence[int], topology: Path = TOPOLOGY) -> list[list[int]]:
    """Return the processors, those that share a core together: ``[[0, 4], [1, 5]]``; each alone where nobody tells."""
    cores: dict[str, list[int]] = {}
    for processor in processors:
        try:
            core = (topology / f"cpu{processor}" / "topology" / "thread_siblings_list").read_text(encoding="utf-8")
        except OSError:
            core = str(processor)
        cores.setdefault(core.strip(), []).append(processor)
    return list(cores.values())


def pinned_places(cores: Sequence[Sequence[int]]) -> list[Place]:
    """Return a place for each power of two of processors, cores of their own as long as there are any.

    The load comes from the processors that the largest place leaves, whatever the place; where it leaves none, from
    the service's own, so that each place pays for its load itself. Otherwise one processor of two would be served from
    the other, and both from themselves: two would seem worth less than they are.
    """
    longest = max(map(len, cores))
    order = [core[place] for place in range(longest) for core in cores if place < len(core)]
    sizes = [2**power for power in range(len(order).bit_length()) if 2**power <= len(order)]
    spare = tuple(order[sizes[-1] :])
    return [Place(_plural(size), tuple(order[:size]), spare or tuple(order[:size])) for size in sizes]


def quota_places(cpus: Sequence[float], processors: Sequence[int]) -> list[Place]:
    """Return a place for each quota. The load comes from any processor, and is not counted."""
    every = tuple(processors)
    for one in cpus:
        if one > len(every):
            raise BenchError(f"--cpus {one:g}: there are {len(every)} processors")
    return [Place(f"quota {one:g}", every, every, one) for one in sorted(set(cpus))]


def cpu_hierarchies(hierarchies: Sequence[Hierarchy] | None = None) -> list[Hierarchy]:
    """Return where the processors' time can be limited; raises BenchError where it cannot."""
    found = [one for one in (find_hierarchies() if hierarchies is None else hierarchies) if CPU in one.controllers]
    if not found:
        raise BenchError("--cpus wants a control group for cpu, and none may be made here")
    return found


@contextmanager
def entered(place: Place, name: str) -> Iterator[Entering]:
    """Make what a place needs, and yield what makes a command one that goes there first.

    It is gone with the context, and whoever is in it. Raises BenchError where the kernel refuses.
    """
    if place.quota is None:
        yield lambda command: pinned(command, place.service)
        return
    memory = psutil.virtual_memory().total  # a hierarchy of version 2 limits that, too: all there is
    try:
        group = ControlGroup.make(cpu_hierarchies(), name, memory, place.quota)
    except OSError as error:
        raise BenchError(f"{place.name}: no control group could be made: {error.strerror}") from error
    try:
        yield group.entering
    finally:
        group.end()


def pinned(command: Sequence[str], processors: Sequence[int]) -> list[str]:
    """Return what takes these processors for its own and then becomes *command*."""
    return [sys.executable, "-c", _PINNED, ",".join(map(str, processors)), *command]


@contextmanager
def load_from(place: Place) -> Iterator[None]:
    """Run this thread, whose event loop sends the load, on the processors that the place has for it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, place.generator)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _plural(size: int) -> str:
    return f"{size} processor{'s' * (size != 1)}"
