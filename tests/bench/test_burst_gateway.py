"""Who gets a request, and when an instance is started: all in virtual time, starts take 10 s and requests 1 s."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bench.burst.gateway import NO_INSTANCE, Capacity, Dispatch, Gateway
from bench.burst.member import DIED, OUT_OF_MEMORY
from bench.load.target import Answer
from tests.bench.burst_stand_ins import FakeFleet, in_virtual_time

Scenario = Callable[[Gateway, FakeFleet], Coroutine[Any, Any, None]]


class Seen:
    """Answers and the times at which they came, by request."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.answers: dict[int, Answer] = {}
        self.times: dict[int, float] = {}

    async def send(self, index: int, at: float = 0.0) -> None:
        """Send one request at a time of the virtual clock."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(at - loop.time())
        self.answers[index] = await self._gateway.send(index)
        self.times[index] = loop.time()

    async def send_all(self, *arrivals: float) -> None:
        """Send a request at each of these times, numbered in this order."""
        await asyncio.gather(*(self.send(index, at) for index, at in enumerate(arrivals)))


def play(scenario: Scenario, capacity: Capacity, *kinds: dict[str, Any]) -> tuple[Gateway, FakeFleet]:
    """Run a scenario, close the gateway, and hold that nothing is left open."""

    async def run() -> tuple[Gateway, FakeFleet]:
        fleet = FakeFleet(*kinds)
        gateway = Gateway(fleet.launch, capacity)
        await scenario(gateway, fleet)
        await gateway.settle()
        await gateway.close()
        return gateway, fleet

    gateway, fleet = in_virtual_time(run)
    assert all(instance.is_closed for instance in fleet.instances)
    return gateway, fleet


def capacity(
    cap: int = 2, concurrency: int = 1, timeout_s: float = 100.0, dispatch: Dispatch = Dispatch.TIED
) -> Capacity:
    """Two places, one request in each, unless a test says otherwise."""
    return Capacity(cap, concurrency, timeout_s, dispatch)


def test_a_request_that_finds_none_free_waits_for_its_own_start() -> None:
    """Tied: the second request waits for the instance it had started, though the prewarmed one is free long before."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        seen = Seen(gateway)
        await seen.send_all(10.0, 10.5, 12.0)
        assert seen.times == {0: 11.0, 1: 21.5, 2: 13.0}
        assert gateway.cold == {1}

    gateway, fleet = play(scenario, capacity())
    assert [instance.handled for instance in fleet.instances] == [[0, 2], [1]]
    assert [member.prewarmed for member in gateway.members] == [True, False]


def test_a_queued_request_is_taken_by_whoever_is_free_first() -> None:
    """Queue: the prewarmed instance takes the waiting request; the start goes on to its end all the same."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        seen = Seen(gateway)
        await seen.send_all(10.0, 10.5)
        assert seen.times == {0: 11.0, 1: 12.0}
        assert not gateway.cold

    gateway, fleet = play(scenario, capacity(dispatch=Dispatch.QUEUE))
    assert [instance.handled for instance in fleet.instances] == [[0, 1], []]
    assert gateway.members[1].ready_at == 20.5


@pytest.mark.parametrize("dispatch", Dispatch)
def test_cold_is_who_was_there_before_the_instance(dispatch: Dispatch) -> None:
    """At the cap the third request waits for a second turn, but for a start nonetheless; the fourth finds it warm."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        seen = Seen(gateway)
        await seen.send_all(0.0, 0.0, 0.0, 30.0)
        assert seen.times == {0: 11.0, 1: 11.0, 2: 12.0, 3: 31.0}
        assert gateway.cold == {0, 1, 2}

    gateway, fleet = play(scenario, capacity(dispatch=dispatch))
    assert len(fleet.instances) == gateway.most_instances == 2


