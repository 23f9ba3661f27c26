"""Sweeps as tables and charts, several services side by side."""

from __future__ import annotations

from collections.abc import Sequence

from bench.load.result import LoadResult, LoadRun
from bench.report.content import Chart, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MISSING, mebibytes, milliseconds, percent, rate

NOTE = (
    "A thread is a client that sends its next request when it has its answer; a request carries so many images. qps "
    "counts requests, images/s what is in them; CPU is in per cent of one core."
)


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench sweep``: a section a service."""
    parts = [(document.label, document.result_as(LoadResult).runs) for document in documents]
    charts = [
        Chart("Images a second", "threads", "images/s", tuple(c for name, runs in parts for c in _curves(name, runs)))
    ]
    tables = [Section(f"Sweep: {name}", (_table(runs),)) for name, runs in parts]
    return [*tables, Section("Threads against images/s", tuple(charts))]


def _table(runs: Sequence[LoadRun]) -> Table:
    columns = (
        "threads x batch",
        "qps",
        "images/s",
        "mean ms",
        "median",
        "p80",
        "p90",
        "p99",
        "CPU %",
        "PSS MiB",
        "ok %",
    )
    return Table("Threads x images a request", columns, tuple(_row(run) for run in runs), NOTE)


def _row(run: LoadRun) -> tuple[str, ...]:
    summary, times, used = run.summary, run.summary.client, run.consumption
    latency = (
        [MISSING] * 5
        if times is None
        else [milliseconds(value) for value in (times.mean_s, times.p50_s, times.p80_s, times.p90_s, times.p99_s)]
    )
    return (
        f"{run.clients} x {summary.images}",
        rate(summary.throughput / summary.images),
        rate(summary.throughput),
        *latency,
        MISSING if used is None or not summary.wall_s else f"{100 * used.cpu_s / summary.wall_s:.0f}",
        MISSING if used is None else mebibytes(used.peak_pss_bytes),
        percent(summary.success_rate),
    )


def _curves(name: str, runs: Sequence[LoadRun]) -> list[Series]:
    """One curve for each number of images a request."""
    curves = []
    for batch in dict.fromkeys(run.summary.images for run in runs):
        member = sorted((run.clients or 0, run.summary.throughput) for run in runs if run.summary.images == batch)
        x, y = zip(*member, strict=True)
        curves.append(Series(f"{name}, {batch} a request", tuple(map(float, x)), y))
    return curves
