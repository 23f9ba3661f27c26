"""Which colour a series has, the same throughout a report."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bench.report.content import Chart

COLOURS = 8
"""The style sheet has as many; numbers from here on are the same colours, dashed."""


def series_colours(charts: Sequence[Chart]) -> dict[str, int]:
    """Return a number for each name of a series, so that no two in one chart have the same.

    While the colours last each name has one of its own in the whole report. A further name has the first that none of
    its neighbours has, in whichever chart.
    """
    colours: dict[str, int] = {}
    for name in dict.fromkeys(series.name for chart in charts for series in chart.series):
        taken = {colours[other] for other in _neighbours(name, charts) if other in colours}
        own = len(colours)
        colours[name] = own if own < COLOURS else next(number for number in count() if number not in taken)
    return colours


def _neighbours(name: str, charts: Sequence[Chart]) -> set[str]:
    """Return the names in all charts that a name is in."""
    groups = [{series.name for series in chart.series} for chart in charts]
    return set().union(*(group for group in groups if name in group)) - {name}
