"""Overloads as tables and charts, several services side by side."""

from __future__ import annotations

from collections.abc import Sequence

from bench.load.distribution import Distribution
from bench.overload.result import OverloadResult, OverloadRun
from bench.report.content import Chart, Figure, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MISSING, mebibytes, milliseconds, percent, rate


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench overload``."""
    several = len(documents) > 1
    results = [(document.label, document.result_as(OverloadResult)) for document in documents]
    rows = [(f"{label}, " if several else "", result, run) for label, result in results for run in result.runs]
    parts: list[Table | Chart] = [_goodput(rows), _refusals(rows), _cost(rows)]
    strange = _strange(rows)
    if strange.rows:
        parts.append(strange)
    parts += [_search(results), _chart(results)]
    figures = tuple(
        Figure(f"of the peak at {run.name}{f', {label}' if several else ''}", f"{percent(result.share(run))} %")
        for label, result in results
        for run in result.runs[-2:]
        if run.multiple is not None
    )
    return [Section("Overload", tuple(parts), figures=figures)]


Rows = Sequence[tuple[str, OverloadResult, OverloadRun]]


def _goodput(rows: Rows) -> Table:
    columns = (
        *("load", "offered/s", "goodput/s", "% of peak", "accepted", "in time %", "p50 ms", "p99 ms"),
        *("refused/s", "504", "lost"),
    )
    cells = tuple(
        (
            prefix + run.name,
            *(rate(run.offered), rate(run.goodput), percent(result.share(run)), str(run.accepted)),
            percent(1 - run.missed / run.accepted, 2) if run.accepted else MISSING,
            *_ends(run.times),
            *(rate(run.refusals.count / run.seconds), str(run.out_of_time), str(run.lost)),
        )
        for prefix, result, run in rows
    )
    (deadline_s, *_) = [result.deadline_s for _, result, _ in rows] or [0.0]
    note = (
        f"goodput: answers 200 within the deadline of {deadline_s:g} s, while requests were sent. accepted: answered "
        "200 or 504; p50 and p99 are of the former. peak: a closed loop of as many clients as brought most, before the "
        "open loops and behind them; shares are of the mean of both. lost: connections that brought no answer."
    )
    return Table("Goodput", columns, cells, note)


def _refusals(rows: Rows) -> Table:
    columns = ("load", "refused", "with Retry-After %", "least s", "most s", "p50 ms", "p99 ms")
    cells = tuple(
        (
            prefix + run.name,
            str(refused.count),
            percent(refused.with_retry_after / refused.count, 2),
            *(MISSING if wait is None else f"{wait:g}" for wait in (refused.least_wait_s, refused.most_wait_s)),
            *_ends(refused.times),
        )
        for prefix, _, run in rows
        for refused in (run.refusals,)
        if refused.count
    )
    note = "Answers 503: what Retry-After named, and how soon after it was sent a request was refused."
    return Table("Refusals", columns, cells, note)


def _cost(rows: Rows) -> Table:
    columns = ("load", "PSS MiB", "RSS MiB", "server, cores", "generator, cores", "sent late, p99 ms", "generator")
    cells = []
    for prefix, _, run in rows:
        used, wall_s = run.run.consumption, run.run.summary.wall_s
        server = (
            (MISSING,) * 3
            if used is None or not wall_s
            else (mebibytes(used.peak_pss_bytes), mebibytes(used.peak_rss_bytes), f"{used.cpu_s / wall_s:.2f}")
        )
        lag = MISSING if run.lag is None or run.multiple is None else milliseconds(run.lag.p99_s)
        verdict = "at its limit" if run.is_generator_late else "ok"
        cells.append((prefix + run.name, *server, f"{run.generator_cores:.2f}", lag, verdict))
    note = (
        "The server's process tree, and the generator on the same processors. At its limit: it sent late, or has a "
        "processor to itself; what was offered is then less than it says, and what was served may be."
    )
    return Table("What it took", columns, tuple(cells), note)


def _strange(rows: Rows) -> Table:
    cells = tuple(
        (f"{prefix}{run.name}: {cause}", str(count)) for prefix, _, run in rows for cause, count in run.strange.items()
    )
    return Table("Anything but 200, 503 and 504", ("load: cause", "requests"), cells)


def _search(results: Sequence[tuple[str, OverloadResult]]) -> Table:
    cells = tuple((f"{label}: {step.clients}", rate(step.goodput)) for label, one in results for step in one.steps)
    return Table("The peak", ("closed loop: clients", "goodput/s"), cells)


def _chart(results: Sequence[tuple[str, OverloadResult]]) -> Chart:
    series = [
        Series(f"{label}: {kind}", tuple(run.offered for run in runs), values)
        for label, result in results
        for runs in ([run for run in result.runs if run.multiple is not None],)
        for kind, values in (
            ("goodput", tuple(run.goodput for run in runs)),
            ("refused", tuple(run.refusals.count / run.seconds for run in runs)),
        )
        if runs
    ]
    return Chart("Goodput against what is offered", "requests/s offered", "a second", tuple(series))


def _ends(times: Distribution | None) -> tuple[str, str]:
    return (MISSING, MISSING) if times is None else (milliseconds(times.p50_s), milliseconds(times.p99_s))
