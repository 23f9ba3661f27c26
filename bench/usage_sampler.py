"""A process tree watched in the background."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.process_tree import ProcessTree, Usage


@dataclass(frozen=True, slots=True)
class Sample:
    """What the tree used ``at_s`` seconds after the watch began."""

    at_s: float
    usage: Usage


class UsageSampler:
    """Takes a sample at a steady pace while its context is open, one as it opens and one as it closes."""

    def __init__(self, pid: int, pace_s: float = 0.5) -> None:
        """Raises psutil.NoSuchProcess where there is no such process."""
        self.samples: list[Sample] = []
        self._tree = ProcessTree(pid)
        self._pace_s = pace_s
        self._begun = time.monotonic()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="usage-sampler", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._begun = time.monotonic()
        self._take()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End with a last sample."""
        self._closed.set()
        self._thread.join()
        self._take()

    @property
    def cpu_s(self) -> float:
        """CPU seconds that the tree used between the first and the last sample."""
        return self.samples[-1].usage.cpu_s - self.samples[0].usage.cpu_s

    @property
    def peak(self) -> Usage:
        """The sample with the most memory."""
        return max((sample.usage for sample in self.samples), key=lambda usage: (usage.pss_bytes, usage.rss_bytes))

    @property
    def ended(self) -> int:
        """How many processes of the tree were seen and had ended by the last sample."""
        seen = frozenset[int]().union(*(sample.usage.pids for sample in self.samples))
        return len(seen - self.samples[-1].usage.pids)

    def _watch(self) -> None:
        while not self._closed.wait(self._pace_s):
            self._take()

    def _take(self) -> None:
        usage = self._tree.usage()
        self.samples.append(Sample(time.monotonic() - self._begun, usage))
