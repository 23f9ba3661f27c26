"""The closed loop, held exactly in virtual time."""

import asyncio

import pytest

from bench.load.generator import LONGEST_WAIT_S, Policy
from bench.load.schedule import ClosedLoop
from bench.load.summary import summarise
from bench.load.target import Answer
from tests.bench.virtual_time import Server, VirtualTimeLoop, generate

BUSY = Answer("http 503 queue_full", retry_after_s=2.0)


@pytest.mark.parametrize(("clients", "requests"), [(1, 8), (4, 32), (4, 30), (7, 7)])
def test_constant_service(clients: int, requests: int):
    """Every latency is the service time, the throughput clients by service time, and no request too many is sent."""
    server = Server()
    outcomes = generate(server, ClosedLoop(clients, requests))
    assert [outcome.latency_s for outcome in outcomes] == [0.25] * requests
    assert sorted(server.sent) == list(range(requests))
    assert server.most_in_flight == clients
    rounds = -(-requests // clients)
    assert summarise(outcomes).wall_s == rounds * 0.25
    assert summarise(outcomes).throughput == requests / (rounds * 0.25)


def test_fewer_requests_than_clients():
    """Clients for which there is nothing to send do not send."""
    server = Server()
    assert len(generate(server, ClosedLoop(100, 3))) == 3
    assert server.most_in_flight == 3


def test_percentiles_of_known_times():
    """A known sequence of service times comes out as its mean, extremes and nearest-rank percentiles."""
    times = [(index * 7 % 100 + 1) / 64 for index in range(100)]  # 1/64 to 100/64, shuffled
    found = summarise(generate(Server(lambda index: times[index]), ClosedLoop(3, 100))).client
    assert found is not None
    assert [64 * value for value in (found.min_s, found.p50_s, found.max_s, found.mean_s)] == [1, 50, 100, 50.5]
    assert [64 * (value or 0) for value in (found.p80_s, found.p90_s, found.p95_s, found.p99_s)] == [80, 90, 95, 99]
    assert found.p999_s is None


def test_next_request_waits_for_the_answer():
    """A client whose request takes long does not hold up the other one, which takes the rest."""
    server = Server(lambda index: 10.0 if index == 0 else 1.0)
    outcomes = generate(server, ClosedLoop(2, 10))
    assert [outcome.index for outcome in outcomes] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
    assert [outcome.sent_s for outcome in outcomes] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0]


def test_observer():
    """Whoever watches hears of each outcome as it is known."""
    heard = []
    outcomes = generate(Server(), ClosedLoop(2, 5), observe=heard.append)
    assert heard == outcomes
    assert len(heard) == 5


def test_answer_that_knows_when_it_was_there():
    """The latency ends with the last byte, not when the answer has been parsed."""

    class Parsing:
        async def send(self, _: int) -> Answer:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualTimeLoop)
            await asyncio.sleep(0.5)
            done_s = loop.time()
            loop.lag(3.0)
            return Answer(done_s=done_s)

    assert [outcome.latency_s for outcome in generate(Parsing(), ClosedLoop(1, 3))] == [0.5] * 3


@pytest.mark.parametrize(
    ("asked_s", "waited_s"), [(2.0, 2.0), (0.0, 0.0), (LONGEST_WAIT_S + 1000, LONGEST_WAIT_S), (float("inf"), 30.0)]
)
def test_retry(asked_s: float, waited_s: float):
    """A refused request is sent again after the wait that was asked for, thirty seconds at most, all of it latency."""
    answers = iter([Answer("busy", retry_after_s=asked_s), Answer()])
    (outcome,) = generate(Server(answer=lambda _: next(answers)), ClosedLoop(1, 1), Policy(retries=1))
    assert outcome.cause == ""
    assert outcome.retries == 1
    assert outcome.latency_s == 0.25 + waited_s + 0.25


def test_retries_run_out():
    """After so many retries a refusal is what counts, with its cause."""
    server = Server(answer=lambda _: BUSY)
    (outcome,) = generate(server, ClosedLoop(1, 1), Policy(retries=2))
    assert server.sent == [0, 0, 0]
    assert (outcome.cause, outcome.retries) == ("http 503 queue_full", 2)
    assert outcome.latency_s == 3 * 0.25 + 2 * 2.0


def test_no_retries_unless_asked_for():
    """By default a refusal is a failure at once; what is no refusal is never sent again."""
    assert [outcome.retries for outcome in generate(Server(answer=lambda _: BUSY), ClosedLoop(1, 2))] == [0, 0]
    lost = Server(answer=lambda _: Answer("connection lost"))
    assert [outcome.retries for outcome in generate(lost, ClosedLoop(1, 2), Policy(retries=5))] == [0, 0]
    assert lost.sent == [0, 1]
