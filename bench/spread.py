"""A figure over several rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from bench.report.figures import MISSING


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, and their least and greatest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """Return the spread of these values, None where there are none."""
        found = list(values)
        return cls(median(found), min(found), max(found)) if found else None


def ranged(found: Spread | None, show: Callable[[float], str]) -> str:
    """Return a spread as people read it, ``median (least to greatest)``; the median alone where all look the same."""
    if found is None:
        return MISSING
    middle, low, high = (show(value) for value in (found.median, found.low, found.high))
    return middle if low == high else f"{middle} ({low} to {high})"
