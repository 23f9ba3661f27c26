"""What the runs of a burst used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench.cost.usage import InstanceSize, Measured, Usage, exact
from bench.errors import BenchError
from bench.report.document import Document


@dataclass(frozen=True, slots=True)
class _Summary:
    """What of ``bench.load.summary.Summary`` a bill is made from."""

    requests: int
    succeeded: int


@dataclass(frozen=True, slots=True)
class _BurstRun:
    """What of ``bench.burst.result.BurstRun`` a bill is made from."""

    prewarmed: int
    instances: int
    cold_starts: int
    wall_s: float
    init_s: float
    reserved_s: float
    executions: tuple[float, ...]
    reserved_executions: tuple[float, ...]
    summary: _Summary

    @property
    def name(self) -> str:
        return f"P = {self.prewarmed}"


@dataclass(frozen=True, slots=True)
class _Burst:
    """What of ``bench.burst.result.BurstResult`` a bill is made from."""

    memory_gb: float
    cpus: float
    instance_concurrency: int
    runs: tuple[_BurstRun, ...]


def of_burst(document: Document, size: InstanceSize) -> Measured:
    """Return the runs of a burst, whose instances' size is its own: BenchError refuses another.

    What a request takes is the mean busy period of all instances of all runs, which is one request's each: a request
    that no instance ever got has none. Where instances worked on several requests at a time a period is nobody's, and
    nothing is said of one request.
    """
    if size != InstanceSize():
        raise BenchError(f"{document.label}: a burst knows its instances: leave out --memory-gb and --cpus")
    burst = document.result_as(_Burst)
    runs = tuple((run.name, _usage(burst, run)) for run in burst.runs)
    busy = tuple(period for _, run in runs for period in (*run.executions, *run.reserved_executions))
    if not sum(busy):
        raise BenchError(f"{document.label}: no instance of this burst worked on a request")
    cold_starts = sum(run.cold_starts for run in burst.runs)
    init_s = sum(run.init_s for run in burst.runs)
    return Measured(
        memory_gb=exact(burst.memory_gb),
        cpus=exact(burst.cpus),
        executions=busy if burst.instance_concurrency == 1 else (),
        init_seconds=init_s / cold_starts if cold_starts else 0.0,
        runs=runs,
        notes=tuple(_failure_note(run) for run in burst.runs if run.summary.succeeded < run.summary.requests),
    )


def _failure_note(run: _BurstRun) -> str:
    failed = run.summary.requests - run.summary.succeeded
    return (
        f"{run.name}: {failed:,} of {run.summary.requests:,} requests failed; they are not counted as requests, but "
        "what instances did for them is billed."
    )


def _usage(burst: _Burst, run: _BurstRun) -> Usage:
    return Usage(
        memory_gb=exact(burst.memory_gb),
        cpus=exact(burst.cpus),
        requests=run.summary.succeeded,
        executions=_all_exact(run.executions),
        init_s=exact(run.init_s),
        reserved_s=exact(run.reserved_s),
        reserved_executions=_all_exact(run.reserved_executions),
        instances=run.instances,
        wall_s=exact(run.wall_s),
    )


def _all_exact(values: Sequence[float]) -> tuple[Decimal, ...]:
    return tuple(exact(value) for value in values)
