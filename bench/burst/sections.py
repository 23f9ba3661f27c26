"""Bursts as tables and charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.burst.result import BurstResult, BurstRun, GbSeconds
from bench.load.distribution import Distribution
from bench.report.content import Chart, Figure, Mark, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MISSING, mebibytes, milliseconds, percent

KINDS = ("on demand", "init", "reserved")

DISPATCHES = {
    "tied": "A request that found none free waited for the instance that was started for it, as on AWS Lambda.",
    "queue": "A request that found none free was taken by whichever was free first, as on Cloud Run.",
}
LATENCY_NOTE = (
    "A row a number of prewarmed instances P. cold starts: instances started because a request found none free; start: "
    "exec to ready of those. Latency is what a client waited, the wait for an instance included, of good answers. "
    "cold: the request was there before the instance that answered it was ready; warm: all others. The published "
    "tables for PP-OCR on Function Compute show cold starts of 10 to 32 s that reserved instances take away: here "
    "these are the rows without cold starts, and the next table says what they cost. A platform also pulls an image "
    "and makes a sandbox, which is not measured here."
)
GB_NOTE = (
    "GB-s: memory limit times seconds, before any platform's rounding. on demand: instances started on demand, while "
    "they worked on requests; init: while they started (some platforms charge for it, some do not); reserved: "
    "prewarmed instances that got ready, for the whole run, busy or not; between bursts a reservation goes on, which "
    "is not in here. Peak memory: the most that one instance held of what the kernel cannot take back, looked at ten "
    "times a second (without a control group pages that its processes share since a fork count for each). "
    "bench cost makes bills of this."
)


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return a section a document of ``bench burst``."""
    return [_section(document.label, document.result_as(BurstResult)) for document in documents]


def is_overcommitted(result: BurstResult) -> bool:
    """Return whether as many instances as the cap allows were promised more CPU than the machine has."""
    return result.cap * result.cpus > result.processors + 1e-6


def _section(label: str, result: BurstResult) -> Section:
    tables = (_latency_table(result), _gb_table(result), *_failure_tables(result))
    charts = (*_latency_charts(result), _gb_chart(result))
    return Section(f"Burst: {label}", (*tables, *charts), " ".join(_conditions(result)), _figures(result))


def _name(run: BurstRun) -> str:
    return f"P = {run.prewarmed}"


def _conditions(result: BurstResult) -> Iterator[str]:
    """Yield sentences that say under which conditions the instances ran."""
    size = f"{1024 * result.memory_gb:.0f} MiB and {result.cpus:g} CPUs"
    requests = "one request" if result.instance_concurrency == 1 else f"{result.instance_concurrency} requests"
    yield f"Up to {result.cap} instances of {size}, {requests} at a time in each."
    yield DISPATCHES.get(result.dispatch, "")
    limits = result.limits
    if limits.memory and limits.cpu:
        yield "Memory and CPU were limited by control groups."
    else:
        yield f"Memory was {'limited' if limits.memory else 'only watched, not limited'}."
        yield f"CPU was {'limited' if limits.cpu else 'only planned for, not limited: starts used all that was free'}."
        yield f"({limits.reason}.)"
    if is_overcommitted(result):
        yield (
            f"Warning: {result.cap} instances of {result.cpus:g} CPUs are more than the {result.processors:g} of this "
            "machine. They slowed each other down, which on a FaaS they would not: starts and latencies are too long."
        )
    if result.trial_start_s is None:
        yield "An instance started alone ran out of memory before it was ready."
    else:
        yield f"An instance started alone, before the runs, was ready after {result.trial_start_s:.2f} s."
    if result.unmeasured:
        yield f"It was interrupted before P = {', '.join(map(str, result.unmeasured))} had been measured."


