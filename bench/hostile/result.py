"""What hostile input did to a service, as it is written to disk."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many requests of a kind (of file or request) by a way in had an outcome such as ``400 broken_image``."""

    kind: str
    path: str
    outcome: str
    requests: int


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that was wrong: to what, by which way in, which outcome, and why it is wrong."""

    name: str
    path: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class SlowAnswer:
    """An answer that took long: seconds from the first byte sent to the last received."""

    name: str
    path: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class HostileResult:
    """One run. Memory is PSS in bytes of the process tree, idle: before all, after the first pass, after the last.

    ended: processes by name that were there before and are not any more; spared: those of them that may end.
    reads_same: whether the good picture is read as before.
    """

    files: int
    requests: int
    passes: int
    counts: tuple[OutcomeCount, ...]
    faults: tuple[Fault, ...]
    slowest: tuple[SlowAnswer, ...]
    memory_bytes: tuple[int, int, int]
    ended: tuple[str, ...]
    spared: tuple[str, ...]
    reads_same: bool

    @property
    def growth(self) -> float:
        """How much more memory the end has than the end of the first pass, as a share."""
        return self.memory_bytes[2] / self.memory_bytes[1] - 1 if self.memory_bytes[1] else 0.0
