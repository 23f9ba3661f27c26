"""Comparisons as charts: bars with the spread over the rounds, and the distribution of one client's times."""

from __future__ import annotations

from collections.abc import Sequence

from bench.compare.numbers import cold_start, throughput
from bench.compare.result import ComparisonResult, spread
from bench.load.distribution import Distribution
from bench.report.content import Chart, Mark, Series
from bench.spread import Spread


def charts(result: ComparisonResult) -> list[Chart]:
    """Return the charts for which there is anything to draw."""
    latencies = (_latency_chart(result, name) for name in result.set_names)
    drawn = (_throughput_chart(result), *latencies, _start_chart(result))
    return [chart for chart in drawn if any(series.x for series in chart.series)]


def _throughput_chart(result: ComparisonResult) -> Chart:
    series = []
    for one in result.contenders:
        spreads = [(name, found) for name in result.set_names if (found := spread(one, throughput(name))) is not None]
        series.append(_bars(one.name, spreads))
    return Chart("Throughput", "set", "images/s", tuple(series), Mark.BARS, note="Bars: median; lines: all rounds.")


def _start_chart(result: ComparisonResult) -> Chart:
    starts = [(one.name, found) for one in result.contenders if (found := spread(one, cold_start)) is not None]
    return Chart("From exec to the first answer", "", "seconds", (_bars("start", starts),), Mark.BARS)


def _bars(name: str, spreads: Sequence[tuple[str, Spread]]) -> Series:
    return Series(
        name,
        tuple(label for label, _ in spreads),
        tuple(found.median for _, found in spreads),
        tuple(found.low for _, found in spreads),
        tuple(found.high for _, found in spreads),
    )


def _latency_chart(result: ComparisonResult, name: str) -> Chart:
    """Every image's time of one client, over all rounds."""
    series = []
    for one in result.contenders:
        found = (turn.set_named(name) for turn in one.rounds if turn is not None)
        rounds = [figures.latency for figures in found if figures is not None and figures.latency is not None]
        times = Distribution.of(seconds for latency in rounds for seconds in latency.curve)
        if times is not None:
            series.append(Series(one.name, tuple(1000 * seconds for seconds in times.curve), times.shares))
    return Chart(f"Latency of one client: {name}", "ms", "share of images", tuple(series), Mark.STEPS, log_x=True)
