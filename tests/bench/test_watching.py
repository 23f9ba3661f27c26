"""The picture of the dashboard: what is asked, how it is drawn, and that a browser shows it."""

import math

import pytest
from PIL import Image

from bench.errors import BenchError
from bench.watching.answers import Answered, Curve, Span, answered, marked
from bench.watching.dashboard import Dashboard, Panel, Place
from bench.watching.drawing import drawn
from bench.watching.picture import dashboard_page, height, write_picture
from bench.watching.prometheus import Series
from bench.watching.quantities import level, quantity, scale
from tests.browser import BROWSER

SPAN = Span(1000.0, 1020.0, 5.0, "20s")
TIMES = (1000.0, 1005.0, 1010.0, 1015.0, 1020.0)
DASHBOARD = Dashboard.read("ppocr")


class StandIn:
    """A Prometheus that knows one answer, and keeps what it was asked."""

    def __init__(self, *series):
        self.series = series
        self.queries = []

    def over(self, query, start, end, step):
        """Answer every query alike."""
        assert (start, end, step) == (SPAN.start, SPAN.end, SPAN.step)
        self.queries.append(query)
        return list(self.series)


def panel(kind, unit="short", **defaults):
    """A panel of that kind."""
    options = {"yAxis": {"unit": unit}}
    return Panel("Title", kind, Place(0, 0, 6, 4), (), {"unit": unit, **defaults}, {"limit": LIMIT}, options)


LIMIT = {"custom.lineStyle": {"fill": "dash"}, "color": {"mode": "fixed", "fixedColor": "red"}}


def curve(name, *values):
    """A curve of five points."""
    return Curve(name, TIMES[: len(values)], values)


def test_queries_are_asked_with_every_variable_filled_in():
    """Nothing of Grafana's own is left, and each series has the name that its legend gives it."""
    prometheus = StandIn(Series({"code": "200", "reason": "memory"}, TIMES, (1.0,) * 5))
    panels = answered(DASHBOARD, prometheus, SPAN)
    assert prometheus.queries
    assert not [query for query in prometheus.queries if "$" in query]
    [by_status] = [one for one in panels if one.panel.title == "Requests by status"]
    assert [one.name for one in by_status.curves] == ["200"]


def test_marks_are_when_something_begins():
    """The time that a query tells, within the span; or where its values begin after there were none."""
    told = marked(
        DASHBOARD, StandIn(Series({}, TIMES, (1007_000.0, 1007_000.0, 1007_000.0, 900_000.0, 900_000.0))), SPAN
    )
    assert told["Started"] == [1007.0]
    told = marked(DASHBOARD, StandIn(Series({}, (1005.0, 1015.0, 1020.0), (1.0, 1.0, 1.0))), SPAN)
    assert told["Engine replaced"] == [1005.0, 1015.0]


def test_a_line_is_broken_where_there_was_nothing():
    """Neither a gap nor what is no number is bridged or taken for zero."""
    gap = Curve("a", (1000.0, 1005.0, 1020.0), (1.0, math.nan, 3.0))
    [trace] = drawn(Answered(panel("timeseries", min=0), [gap]), SPAN, {}).plot["data"]
    assert trace["y"] == [1.0, None, None, 3.0]


def test_a_limit_is_a_line_of_its_own_colour():
    """It takes none of the colours of what is measured, and is dashed."""
    shown = drawn(
        Answered(panel("timeseries", min=0, custom={"fillOpacity": 8}), [curve("limit", 5.0), curve("a", 1.0)]),
        SPAN,
        {},
    )
    limit, measured = shown.plot["data"]
    assert limit["line"]["dash"] == "dash"
    assert "fill" not in limit
    assert measured["fill"] == "tozeroy"
    assert [name for name, _ in shown.legend] == ["limit", "a"]
    assert len({colour for _, colour in shown.legend}) == 2


def test_a_heatmap_has_what_fell_into_each_bucket():
    """Prometheus counts all below a bound; empty buckets at the ends, but for one, are left out."""
    buckets = [
        curve("+Inf", 7.0, 9.0),
        curve("0.1", 0.0, 0.0),
        curve("0.5", 0.0, 0.0),
        curve("1.0", 5.0, 6.0),
        curve("2.5", 7.0, 9.0),
    ]
    [trace] = drawn(Answered(panel("heatmap", "s"), buckets), SPAN, {}).plot["data"]
    assert trace["y"] == ["0.5s", "1.0s", "2.5s", "more"]
    assert trace["z"] == [[0, 0], [5, 6], [2, 3], [0, 0]]


def test_a_gauge_is_as_full_as_its_value_and_coloured_by_it():
    """Of the most that there can be; beyond it it is full."""
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 0.9}]
    [word] = drawn(
        Answered(panel("gauge", "percentunit", max=1, thresholds={"steps": steps}), [curve("", 0.5, 1.2)]), SPAN, {}
    ).words
    assert (word.text, word.colour, word.share) == ("120 %", "red", 1.0)


def test_a_panel_without_an_answer_says_so():
    """It is not left out."""
    assert drawn(Answered(panel("stat"), []), SPAN, {}).notes == ("No data",)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.25, "s", "250 ms"),
        (2.5, "s", "2.5 s"),
        (3 << 29, "bytes", "1.50 GiB"),
        (5 << 20, "bytes", "5 MiB"),
        (3.0, "short", "3"),
    ],
)
def test_a_quantity_has_its_unit(value, unit, text):
    """As a person would write it."""
    assert quantity(value, unit, {}) == text


def test_a_threshold_is_reached_from_its_value_on():
    """The last of those that are reached gives the colour."""
    steps = {
        "thresholds": {
            "steps": [{"color": "green", "value": None}, {"color": "orange", "value": 1}, {"color": "red", "value": 2}]
        }
    }
    assert [level(value, steps) for value in (0, 1, 1.5, 2)] == ["green", "orange", "orange", "red"]
    assert level(1, {}) == ""


def test_large_numbers_are_short_on_an_axis():
    """Forty million pixels have to fit beside the plot."""
    assert scale("short", 4e7).tickformat == ".3~s"
    assert scale("short", 64).tickformat == ",.3~r"


@pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
def test_a_browser_shows_every_panel(tmp_path):
    """The picture has the size of the grid, and more on it than empty paper: each panel's place differs from it."""
    prometheus = StandIn(Series({"le": "1.0", "instance": "a"}, TIMES, (1.0, 4.0, 2.0, 5.0, 3.0)))
    panels = answered(DASHBOARD, prometheus, SPAN)
    page = dashboard_page(DASHBOARD.title, panels, SPAN, {"Started": [1002.0], "Engine replaced": []})
    write_picture(page, height(panels), tmp_path / "dashboard.png")
    picture = Image.open(tmp_path / "dashboard.png").convert("L")
    assert picture.size == (1440, height(panels))
    for one in panels:
        place, title, legend = one.panel.place, 24 if one.panel.kind != "row" else 2, 34
        left, top = 14 + place.x * 59, 43 + place.y * 30
        bottom = top + place.height * 30 - (legend if one.panel.kind == "timeseries" else 10)
        darkest, lightest = picture.crop((left + 12, top + title, left + place.width * 58, bottom)).getextrema()
        assert lightest - darkest > 60, one.panel.title


def test_without_a_browser_there_is_no_picture(tmp_path, monkeypatch):
    """One line says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError, match="Chromium"):
        write_picture("", 100, tmp_path / "dashboard.png")