def _latency_table(result: BurstResult) -> Table:
    failed = ("failed starts",) if any(run.failed_starts for run in result.runs) else ()
    counts = ("requests", "succeeded %", "instances", "cold starts", *failed, "start p50 s", "start max s")
    times = ("mean ms", "p50 ms", "p90 ms", "p99 ms", "max ms", "warm p50 ms", "cold p50 ms", "cold max ms")
    rows = tuple(
        (
            _name(run),
            str(run.summary.requests),
            percent(run.summary.success_rate, 2),
            str(run.instances),
            str(run.cold_starts),
            *(_failed_starts(run) for _ in failed),
            *_seconds(run.on_demand_starts),
            *_latencies(run.summary.client),
            MISSING if run.warm is None else milliseconds(run.warm.p50_s),
            *((MISSING, MISSING) if run.cold is None else (milliseconds(run.cold.p50_s), milliseconds(run.cold.max_s))),
        )
        for run in result.runs
    )
    return Table("Latency and cold starts", ("prewarmed", *counts, *times), rows, LATENCY_NOTE)


def _failed_starts(run: BurstRun) -> str:
    """How many of all starts failed; a prewarmed instance that is not there makes the row one of fewer."""
    return f"{run.failed_starts} ({run.failed_prewarmed} prewarmed)" if run.failed_prewarmed else str(run.failed_starts)


def _seconds(starts: Distribution | None) -> tuple[str, str]:
    return (MISSING, MISSING) if starts is None else (f"{starts.p50_s:.2f}", f"{starts.max_s:.2f}")


def _latencies(times: Distribution | None) -> tuple[str, ...]:
    if times is None:
        return (MISSING,) * 5
    return tuple(milliseconds(value) for value in (times.mean_s, times.p50_s, times.p90_s, times.p99_s, times.max_s))


def _gb_table(result: BurstResult) -> Table:
    columns = (
        "prewarmed",
        "wall s",
        *(f"{kind} GB-s" for kind in KINDS),
        "total GB-s",
        "peak MiB",
        "OOM kills",
        "deaths",
    )
    rows = []
    for run in result.runs:
        used = result.gb_seconds(run)
        memory = mebibytes(run.peak_memory_bytes or None)
        cells = (f"{value:.2f}" for value in (run.wall_s, *_by_kind(used), used.total))
        rows.append((_name(run), *cells, memory, str(run.oom_kills), str(run.deaths)))
    return Table("Gigabyte-seconds and memory", columns, tuple(rows), GB_NOTE)


def _by_kind(used: GbSeconds) -> tuple[float, float, float]:
    """In the order of ``KINDS``."""
    return (used.on_demand, used.init, used.reserved)


def _failure_tables(result: BurstResult) -> list[Table]:
    rows = tuple(
        (f"{_name(run)}: {cause}", str(count), run.summary.details.get(cause) or MISSING)
        for run in result.runs
        for cause, count in run.summary.causes.items()
    )
    columns = ("cause", "requests", "for example")
    return [Table("Failures by cause", columns, rows, text_columns=(2,))] if rows else []


def _latency_charts(result: BurstResult) -> list[Chart]:
    series = tuple(
        Series(_name(run), times.curve, times.shares)
        for run in result.runs
        if (times := run.summary.client) is not None and times.count > 1
    )
    note = "The share of good answers that a client had within the time; a step far to the right is a cold start."
    chart = Chart("Latency", "client time, s", "share of answers", series, Mark.STEPS, log_x=True, note=note)
    return [chart] if series else []


def _gb_chart(result: BurstResult) -> Chart:
    names = tuple(_name(run) for run in result.runs)
    values = [_by_kind(result.gb_seconds(run)) for run in result.runs]
    series = tuple(Series(kind, names, tuple(row[place] for row in values)) for place, kind in enumerate(KINDS))
    return Chart("Gigabyte-seconds by what they went to", "prewarmed instances", "GB-s", series, Mark.BARS)


def _figures(result: BurstResult) -> tuple[Figure, ...]:
    """The slowest answer with the fewest and with the most instances prewarmed."""
    by_prewarmed = sorted(result.runs, key=lambda run: run.prewarmed)
    ends = by_prewarmed[:1] + by_prewarmed[1:][-1:]
    slowest = [(run, run.summary.client.max_s) for run in ends if run.summary.client is not None]
    return tuple(Figure(f"slowest answer, {_name(run)}", f"{seconds:.2f} s") for run, seconds in slowest)
