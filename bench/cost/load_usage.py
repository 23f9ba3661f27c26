"""What a load would have used of instances that work on one request at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.cost.usage import InstanceSize, Measured, Usage, exact
from bench.errors import BenchError
from bench.report.document import Document

QUEUE = "queue"
"""The stage in which a request waits for its turn in a service that it shares: in one of its own it has none."""


@dataclass(frozen=True, slots=True)
class _Mean:
    mean_s: float


@dataclass(frozen=True, slots=True)
class _Summary:
    """What of ``bench.load.summary.Summary`` a bill is made from."""

    requests: int
    succeeded: int
    client: _Mean | None
    server: _Mean | None
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _LoadRun:
    """What of ``bench.load.result.LoadRun`` a bill is made from."""

    clients: int | None
    rate: float | None
    summary: _Summary
    is_whole: bool = True

    @property
    def name(self) -> str:
        """As ``LoadRun`` has it."""
        schedule = f"{self.rate:g}/s" if self.clients is None else f"{self.clients} client{'s' * (self.clients != 1)}"
        return schedule if self.is_whole else f"{schedule} (interrupted)"

    @property
    def crowd(self) -> tuple[float, float]:
        """What orders runs by how many requests shared the service: clients, then open loops by their rate."""
        return (math.inf if self.clients is None else self.clients, self.rate or 0.0)


@dataclass(frozen=True, slots=True)
class _Load:
    runs: tuple[_LoadRun, ...]


def of_load(document: Document, size: InstanceSize) -> Measured:
    """Return the answered requests of the run with the fewest clients as on-demand executions of their mean.

    The fewer clients, the less their requests had to share processors that an instance would have to itself. Raises
    BenchError where the command line does not say both what an instance holds and how many vCPUs the service had, or
    no run tells how long a request was worked on.
    """
    memory_gb, cpus = _size(document, size)
    load = document.result_as(_Load)
    answered = [run for run in load.runs if run.summary.succeeded]
    if not answered:
        raise BenchError(f"{document.label}: no request of this load was answered")
    run = min(answered, key=lambda run: run.crowd)
    seconds = _seconds(document.label, run)
    executions = (exact(seconds),) * run.summary.succeeded
    return Measured(
        memory_gb=exact(memory_gb),
        cpus=exact(cpus),
        executions=executions[:1],
        init_seconds=0.0,
        runs=((run.name, Usage(exact(memory_gb), exact(cpus), run.summary.succeeded, executions)),),
        notes=(" ".join(_notes(run, seconds, len(load.runs))),),
    )


def _size(document: Document, size: InstanceSize) -> tuple[float, float]:
    if size.memory_gb is None or size.cpus is None:
        raise BenchError(
            f"{document.label}: a load does not know the instance that it would have run in: give --memory-gb, and "
            f"--cpus with as many as the service had (usable where this was measured: "
            f"{document.machine.get('CPUs usable', 'not known')})"
        )
    return size.memory_gb, size.cpus


def _seconds(label: str, run: _LoadRun) -> float:
    """Return the mean of the answered requests without the wait for their turn."""
    summary = run.summary
    if run.clients != 1 and (summary.server is None or QUEUE not in summary.stages):
        raise BenchError(
            f"{label}, {run.name}: nothing tells how long requests waited for each other: take a run with one client"
        )
    function_time = summary.server or summary.client
    seconds = 0.0 if function_time is None else function_time.mean_s - summary.stages.get(QUEUE, 0.0)
    if seconds <= 0:
        raise BenchError(f"{label}, {run.name}: its requests took no time that could be billed")
    return seconds


def _notes(run: _LoadRun, seconds: float, runs: int) -> Iterator[str]:
    """Yield which run is billed, for what, and what is wrong with that."""
    chosen = f"{run.name}, the fewest of {runs} runs" if runs > 1 else run.name
    whose = "as the service says, the wait for their turn left out" if run.summary.server else "as the client waited"
    yield f"Billed is the load of {chosen}: every request at their mean, {seconds:.4g} s, {whose}."
    if run.clients != 1:
        yield "Its requests shared the processors and took longer than alone: a run with one client says more."
    if failed := run.summary.requests - run.summary.succeeded:
        yield f"{failed:,} of its {run.summary.requests:,} requests failed and are not billed."
