"""What a burst is billed by, against sums done by hand; in virtual time starts take 10 s and requests 1 s."""

from typing import Any

import msgspec
import pytest

from bench.burst.busy_meter import BusyMeter
from bench.burst.gateway import Capacity, Dispatch
from bench.burst.measurement import replay
from bench.burst.member import OUT_OF_MEMORY
from bench.burst.result import AppliedLimits, BurstResult, BurstRun
from bench.load.schedule import ClosedLoop, OpenLoop, Schedule
from tests.bench.burst_stand_ins import FakeFleet, in_virtual_time


def run_burst(
    schedule: Schedule,
    prewarmed: int,
    *kinds: dict[str, Any],
    cap: int = 2,
    concurrency: int = 1,
    dispatch: Dispatch = Dispatch.TIED,
) -> BurstRun:
    """Replay a schedule against fakes."""
    capacity = Capacity(cap, concurrency, 100.0, dispatch)
    return in_virtual_time(lambda: replay(FakeFleet(*kinds).launch, capacity, schedule, prewarmed, lambda _: None))


def result_of(*runs: BurstRun, memory_gb: float = 0.5) -> BurstResult:
    """Return a result with these runs."""
    return BurstResult(
        memory_gb=memory_gb,
        cpus=0.5,
        requests=runs[0].summary.requests,
        runs=runs,
        cap=2,
        instance_concurrency=1,
        dispatch="tied",
        processors=2.0,
        limits=AppliedLimits(memory=True, cpu=True),
        trial_start_s=1.5,
    )


def test_overlapping_requests_are_busy_time_once() -> None:
    """Two requests from 1 to 4 and 2 to 6 are one period of 5 s; a third from 7 to 8 is one of its own."""
    meter = BusyMeter()
    meter.enter(1.0)
    meter.enter(2.0)
    meter.leave(4.0)
    meter.leave(6.0)
    meter.enter(7.0)
    assert meter.in_flight == 1
    meter.leave(8.0)
    assert meter.periods == (5.0, 1.0)


def test_without_prewarming_everybody_pays_by_use() -> None:
    """Two clients, two requests each: both start an instance (2 x 10 s), four requests take 1 s each, all in 12 s."""
    run = run_burst(ClosedLoop(2, 4), 0)
    assert (run.cold_starts, run.instances, run.wall_s) == (2, 2, 12.0)
    assert (run.init_s, run.on_demand_exec_s, run.executions) == (20.0, 4.0, (1.0,) * 4)
    assert (run.reserved_s, run.reserved_busy_s, run.reserved_executions) == (0.0, 0.0, ())
    assert run.cold is not None
    assert run.warm is not None
    assert (run.cold.count, run.cold.max_s, run.warm.count, run.warm.max_s) == (2, 11.0, 2, 1.0)
    assert run.on_demand_starts is not None
    assert (run.on_demand_starts.count, run.on_demand_starts.p50_s) == (2, 10.0)
    assert run.prewarmed_starts is None


def test_prewarming_everything_makes_cold_starts_disappear() -> None:
    """Two reserved for the 2 s that the same burst then takes; their starts are before it and on nobody's bill."""
    run = run_burst(ClosedLoop(2, 4), 2)
    assert (run.cold_starts, run.instances, run.wall_s, run.init_s) == (0, 2, 2.0, 0.0)
    assert (run.reserved_s, run.reserved_busy_s, run.reserved_executions) == (4.0, 4.0, (1.0,) * 4)
    assert (run.on_demand_exec_s, run.executions, run.cold) == (0.0, (), None)
    used = result_of(run).gb_seconds(run)
    assert (used.on_demand, used.init, used.reserved, used.total) == (0.0, 0.0, 2.0, 2.0)


def test_mixed_runs_are_billed_by_kind() -> None:
    """One reserved, two requests at once: 11 s of reservation, 10 s of start, 1 s of work on demand, half a GB each."""
    run = run_burst(OpenLoop(2.0, (0.0, 0.0)), 1)
    used = result_of(run).gb_seconds(run)
    assert run.wall_s == 11.0
    assert (used.on_demand, used.init, used.reserved, used.total) == (0.5, 5.0, 5.5, 11.0)


def test_a_start_that_nobody_needs_any_more_is_paid_to_its_end() -> None:
    """Queue: the burst is over after 2 s, the start that it caused takes 10 s all the same."""
    run = run_burst(OpenLoop(2.0, (0.0, 0.0)), 1, dispatch=Dispatch.QUEUE)
    assert (run.wall_s, run.cold_starts, run.init_s, run.on_demand_exec_s) == (2.0, 1, 10.0, 0.0)


def test_an_instance_with_two_requests_at_once_is_paid_once() -> None:
    """Two requests in one instance at the same time are one execution of 1 s."""
    run = run_burst(OpenLoop(2.0, (0.0, 0.0)), 0, concurrency=2)
    assert (run.cold_starts, run.executions, run.on_demand_exec_s) == (1, (1.0,), 1.0)


def test_failed_starts_are_counted_and_paid() -> None:
    """Of three instances the first runs out of memory while it starts: its request fails, the others are answered."""
    run = run_burst(OpenLoop(3.0, (0.0, 0.0, 20.0)), 0, {"start_failure": OUT_OF_MEMORY}, {})
    assert run.summary.causes == {OUT_OF_MEMORY: 1}
    assert (run.cold_starts, run.failed_starts, run.oom_kills, run.deaths) == (2, 1, 1, 0)
    assert run.init_s == 20.0
    assert run.peak_memory_bytes == 7


def test_who_never_got_ready_was_not_reserved() -> None:
    """Of two to be prewarmed one fails to start: a platform reserves what it has, and the row is one of fewer."""
    run = run_burst(ClosedLoop(1, 2), 2, {"start_failure": OUT_OF_MEMORY}, {})
    assert (run.prewarmed, run.failed_starts, run.failed_prewarmed) == (2, 1, 1)
    assert (run.wall_s, run.reserved_s) == (2.0, 2.0)


def test_a_result_is_read_back_as_it_was_written() -> None:
    """Through JSON, as documents keep it."""
    result = result_of(run_burst(ClosedLoop(2, 4), 0), run_burst(ClosedLoop(2, 4), 1))
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(result)), BurstResult) == result


@pytest.mark.parametrize("prewarmed", [0, 1, 2])
def test_every_request_is_cold_or_warm(prewarmed: int) -> None:
    """And the busy time is that of all requests, whoever did them."""
    run = run_burst(ClosedLoop(3, 9), prewarmed)
    assert sum(times.count for times in (run.cold, run.warm) if times is not None) == 9
    assert run.on_demand_exec_s + run.reserved_busy_s == 9.0
