"""One figure that is known beforehand, and what the load generator made of it."""

from __future__ import annotations

from dataclasses import dataclass

from bench.load.distribution import Distribution


@dataclass(frozen=True, slots=True)
class Check:
    """``limit`` is how far ``measured`` may be from ``expected``, as a share of it. ``unit`` goes with both."""

    experiment: str
    figure: str
    unit: str
    expected: float
    measured: float
    limit: float

    @property
    def deviation(self) -> float:
        """How far off the measured figure is, as a share of the expected one; negative where it is too small."""
        return self.measured / self.expected - 1

    @property
    def holds(self) -> bool:
        """Whether the figure is right."""
        return abs(self.deviation) <= self.limit


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """Every check, in the order in which they were made; ``notes`` are for people, such as what was not checked."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()


def latency_checks(
    experiment: str, expected: Distribution, measured: Distribution, figures: tuple[str, ...], limit: float
) -> list[Check]:
    """Compare the named fields of two distributions, in ms; one that either does not know is left out."""
    pairs = [(name, getattr(expected, name), getattr(measured, name)) for name in figures]
    return [
        Check(experiment, name.removesuffix("_s"), "ms", 1000 * right, 1000 * found, limit)
        for name, right, found in pairs
        if right is not None and found is not None
    ]
