"""A panel with its answers as what the page shows: words, bars, or the traces and axes that plotly.js draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.watching.answers import Answered, Curve, Span
from bench.watching.quantities import level, quantity, scale

COLOURS = ("#3274d9", "#e0752d", "#56a64b", "#a352cc", "#c9a227", "#c4162a", "#3b8ea5", "#7c8594")
_FIXED = {"gray": "#8b949e", "red": "#c4162a"}
MARKS = {"Started": "#3274d9", "Engine replaced": "#ff780a"}
_BLUES = [[0, "#ffffff"], [0.02, "#dbe9f6"], [0.3, "#89bedc"], [0.7, "#2f7ebc"], [1, "#08306b"]]
_HEADROOM = 1.08


@dataclass(frozen=True, slots=True)
class Word:
    """A value, its name where there are several, the colour of its level, and for a gauge the share that is full."""

    text: str
    name: str
    colour: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What stands in a panel's place. legend: names and colours of the curves. plot: for plotly.js, or None."""

    words: Sequence[Word] = ()
    legend: Sequence[tuple[str, str]] = ()
    plot: Mapping[str, Any] | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def drawn(answered: Answered, span: Span, marks: Mapping[str, Sequence[float]]) -> Drawn:
    """Return what a panel shows of its answers."""
    if answered.panel.kind == "row":
        return Drawn()
    if not answered.curves:
        return Drawn(notes=("No data",))
    match answered.panel.kind:
        case "heatmap":
            return Drawn(plot=_heatmap(answered, span))
        case "timeseries":
            return _time_series(answered, span, marks)
        case _:
            return Drawn(words=_words(answered))


def _words(answered: Answered) -> list[Word]:
    """Return the last value of each curve; the bars of one panel have one scale."""
    defaults = answered.panel.defaults
    last = {curve.name: curve.values[-1] for curve in answered.curves if math.isfinite(curve.values[-1])}
    most = defaults.get("max") or max(last.values(), default=0) or 1
    return [
        Word(quantity(value, defaults["unit"], defaults), name, level(value, defaults), min(1.0, value / most))
        for name, value in last.items()
    ]


def _time_series(answered: Answered, span: Span, marks: Mapping[str, Sequence[float]]) -> Drawn:
    panel = answered.panel
    values = [value for curve in answered.curves for value in curve.values if math.isfinite(value)]
    shown = scale(panel.defaults["unit"], max(values, default=0))
    custom = panel.defaults.get("custom", {})
    is_stacked = "stacking" in custom
    traces, legend = [], []
    free = iter(COLOURS * (1 + len(answered.curves) // len(COLOURS)))
    for curve in answered.curves:
        override = panel.overrides.get(curve.name, {})
        colour = _FIXED[override["color"]["fixedColor"]] if "color" in override else next(free)
        legend.append((curve.name, colour))
        trace = _trace(curve, span, colour, shown.divisor)
        if custom.get("drawStyle") == "bars":
            trace |= {"type": "bar", "marker": {"color": _faint(colour, custom["fillOpacity"])}}
        elif "custom.lineStyle" in override:
            trace["line"]["dash"] = "dash"
        elif is_stacked:
            trace |= {"stackgroup": "one", "fillcolor": _faint(colour, custom["fillOpacity"])}
        elif custom.get("fillOpacity"):
            trace |= {"fill": "tozeroy", "fillcolor": _faint(colour, custom["fillOpacity"])}
        traces.append(trace)
    y = {"tickformat": shown.tickformat, "ticksuffix": shown.suffix} | _reach(
        answered, shown.divisor, is_stacked=is_stacked
    )
    layout = {"barmode": "stack", "bargap": 0, "xaxis": _time_axis(span), "yaxis": y, "shapes": _lines(marks)}
    return Drawn(legend=legend, plot={"data": traces, "layout": layout})


def _trace(curve: Curve, span: Span, colour: str, divisor: float) -> dict[str, Any]:
    """Return a line that is broken where for some time there was nothing."""
    times: list[str] = []
    values: list[float | None] = []
    earlier = curve.times[0]
    for at, value in zip(curve.times, curve.values, strict=True):
        if at - earlier > 1.5 * span.step:
            times.append(_moment(earlier + span.step))
            values.append(None)
        times.append(_moment(at))
        values.append(value / divisor if math.isfinite(value) else None)
        earlier = at
    return {
        "type": "scatter",
        "mode": "lines",
        "name": curve.name,
        "x": times,
        "y": values,
        "line": {"color": colour, "width": 1.3},
    }


def _reach(answered: Answered, divisor: float, *, is_stacked: bool) -> dict[str, Any]:
    """Return the axis's ends, where the panel or the values say them."""
    defaults = answered.panel.defaults
    if defaults.get("min") is None:
        least = min(value for curve in answered.curves for value in curve.values if math.isfinite(value))
        return {"range": [math.floor(20 * least) / 20, 1.01]} if defaults.get("max") == 1 else {}
    if is_stacked:
        return {"rangemode": "tozero"}
    most = max((value for curve in answered.curves for value in curve.values if math.isfinite(value)), default=0)
    return {"range": [0, _HEADROOM * most / divisor or 1]}


def _heatmap(answered: Answered, span: Span) -> dict[str, Any]:
    """Return what fell into each bucket, which Prometheus counts with all below it, without empty ones at the ends."""
    buckets = sorted(answered.curves, key=lambda curve: float(curve.name))
    times = sorted({at for curve in buckets for at in curve.times})
    counts = [dict(zip(curve.times, curve.values, strict=True)) for curve in buckets]
    rows = [
        [max(0.0, of.get(at, 0.0) - (counts[place - 1].get(at, 0.0) if place else 0.0)) for at in times]
        for place, of in enumerate(counts)
    ]
    filled = [place for place, row in enumerate(rows) if any(value > 0 for value in row)] or [0]
    kept = range(max(0, filled[0] - 1), min(len(rows), filled[-1] + 2))
    suffix = "s" if answered.panel.options["yAxis"]["unit"] == "s" else ""
    trace = {
        "type": "heatmap",
        "x": [_moment(at) for at in times],
        "y": [f"{buckets[place].name.replace('+Inf', 'more')}{suffix}".replace("mores", "more") for place in kept],
        "z": [rows[place] for place in kept],
        "colorscale": _BLUES,
        "showscale": False,
        "xgap": 0.5,
        "ygap": 1,
    }
    return {"data": [trace], "layout": {"xaxis": _time_axis(span), "yaxis": {"type": "category"}, "shapes": []}}


def _time_axis(span: Span) -> dict[str, Any]:
    return {"type": "date", "range": [_moment(span.start), _moment(span.end)], "tickformat": "%H:%M", "nticks": 6}


def _lines(marks: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Return an upright line for each event."""
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "opacity": 0.8}
    return [
        line | {"x0": _moment(at), "x1": _moment(at), "line": {"color": MARKS[name], "width": 1, "dash": "dot"}}
        for name, times in marks.items()
        for at in times
    ]


def _faint(colour: str, percent: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{percent / 100:g})"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
