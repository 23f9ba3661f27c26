"""A chart in words and figures, for those who do not see it."""

from __future__ import annotations

from bench.report.content import Chart, Mark, Series, Table

_MOST_ROWS = 40
_KINDS = {Mark.LINE: "Line chart", Mark.STEPS: "Step chart", Mark.POINTS: "Scatter chart", Mark.BARS: "Bar chart"}


def chart_description(chart: Chart) -> str:
    """Return one sentence that says what the chart shows."""
    names = ", ".join(series.name for series in chart.series)
    return f"{_KINDS[chart.mark]}: {chart.title}. {chart.y_label} against {chart.x_label}, for {names}."


def chart_table(chart: Chart) -> Table:
    """Return every point of a small chart, the extent of each series of a large one."""
    places = dict.fromkeys(x for series in chart.series for x in series.x)
    return _extents(chart) if len(places) > _MOST_ROWS else _points(chart, tuple(places))


def _points(chart: Chart, places: tuple[float | str, ...]) -> Table:
    """Return a row for each x and a column for each series."""
    if all(not isinstance(x, str) for x in places):
        places = tuple(sorted(places, key=float))
    values = [dict(zip(series.x, series.y, strict=True)) for series in chart.series]
    rows = tuple((_text(x), *(_text(of[x]) if x in of else "-" for of in values)) for x in places)
    return Table("", (chart.x_label, *(series.name for series in chart.series)), rows, note=chart.y_label)


def _extents(chart: Chart) -> Table:
    """Return a row for each series."""
    columns = ("series", "points", "first x", "last x", "lowest y", "highest y")
    note = f"x: {chart.x_label}; y: {chart.y_label}"
    return Table("", columns, tuple(_extent(series) for series in chart.series if series.y), note=note)


def _extent(series: Series) -> tuple[str, ...]:
    ends = (series.x[0], series.x[-1], min(series.y), max(series.y))
    return (series.name, str(len(series.y)), *map(_text, ends))


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
