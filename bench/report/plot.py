"""A chart as what plotly.js draws: traces and axes without colours, which the page adds from its style sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from bench.report.colours import COLOURS
from bench.report.content import Chart, Mark, Series
from bench.report.log_ticks import measured_places, round_places
from bench.report.plain_text import plain
from bench.report.sampling import MAX_POINTS, chosen_points

DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")
_FEW_POINTS = 40
"""A line of no more points shows them."""
_FEW_BARS = 16
"""Of no more bars each is labelled with its value."""
_NUMBER = ",.4~r"
"""d3's format: four significant digits, no exponent, thousands apart."""
_VALUE = f"%{{y:{_NUMBER}}}"
_POINT = f"%{{y:{_NUMBER}}} at %{{x:{_NUMBER}}}"


def plot(chart: Chart, colours: Mapping[str, int]) -> dict[str, Any]:
    """Return ``data`` and ``layout`` for plotly.js; ``colour`` in a trace numbers its colour in the style sheet."""
    labelled = sum(len(series.x) for series in chart.series) <= _FEW_BARS
    return {
        "data": [_trace(chart, series, colours[series.name], labelled=labelled) for series in chart.series],
        "layout": {
            "barmode": "group",
            "hovermode": "closest" if chart.mark is Mark.POINTS else "x unified",
            "showlegend": len(colours) > 1,
            "xaxis": _x_axis(chart),
            "yaxis": _y_axis(chart),
        },
    }


def _trace(chart: Chart, series: Series, colour: int, *, labelled: bool) -> dict[str, Any]:
    """Return one series; more than MAX_POINTS points are thinned."""
    places = chosen_points(series.y, MAX_POINTS)
    trace: dict[str, Any] = {
        "name": _label(series.name),
        "colour": colour % COLOURS,
        "x": [_place(series.x[place], named=_has_names(chart)) for place in places],
        "y": [_number(series.y[place]) for place in places],
        "hovertemplate": _POINT if chart.mark is Mark.POINTS else _VALUE,
    }
    if series.low is not None and series.high is not None:
        labelled = False
        trace["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [_number(series.high[place] - series.y[place]) for place in places],
            "arrayminus": [_number(series.y[place] - series.low[place]) for place in places],
        }
    return trace | _drawn(chart.mark, colour // COLOURS, len(places), labelled=labelled)


def _drawn(mark: Mark, turn: int, points: int, *, labelled: bool) -> dict[str, Any]:
    """Return how a trace is drawn; ``turn`` counts how often the colours have been used up before it."""
    symbol = {"symbol": SYMBOLS[turn % len(SYMBOLS)]}
    line = {"width": 2, "dash": DASHES[turn % len(DASHES)]}
    match mark:
        case Mark.BARS:
            text = {"texttemplate": "%{y:,.3~r}", "textposition": "outside", "cliponaxis": False}
            return {"type": "bar"} | (text if labelled else {})
        case Mark.POINTS:
            return {"type": "scatter", "mode": "markers", "marker": symbol | {"size": 7, "opacity": 0.75}}
        case Mark.STEPS:
            return {"type": "scatter", "mode": "lines", "line": line | {"shape": "hv"}}
        case Mark.LINE:
            mode = "lines+markers" if points <= _FEW_POINTS else "lines"
            return {"type": "scatter", "mode": mode, "line": line, "marker": symbol | {"size": 7}}


def _x_axis(chart: Chart) -> dict[str, Any]:
    """Return the axis of places; above all that stands at one place its value is shown with the axis's label."""
    named = _has_names(chart)
    place = "%{x}" if named else f"%{{x:{_NUMBER}}}"
    title = {"unifiedhovertitle": {"text": f"{_label(chart.x_label)}: {place}"}}
    if named:
        return _axis(chart.x_label) | title | {"type": "category"}
    ticks = measured_places([float(x) for series in chart.series for x in series.x]) if chart.log_x else None
    return _axis(chart.x_label, ticks) | title


def _y_axis(chart: Chart) -> dict[str, Any]:
    """Return the axis of values, which starts at zero but for clouds of points."""
    ticks = round_places([y for series in chart.series for y in series.y]) if chart.log_y else None
    return _axis(chart.y_label, ticks) | {"rangemode": "normal" if chart.mark is Mark.POINTS else "tozero"}


def _axis(label: str, log_ticks: Sequence[float] | None = None) -> dict[str, Any]:
    """Return a linear axis, or with ticks a logarithmic one."""
    title = {"title": {"text": _label(label)}}
    if log_ticks is None:
        return title | {"tickformat": ",", "separatethousands": True}
    return title | {"type": "log", "tickformat": _NUMBER, "tickmode": "array", "tickvals": list(log_ticks)}


def _has_names(chart: Chart) -> bool:
    """Return whether the x are names; bars always stand side by side."""
    return chart.mark is Mark.BARS or any(isinstance(x, str) for series in chart.series for x in series.x)


def _place(x: float | str, *, named: bool) -> float | str | None:
    """Return an x as the axis wants it."""
    if isinstance(x, str):
        return _label(x)
    return f"{x:g}" if named else _number(x)


def _label(text: str) -> str:
    """Return a text so that it is shown as itself: plotly.js has a markup of its own, of some of HTML's tags."""
    safe = escape(plain(text), quote=False).replace("\n", " ")
    return safe.replace("$", "&#36;").replace("%{", "%&#123;")  # else formulas and places to fill in


def _number(value: float) -> float | None:
    """Return a number that JSON has; a gap for any other."""
    return value if math.isfinite(value) else None
