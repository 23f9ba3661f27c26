"""Load results as tables and charts, several services side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.load.charts import charts
from bench.load.distribution import Distribution
from bench.load.named_run import NamedRun, named_runs
from bench.load.time_tables import time_tables
from bench.report.content import Chart, Figure, Section, Table
from bench.report.document import Document
from bench.report.figures import MISSING, mebibytes, milliseconds, percent, rate

LATENCY_COLUMNS = ("mean", "min", "p50", "p80", "p90", "p95", "p99", "p99.9", "max")


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench load``."""
    runs = named_runs(documents)
    parts: list[Table | Chart] = [throughput_table(runs), latency_table(runs)]
    parts += [table for table in (_failures(runs), _waits(runs), _refusals(runs)) if table.rows]
    parts += time_tables([(named.name, named.run) for named in runs])
    parts += charts(runs)
    return [Section("Load", tuple(parts), figures=_figures(runs))]


def throughput_table(runs: Sequence[NamedRun]) -> Table:
    """Return what was asked, what came back, and what it cost the server."""
    columns = (
        "load",
        "requests",
        "succeeded %",
        "images/s",
        "wall s",
        "CPU cores",
        "CPU ms/image",
        "PSS MiB",
        "RSS MiB",
    )
    rows = []
    for named in runs:
        summary, used = named.run.summary, named.run.consumption
        images = summary.succeeded * summary.images
        rows.append(
            (
                named.name,
                str(summary.requests),
                percent(summary.success_rate, 2),
                rate(summary.throughput),
                f"{summary.wall_s:.1f}",
                MISSING if used is None or not summary.wall_s else f"{used.cpu_s / summary.wall_s:.2f}",
                MISSING if used is None or not images else milliseconds(used.cpu_s / images),
                MISSING if used is None else mebibytes(used.peak_pss_bytes),
                MISSING if used is None else mebibytes(used.peak_rss_bytes),
            )
        )
    note = (
        "images/s counts good answers alone. CPU and memory are of the server's process tree, memory at its highest; "
        "PSS shares a page among the processes that map it. A dash: not to be had, as of a server on another machine. "
        "wall: to the last answer, so a single late one lowers both rates."
    )
    return Table("Throughput", columns, tuple(rows), note)


def latency_table(runs: Sequence[NamedRun]) -> Table:
    """Return client time, function time and the difference."""
    rows = []
    for named in runs:
        summary = named.run.summary
        was_held = named.run.rate is not None or summary.retries > 0
        kinds = (
            ("client", summary.client),
            ("function", summary.server),
            ("overhead", summary.overhead),
            ("held back", summary.held if was_held else None),
        )
        rows += [(f"{named.name}: {kind}", *_cells(times)) for kind, times in kinds if times is not None]
    note = (
        "Of good answers. client: from when the request was due to its last byte; function: what the service says that "
        "it took, waiting for a slot included; held back: how long after it was due the request left, after refusals "
        "or with a generator that was late; overhead: the rest, that is the network and both HTTP stacks. Percentiles "
        "are by nearest rank; a dash: too few requests to say."
    )
    return Table("Latency, ms", ("load: time", *LATENCY_COLUMNS), tuple(rows), note)


def _cells(times: Distribution) -> Iterable[str]:
    tail = (times.p50_s, times.p80_s, times.p90_s, times.p95_s, times.p99_s, times.p999_s, times.max_s)
    return (milliseconds(value) for value in (times.mean_s, times.min_s, *tail))


def _failures(runs: Sequence[NamedRun]) -> Table:
    rows = tuple(
        (f"{named.name}: {cause}", str(count), percent(count / named.run.summary.requests, 2), detail or MISSING)
        for named in runs
        for cause, count in named.run.summary.causes.items()
        for detail in (named.run.summary.details.get(cause, ""),)
    )
    columns = ("load: cause", "requests", "%", "for example")
    return Table("Failures by cause", columns, rows, _retries(runs), text_columns=(3,))


def _retries(runs: Sequence[NamedRun]) -> str:
    retries = sum(named.run.summary.retries for named in runs)
    return f"Refused requests were sent again {retries} times; these are what was refused at last." if retries else ""


def _waits(runs: Sequence[NamedRun]) -> Table:
    """What clients that come back after ``Retry-After`` had to do for their answers."""
    columns = ("load", "requests", "asked again", "times", "most of one", "p50, ms", "p99, ms")
    rows = []
    for named in runs:
        one = named.run.summary
        if one.retries:
            times = (None, None) if one.client is None else (one.client.p50_s, one.client.p99_s)
            counts = (one.requests, one.retried, one.retries, one.most_retries)
            rows.append((named.name, *map(str, counts), *map(milliseconds, times)))
    return Table(
        "Refused, and asked again after Retry-After", columns, tuple(rows), "Waits count in a request's latency."
    )


def _refusals(runs: Sequence[NamedRun]) -> Table:
    rows = tuple(
        (f"{named.name}: {reason}", str(count))
        for named in runs
        if named.run.server_view is not None
        for reason, count in named.run.server_view.refusals.items()
    )
    return Table("Refusals and errors, as the server counts them", ("load: reason", "requests"), rows)


def _figures(runs: Sequence[NamedRun]) -> tuple[Figure, ...]:
    if not runs:
        return ()
    best = max(runs, key=lambda named: named.run.summary.throughput)
    summary = best.run.summary
    requests = sum(named.run.summary.requests for named in runs)
    good = sum(named.run.summary.succeeded for named in runs)
    figures = [
        Figure(f"most images/s ({best.name})", rate(summary.throughput)),
        Figure("of all requests succeeded", f"{percent(good / requests if requests else None, 2)} %"),
    ]
    if summary.client is not None:
        figures.insert(1, Figure("its p50, client", f"{milliseconds(summary.client.p50_s)} ms"))
    return tuple(figures)