@pytest.mark.parametrize("dispatch", Dispatch)
def test_requests_are_served_in_the_order_of_arrival(dispatch: Dispatch) -> None:
    """With one place the queue is first in, first out."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await Seen(gateway).send_all(0.3, 0.1, 0.2, 0.0)

    _, fleet = play(scenario, capacity(cap=1, dispatch=dispatch))
    assert [instance.handled for instance in fleet.instances] == [[3, 1, 2, 0]]


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_instance_works_on_so_many_requests_and_no_more(dispatch: Dispatch) -> None:
    """Five requests at two an instance start three; none ever has three at a time."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        seen = Seen(gateway)
        await seen.send_all(0.0, 0.0, 0.0, 0.0, 0.0)
        assert set(seen.times.values()) == {11.0}

    gateway, fleet = play(scenario, capacity(cap=9, concurrency=2, dispatch=dispatch))
    assert sorted(len(instance.handled) for instance in fleet.instances) == [1, 2, 2]
    assert sum(sum(member.meter.periods) for member in gateway.members) == 3.0


def test_prewarmed_instances_are_used_before_others() -> None:
    """Once the cold one is ready, too, single requests go to the prewarmed one, which is paid for anyhow."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        await Seen(gateway).send_all(10.0, 10.0, 30.0, 32.0)

    _, fleet = play(scenario, capacity())
    assert [instance.handled for instance in fleet.instances] == [[0, 2, 3], [1]]


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_dead_instance_fails_its_request_and_is_replaced_on_demand(dispatch: Dispatch) -> None:
    """The request in flight has the cause of the death; the next one has another instance started."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        asyncio.get_running_loop().call_at(10.5, lambda: fleet.instances[0].die(OUT_OF_MEMORY))
        seen = Seen(gateway)
        await seen.send_all(10.0, 11.0)
        assert seen.answers[0].cause == OUT_OF_MEMORY
        assert seen.answers[1].cause == ""
        assert seen.times[1] == 22.0

    gateway, _ = play(scenario, capacity(cap=1, dispatch=dispatch))
    assert [member.prewarmed for member in gateway.members] == [True, False]
    assert gateway.members[0].end is not None
    assert gateway.members[0].end.cause == OUT_OF_MEMORY


def test_an_idle_instance_that_dies_gets_no_request() -> None:
    """Its death is noticed while nothing is in flight."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        fleet.instances[0].die(DIED)
        seen = Seen(gateway)
        await seen.send_all(11.0)
        assert seen.answers[0].cause == ""

    _, fleet = play(scenario, capacity())
    assert [instance.handled for instance in fleet.instances] == [[], [0]]


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_failed_start_fails_the_request_that_it_was_for(dispatch: Dispatch) -> None:
    """One a start: so a service that never starts ends the run instead of being started for ever."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        seen = Seen(gateway)
        await seen.send_all(0.0, 0.0, 0.0)
        assert {answer.cause for answer in seen.answers.values()} == {OUT_OF_MEMORY}
        assert seen.times == {0: 10.0, 1: 20.0, 2: 30.0}

    gateway, fleet = play(scenario, capacity(cap=1, dispatch=dispatch), {"start_failure": OUT_OF_MEMORY})
    assert len(fleet.instances) == 3
    assert [member.start_s for member in gateway.members] == [10.0, 10.0, 10.0]


@pytest.mark.parametrize("dispatch", Dispatch)
def test_who_waits_too_long_for_an_instance_is_told_so(dispatch: Dispatch) -> None:
    """The time is up while the start goes on; nobody is started for a request that is gone."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        seen = Seen(gateway)
        await seen.send_all(0.0, 0.0)
        assert {answer.cause for answer in seen.answers.values()} == {NO_INSTANCE}
        assert set(seen.times.values()) == {5.0}

    _, fleet = play(scenario, capacity(cap=1, timeout_s=5.0, dispatch=dispatch))
    assert [instance.handled for instance in fleet.instances] == [[]]


def test_what_goes_wrong_with_an_instance_is_not_swallowed() -> None:
    """A bug in seeing to an instance surfaces when the gateway is closed."""

    async def run() -> None:
        fleet = FakeFleet()
        gateway = Gateway(fleet.launch, capacity())
        task = asyncio.create_task(gateway.prewarm(1))
        await asyncio.sleep(1)
        fleet.instances[0].ended = broken  # type: ignore[method-assign]
        await task
        await gateway.close()

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_virtual_time(run)
