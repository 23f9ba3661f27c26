"""What becomes of an instance that a request has run out of time in, while others are worked on in it."""

import asyncio

import pytest

from bench.burst.gateway import TIMEOUT, Dispatch, Gateway
from tests.bench.burst_stand_ins import FakeFleet
from tests.bench.test_burst_gateway import Seen, capacity, play


def test_an_instance_that_overruns_a_request_is_given_up_when_its_others_are_done() -> None:
    """It gets nothing new, and what it works on besides comes to its end."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        seen = Seen(gateway)
        waiting = asyncio.create_task(seen.send_all(10.0, 12.0, 14.5))
        await asyncio.sleep(4.2)
        assert seen.answers[0].cause == TIMEOUT
        assert not fleet.instances[0].is_closed
        await waiting
        assert seen.answers[1].cause == TIMEOUT
        assert fleet.instances[0].is_closed

    _, fleet = play(
        scenario, capacity(concurrency=2, timeout_s=4.0), {"request_s": 50.0}, {"start_s": 0.5, "request_s": 1.0}
    )
    assert [instance.handled for instance in fleet.instances] == [[0, 1], [2]]


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_instance_on_its_way_out_still_takes_its_place(dispatch: Dispatch) -> None:
    """With one place none is started while another request is in one that overran its time: its memory is in use."""

    async def scenario(gateway: Gateway, fleet: FakeFleet) -> None:
        await gateway.prewarm(1)
        seen = Seen(gateway)
        waiting = asyncio.create_task(seen.send_all(10.0, 12.0, 14.5))
        await asyncio.sleep(5.0)
        assert seen.answers[0].cause == TIMEOUT
        assert len(fleet.instances) == 1
        await waiting
        assert seen.times == {0: 14.0, 1: 16.0, 2: 17.5}
        assert gateway.most_instances == 1

    _, fleet = play(
        scenario,
        capacity(cap=1, concurrency=2, timeout_s=4.0, dispatch=dispatch),
        {"request_s": 50.0},
        {"start_s": 0.5, "request_s": 1.0},
    )
    assert [instance.handled for instance in fleet.instances] == [[0, 1], [2]]
