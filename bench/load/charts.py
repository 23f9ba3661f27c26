"""Load results as charts: latency, throughput against clients, and what happened as time went by."""

from __future__ import annotations

from collections.abc import Sequence

from bench.load.named_run import NamedRun
from bench.load.result import LoadRun
from bench.report.content import Chart, Mark, Series
from bench.report.figures import MIB


def charts(runs: Sequence[NamedRun]) -> list[Chart]:
    """Return the charts for which there is anything to draw."""
    drawn = (_latency_chart(runs), *_client_charts(runs), *_time_charts(runs))
    return [chart for chart in drawn if chart.series]


def _latency_chart(runs: Sequence[NamedRun]) -> Chart:
    series = tuple(
        Series(named.name, tuple(1000 * value for value in times.curve), times.shares)
        for named in runs
        for times in (named.run.summary.client,)
        if times is not None
    )
    note = "The share of good answers that a client had within the time. Steep is even, a long flat end is a tail."
    return Chart("Latency", "client time, ms", "share of answers", series, Mark.STEPS, log_x=True, note=note)


def _client_charts(runs: Sequence[NamedRun]) -> list[Chart]:
    """Throughput and latency against clients, of services that were measured with several numbers of them."""
    by_service: dict[str, list[LoadRun]] = {}
    for named in runs:
        if named.run.clients is not None:
            by_service.setdefault(named.service, []).append(named.run)
    swept = {name: sorted(member, key=lambda run: run.clients or 0) for name, member in by_service.items()}
    swept = {name: member for name, member in swept.items() if len(member) > 1}
    throughput = tuple(
        Series(name, _clients(member), tuple(run.summary.throughput for run in member))
        for name, member in swept.items()
    )
    latency = tuple(
        curve
        for name, member in swept.items()
        for curve in (_latency_series(name, member, "p50_s"), _latency_series(name, member, "p99_s"))
        if curve.x
    )
    return [
        Chart("Throughput against clients", "clients", "images/s", throughput, log_x=True),
        Chart("Latency against clients", "clients", "client time, ms", latency, log_x=True, log_y=True),
    ]


def _latency_series(name: str, runs: Sequence[LoadRun], percentile: str) -> Series:
    """One percentile of the client's time against clients, where it is known."""
    times = [(run, run.summary.client) for run in runs]
    known = [(run, value) for run, time in times if (value := getattr(time, percentile, None)) is not None]
    label = percentile.removesuffix("_s")
    return Series(f"{name}, {label}", _clients([run for run, _ in known]), tuple(1000 * value for _, value in known))


def _clients(runs: Sequence[LoadRun]) -> tuple[float, ...]:
    return tuple(float(run.clients or 0) for run in runs)


def _time_charts(runs: Sequence[NamedRun]) -> list[Chart]:
    """What happened as time went by: answers, failures and memory."""
    answers = [
        Series(f"{named.name}: {kind}", tuple(period.at_s for period in periods), counts)
        for named in runs
        for periods in (named.run.periods,)
        for kind, counts in (
            ("good", tuple(period.good / period.seconds for period in periods)),
            ("failed", tuple(period.failed / period.seconds for period in periods)),
        )
        if any(counts)
    ]
    latency = [
        Series(f"{named.name}: {kind}", tuple(at_s for at_s, _ in known), tuple(1000 * value for _, value in known))
        for named in runs
        for kind, known in (
            ("median", [(period.at_s, period.p50_s) for period in named.run.periods if period.p50_s is not None]),
            ("longest", [(period.at_s, period.max_s) for period in named.run.periods if period.max_s is not None]),
        )
        if known
    ]
    memory = [
        Series(named.name, tuple(p.at_s for p in used.memory), tuple(p.pss_bytes / MIB for p in used.memory))
        for named in runs
        for used in (named.run.consumption,)
        if used is not None
    ]
    return [
        Chart("Answers over time", "seconds", "answers/s", tuple(answers)),
        Chart("Latency over time", "seconds", "client time, ms", tuple(latency), log_y=True),
        Chart("Memory over time", "seconds", "PSS, MiB", tuple(memory)),
    ]
