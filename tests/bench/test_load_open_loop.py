"""The open loop, held exactly in virtual time: nobody's answer may shift what is sent, nor hide what is waited."""

import asyncio

import pytest

from bench.calibration.stall import Stall
from bench.load.distribution import Distribution
from bench.load.generator import Policy
from bench.load.schedule import ClosedLoop, OpenLoop
from bench.load.summary import summarise
from tests.bench.virtual_time import Server, VirtualTimeLoop, generate

RATE = 8
SERVICE_S = 0.125
BEGIN_S, END_S = 10.0, 20.0


def steady(seconds: float) -> OpenLoop:
    """Eight requests a second at even distances."""
    return OpenLoop(RATE, tuple(k / RATE for k in range(int(RATE * seconds))))


def stalling() -> Server:
    """A server that takes an eighth of a second, and stands still for ten seconds once."""
    return Server(lambda _: SERVICE_S, stall=(BEGIN_S, END_S))


def test_constant_service():
    """Requests leave when they are due, and each latency is the service time, however many are in flight."""
    server = Server(lambda _: 2.0)
    outcomes = generate(server, steady(10))
    assert [outcome.sent_s for outcome in outcomes] == [k / RATE for k in range(80)]
    assert {outcome.latency_s for outcome in outcomes} == {2.0}
    assert server.most_in_flight == 2 * RATE
    assert summarise(outcomes).throughput == 80 / (79 / RATE + 2.0)


def test_stall_shifts_no_arrival():
    """While the server stands still, requests leave when they are due all the same."""
    outcomes = generate(stalling(), steady(30))
    assert all(outcome.sent_s == outcome.intended_s for outcome in outcomes)


def test_coordinated_omission():
    """The open loop finds a stall in its percentiles, worked out by hand; a closed loop has one request see it.

    Of 800 requests the 80 that come during the ten seconds wait 0.25 to 10.125 s in steps of an eighth, the others
    take 0.125 s: so p90 is still that, p95 (rank 760) is the 40th of the 80, p99 (rank 792) the 72nd.
    """
    found = summarise(generate(stalling(), steady(100))).client
    assert found is not None
    assert found.p90_s == 0.125
    assert found.p95_s == 0.25 + 39 / 8
    assert found.p99_s == 0.25 + 71 / 8
    assert found.max_s == 10.125
    blind = summarise(generate(stalling(), ClosedLoop(1, 800))).client
    assert blind is not None
    assert blind.p99_s == 0.125
    assert blind.max_s == 10.125


@pytest.mark.parametrize("service_s", [0.125, 1.0, 7.0, 15.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_stall_formula(service_s: float, seed: int):
    """What ``bench calibrate`` expects of a stall is what a server with a slot for each request then does."""
    schedule = OpenLoop.poisson(RATE, 60.0, seed)
    outcomes = generate(Server(lambda _: service_s, stall=(10.0, 16.0)), schedule)
    first = schedule.arrivals[0]  # the server's clock begins with its first request
    stall = Stall(first + 10.0, first + 16.0)
    found = {outcome.intended_s: outcome.latency_s for outcome in outcomes}
    for due in schedule.arrivals:
        assert found[due] == pytest.approx(stall.latency_s(due, service_s), abs=1e-6)
    expected = Distribution.of(stall.latency_s(due, service_s) for due in schedule.arrivals)
    measured = summarise(outcomes).client
    assert expected is not None
    assert measured is not None
    assert (measured.p50_s, measured.p95_s, measured.p99_s, measured.max_s) == pytest.approx(
        (expected.p50_s, expected.p95_s, expected.p99_s, expected.max_s), abs=1e-6
    )


@pytest.mark.parametrize(
    ("due_s", "service_s", "latency_s"),
    [
        (9.0, 0.5, 0.5),  # over before
        (9.0, 1.0, 1.0),  # just over as it begins
        (9.0, 3.0, 11.0),  # would be done during it: is done at its end
        (9.0, 15.0, 15.0),  # its wait ends later anyhow
        (10.0, 1.0, 11.0),  # comes as it begins
        (15.0, 1.0, 6.0),
        (20.0, 1.0, 1.0),  # comes as it ends
    ],
)
def test_stall_by_hand(due_s: float, service_s: float, latency_s: float):
    """Each place that a request can have around a stall."""
    assert Stall(10.0, 20.0).latency_s(due_s, service_s) == latency_s


def test_lagging_generator():
    """When the generator itself is held up, requests leave late, and the delay is part of their latency."""

    async def hold_up(index: int) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        if index == 0:
            loop.lag(1.0)

    outcomes = sorted(generate(Server(lambda _: 0.25, during=hold_up), steady(2)), key=lambda outcome: outcome.index)
    assert [outcome.sent_s for outcome in outcomes[:10]] == [0.0, *[1.0] * 8, 1.125]
    assert [outcome.latency_s for outcome in outcomes[:9]] == [1.25 - k / 8 for k in [0, *range(1, 9)]]
    held = summarise(outcomes).held
    assert held is not None
    assert held.max_s == 0.875


def test_bound_on_requests_in_flight():
    """What is due beyond the bound waits for a free place, and its latency counts on from when it was due."""
    server = Server(lambda _: 1.0)
    outcomes = generate(server, OpenLoop(4, (0.0, 0.25, 0.5, 0.75)), Policy(max_in_flight=2))
    assert server.most_in_flight == 2
    assert [outcome.sent_s for outcome in outcomes] == [0.0, 0.25, 1.0, 1.25]
    assert [outcome.latency_s for outcome in outcomes] == [1.0, 1.0, 1.5, 1.5]


def test_run_ends_with_the_last_answer():
    """Everything is awaited, also what is answered long after the last arrival."""
    outcomes = generate(Server(lambda index: 100.0 if index == 0 else 1.0), OpenLoop(1, (0.0, 1.0)))
    assert [(outcome.index, outcome.done_s) for outcome in outcomes] == [(1, 2.0), (0, 100.0)]
