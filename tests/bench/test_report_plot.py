"""Charts as what plotly.js draws."""

import json
import math

import pytest

from bench.report.chart_table import chart_table
from bench.report.colours import COLOURS, series_colours
from bench.report.content import Chart, Mark, Series
from bench.report.log_ticks import measured_places, round_places
from bench.report.plot import plot
from bench.report.sampling import chosen_points


def drawn(*series, **parts):
    """Return the plot of one chart."""
    chart = Chart("title", "x", "y", series, **parts)
    return plot(chart, series_colours([chart]))


def test_a_series_has_one_colour_throughout_the_report():
    """The same name has the same colour in every chart, and another name another one."""
    a, b, c = (Series(name, (1,), (1,)) for name in "abc")
    charts = [Chart("one", "x", "y", (a, b)), Chart("two", "x", "y", (c, a))]
    colours = series_colours(charts)

    first, second = ([trace["colour"] for trace in plot(chart, colours)["data"]] for chart in charts)

    assert first == [0, 1]
    assert second == [2, 0]


def test_when_all_colours_are_used_a_chart_of_its_own_begins_anew():
    """A series that never stands beside those of another chart is not dashed for their sake; neighbours differ."""
    many = Chart("one", "x", "y", tuple(Series(str(number), (1,), (1,)) for number in range(COLOURS)))
    few = Chart("two", "x", "y", (Series("a", (1,), (1,)), Series("b", (1,), (1,)), Series("0", (1,), (1,))))

    colours = series_colours([many, few])

    assert (colours["0"], colours["a"], colours["b"]) == (0, 1, 2)


def test_series_beyond_the_colours_differ_by_their_dashes():
    """No two of many series look the same."""
    traces = drawn(*(Series(str(number), (1, 2), (1, 2)) for number in range(2 * COLOURS)))["data"]

    assert len({(trace["colour"], trace["line"]["dash"]) for trace in traces}) == 2 * COLOURS


@pytest.mark.parametrize(
    ("mark", "kind", "mode"),
    [(Mark.LINE, "scatter", "lines+markers"), (Mark.STEPS, "scatter", "lines"), (Mark.POINTS, "scatter", "markers")],
)
def test_marks_are_drawn_as_their_names_say(mark, kind, mode):
    """Lines, steps and points are scatter traces of different modes; only steps are steps."""
    (trace,) = drawn(Series("a", (1, 2), (3, 4)), mark=mark)["data"]

    assert (trace["type"], trace["mode"]) == (kind, mode)
    assert (trace.get("line", {}).get("shape") == "hv") == (mark is Mark.STEPS)


def test_bars_stand_side_by_side_at_names():
    """Numbers are names there, too: 1, 8 and 64 threads are equally far apart."""
    bars = drawn(Series("a", (1, 8, 64), (3, 4, 5)), Series("b", ("x",), (3,)), mark=Mark.BARS)

    assert bars["data"][0]["x"] == ["1", "8", "64"]
    assert bars["layout"]["xaxis"]["type"] == "category"
    assert bars["layout"]["barmode"] == "group"


def test_low_and_high_are_the_ends_of_error_bars():
    """The bars reach from low to high, whatever their distances to the value."""
    (trace,) = drawn(Series("a", (1, 2), (10, 20), low=(8, 19), high=(15, 20)))["data"]

    assert trace["error_y"]["arrayminus"] == [2, 1]
    assert trace["error_y"]["array"] == [5, 0]


def test_what_json_has_no_number_for_is_a_gap():
    """A value that is no number, or endless, becomes a gap instead of a page that cannot be read."""
    (trace,) = drawn(Series("a", (1, 2, 3), (math.nan, math.inf, 1.0)))["data"]

    assert json.loads(json.dumps(trace, allow_nan=False))["y"] == [None, None, 1.0]


def test_an_empty_series_is_drawn_as_nothing():
    """A measurement without a point is no error."""
    assert drawn(Series("a", (), (), (), ()), log_x=True, log_y=True)["data"][0]["y"] == []
    assert chart_table(Chart("t", "x", "y", (Series("a", (), ()),))).rows == ()


def test_long_series_are_thinned_but_keep_ends_and_peaks():
    """No more than the asked number of points is drawn, in order, both ends, the lowest and the highest included."""
    values = [math.sin(number) for number in range(100_000)]
    values[54_321], values[65_432] = 9.0, -9.0

    chosen = chosen_points(values, 2000)

    assert len(chosen) <= 2000
    assert chosen == sorted(set(chosen))
    assert {0, 54_321, 65_432, 99_999} <= set(chosen)


@pytest.mark.parametrize("count", [0, 1, 1999, 2000, 2001, 2003, 4001])
def test_short_series_are_drawn_whole(count):
    """Up to the limit every point is kept; right above it none but the limit's number."""
    chosen = list(chosen_points([0.0] * count, 2000))

    assert chosen == list(range(count)) if count <= 2000 else len(chosen) <= 2000


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([1, 2, 4, 8, 16], [1, 2, 4, 8, 16]),
        ([0, -3, math.nan, 100, 10], [10, 100]),
        ([10, 10.5, 30, 60], [10, 15, 20, 30, 40, 50, 60, 80, 100]),
        ([], []),
        ([0], []),
    ],
)
def test_few_places_of_a_logarithmic_axis_are_its_ticks(values, ticks):
    """Places that are far enough apart are named themselves; where they are not, round numbers are."""
    assert [tick for tick in measured_places(values) if tick <= 100] == ticks


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([3, 80], [1, 2, 5, 10, 20, 50, 100]), ([0.01, 0.5, 2000], [0.01, 0.1, 1, 10, 100, 1000, 10000])],
)
def test_logarithmic_ticks_are_round_and_few(values, ticks):
    """Over some decades there are three a decade, over more one; they span the values."""
    assert [tick for tick in round_places(values) if tick <= ticks[-1]] == ticks


def test_a_large_chart_is_summed_up_in_its_table():
    """The table of a chart has each point where they are few, the extent of each series where they are many."""
    few = chart_table(Chart("t", "x", "y", (Series("a", (2, 1), (20, 10)), Series("b", (2,), (5,)))))
    many = chart_table(Chart("t", "x", "y", (Series("a", tuple(range(1000)), tuple(range(1000))),)))

    assert few.rows == (("1", "10", "-"), ("2", "20", "5"))
    assert many.rows == (("a", "1000", "0", "999", "0", "999"),)
