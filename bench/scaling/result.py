"""What ``bench scaling`` finds out, as it is written to disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.spread import Spread

LEAST_GAIN = 1.85
"""How many times as much two processors are to read as one."""

PROCESSORS, QUOTA = "processors", "quota"


@dataclass(frozen=True, slots=True)
class SetTurn:
    """One set in one round: images a second, seconds that a client waits, and failed requests.

    CPU seconds of an image: the service's, and the load generator's beside it. ``others_cores``: processors that other
    programs kept busy meanwhile.
    """

    name: str
    images_per_s: float
    latency_s: float
    cpu_s: float
    generator_cpu_s: float
    others_cores: float
    failed: int


@dataclass(frozen=True, slots=True)
class Placed:
    """The service on so many processors: that many of its own (``processors``), or as much time a second (``quota``).

    ``info`` is what it says of itself; ``shares``: whether the load came from the same processors.
    """

    name: str
    kind: str
    cpus: float
    clients: int
    shares: bool
    info: Mapping[str, Any]
    start_s: float
    rounds: tuple[tuple[SetTurn, ...], ...]

    def numbers(self, name: str, number: Callable[[SetTurn], float]) -> list[float]:
        """Return one number of a set, round by round."""
        return [number(turn) for turns in self.rounds for turn in turns if turn.name == name]


@dataclass(frozen=True, slots=True)
class ScalingResult:
    """All placements, the smallest of each kind first. ``remarks``: what a reader must know of this machine."""

    placed: tuple[Placed, ...]
    remarks: tuple[str, ...]

    @property
    def set_names(self) -> list[str]:
        """Every set that was measured."""
        return list(dict.fromkeys(turn.name for one in self.placed for turns in one.rounds for turn in turns))

    @property
    def failed(self) -> int:
        """Requests without a good answer."""
        return sum(turn.failed for one in self.placed for turns in one.rounds for turn in turns)

    def smaller(self, one: Placed) -> Placed | None:
        """Return the next smaller placement of the same kind, None where there is none."""
        others = [other for other in self.placed if other.kind == one.kind and other.cpus < one.cpus]
        return max(others, key=lambda other: other.cpus, default=None)


def gain(one: Placed, other: Placed, name: str) -> Spread | None:
    """Return a set's throughput on *one* by that on *other*, formed within each round."""
    ours, theirs = (placed.numbers(name, lambda turn: turn.images_per_s) for placed in (one, other))
    return Spread.of(mine / their for mine, their in zip(ours, theirs, strict=False) if mine and their)
