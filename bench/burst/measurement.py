"""One burst against one number of prewarmed instances, and the trial start before all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.burst.gateway import Capacity, Gateway
from bench.burst.instance import ServiceInstance
from bench.burst.member import DIED, OUT_OF_MEMORY, Instance, InstanceEndedError, Member
from bench.burst.result import BurstRun
from bench.errors import BenchError
from bench.load.distribution import Distribution
from bench.load.generator import Generator, Policy
from bench.load.outcome import Outcome
from bench.load.schedule import Schedule
from bench.load.summary import summarise


@dataclass(frozen=True, slots=True)
class Trial:
    """One instance started alone: exec to ready in seconds, None where it ran out of memory; what it says of itself."""

    start_s: float | None
    info: Mapping[str, Any] = field(default_factory=dict)


async def try_start(instance: ServiceInstance) -> Trial:
    """Start one instance and end it; raises BenchError with the end of its log where it cannot start at all.

    It also has the files of program and models read once, so that the first run finds them in memory as the others do.
    """
    begun = asyncio.get_running_loop().time()
    try:
        await instance.start()
        return Trial(asyncio.get_running_loop().time() - begun, await instance.info())
    except InstanceEndedError as error:
        if error.cause == OUT_OF_MEMORY:
            return Trial(None)
        raise BenchError(f"the service does not start: {error.detail}\n{instance.sandbox.last_lines()}") from error
    finally:
        await instance.close()


async def replay(
    launch: Callable[[], Instance],
    capacity: Capacity,
    schedule: Schedule,
    prewarmed: int,
    observe: Callable[[Outcome], None],
) -> BurstRun:
    """Run the schedule against so many prewarmed instances, and end all instances."""
    gateway = Gateway(launch, capacity)
    try:
        await gateway.prewarm(prewarmed)
        outcomes = await Generator(gateway, Policy(), observe).run(schedule)
        await gateway.settle()
        return burst_run(prewarmed, gateway, outcomes)
    finally:
        await gateway.close()


def burst_run(prewarmed: int, gateway: Gateway, outcomes: Sequence[Outcome]) -> BurstRun:
    """Add up what the gateway's instances did."""
    summary = summarise(outcomes)
    reserved = [member for member in gateway.members if member.prewarmed]
    on_demand = [member for member in gateway.members if not member.prewarmed]
    executions = [period for member in on_demand for period in member.meter.periods]
    reserved_executions = [period for member in reserved for period in member.meter.periods]
    ends = [member.end.cause for member in gateway.members if member.end is not None]
    good = [outcome for outcome in outcomes if not outcome.cause]
    return BurstRun(
        prewarmed=prewarmed,
        instances=gateway.most_instances,
        cold_starts=len(on_demand),
        wall_s=summary.wall_s,
        on_demand_exec_s=sum(executions),
        init_s=sum(member.start_s for member in on_demand),
        reserved_s=summary.wall_s * sum(member.ready_at is not None for member in reserved),
        reserved_busy_s=sum(reserved_executions),
        executions=tuple(executions),
        reserved_executions=tuple(reserved_executions),
        failed_starts=sum(member.ready_at is None for member in gateway.members),
        oom_kills=ends.count(OUT_OF_MEMORY),
        deaths=ends.count(DIED),
        peak_memory_bytes=max((member.instance.peak_memory_bytes for member in gateway.members), default=0),
        summary=summary,
        cold=Distribution.of(outcome.latency_s for outcome in good if outcome.index in gateway.cold),
        warm=Distribution.of(outcome.latency_s for outcome in good if outcome.index not in gateway.cold),
        on_demand_starts=_starts(on_demand),
        prewarmed_starts=_starts(reserved),
    )


def _starts(members: Sequence[Member]) -> Distribution | None:
    """Exec to ready of those that got ready."""
    return Distribution.of(member.start_s for member in members if member.ready_at is not None)
