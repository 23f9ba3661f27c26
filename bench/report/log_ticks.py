"""Where a logarithmic axis has its ticks: at round numbers, as many as can be read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_MOST_PLACES = 10
_APART = 1.4
"""Neighbours that differ by a smaller factor would have their labels overlap."""


def measured_places(values: Sequence[float]) -> list[float]:
    """Return the values themselves where they are few and apart, such as 1, 2, 4 and 8 clients; else round numbers."""
    places = _positive(values)
    apart = all(high / low >= _APART for low, high in pairwise(places))
    return places if apart and len(places) <= _MOST_PLACES else round_places(values)


def round_places(values: Sequence[float]) -> list[float]:
    """Return round numbers over the range of the values; empty where none is above zero."""
    places = _positive(values)
    if not places:
        return []
    first, last = math.floor(math.log10(places[0])), math.ceil(math.log10(places[-1]))
    digits = _digits(math.log10(places[-1] / places[0]))
    return [float(f"{digit}e{decade}") for decade in range(first, last + 1) for digit in digits]


def _digits(decades: float) -> tuple[float, ...]:
    """Return the leading digits of the ticks on an axis of this length."""
    if decades > 3:
        return (1,)
    return (1, 2, 5) if decades > 0.8 else (1, 1.5, 2, 3, 4, 5, 6, 8)


def _positive(values: Sequence[float]) -> list[float]:
    """Return what a logarithmic axis can show, once each, the smallest first."""
    return sorted({value for value in values if value > 0 and math.isfinite(value)})
