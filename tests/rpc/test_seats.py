"""Seats on an event loop of the test's own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.errors import DeadlineExceededError, MalformedRequestError, RequestTimeoutError
from app.rpc import seats as module
from app.rpc.seats import Seats
from app.scheduling.deadline import Deadline


def run(check: Callable[[], Awaitable[Any]]) -> Any:
    """Run *check* in a loop of its own."""
    return asyncio.run(asyncio.wait_for(check(), 60))  # type: ignore[arg-type]


async def message(data: Any, come: asyncio.Event | None = None) -> Any:
    """A message that is there, or *come*s."""
    if come:
        await come.wait()
    return data


def test_no_more_are_taken_than_there_are() -> None:
    """Whoever comes when none is free waits for one, in order, and gets it when it is."""

    async def check() -> list[str]:
        seats, deadline, order = Seats(1), Deadline(60), []

        async def sit(name: str, leave: asyncio.Event) -> None:
            async with seats.taken(deadline):
                order.append(name)
                await leave.wait()

        leave = asyncio.Event()
        sitting = [asyncio.create_task(sit(name, leave)) for name in "abc"]
        await asyncio.sleep(0.05)
        assert order == ["a"]
        leave.set()
        await asyncio.gather(*sitting)
        return order

    assert run(check) == ["a", "b", "c"]


def test_a_seat_is_waited_for_until_the_deadline() -> None:
    """Then the request ends, and takes none that becomes free later."""

    async def check() -> None:
        seats = Seats(1)
        async with seats.taken(Deadline(60)):
            with pytest.raises(DeadlineExceededError):
                async with seats.taken(Deadline(0.05)):
                    pytest.fail("there was none")
        async with seats.taken(Deadline(0.5)):
            pass

    run(check)


def test_who_is_cancelled_gives_the_seat_back() -> None:
    """Waiting or seated."""

    async def check() -> None:
        seats = Seats(1)

        async def sit() -> None:
            async with seats.taken(Deadline(60)):
                await asyncio.sleep(60)

        first, second = asyncio.create_task(sit()), asyncio.create_task(sit())
        await asyncio.sleep(0.05)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        async with seats.taken(Deadline(0.5)):
            pass

    run(check)


def test_a_slow_message_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all seats are taken, the one that has been arriving for longest is given up, and no other."""
    monkeypatch.setattr(module, "_SLOW_SECONDS", 0.1)

    async def check() -> None:
        seats, deadline, later = Seats(2), Deadline(60), asyncio.Event()

        async def request(data: bytes, come: asyncio.Event | None) -> bytes:
            async with seats.taken(deadline):
                return await seats.arrived(message(data, come), deadline)

        slow = asyncio.create_task(request(b"slow", asyncio.Event()))
        await asyncio.sleep(0.02)
        other = asyncio.create_task(request(b"other", later))
        await asyncio.sleep(0.02)
        assert await request(b"third", None) == b"third"
        with pytest.raises(RequestTimeoutError):
            await slow
        later.set()
        assert await other == b"other"

    run(check)


def test_a_slow_message_is_waited_for_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is given up for nothing."""
    monkeypatch.setattr(module, "_SLOW_SECONDS", 0.01)

    async def check() -> bytes:
        seats, come = Seats(2), asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, come.set)
        async with seats.taken(Deadline(60)):
            return await seats.arrived(message(b"slow", come), Deadline(60))

    assert run(check) == b"slow"


@pytest.mark.parametrize(("seconds", "error"), [(0.05, DeadlineExceededError), (60, MalformedRequestError)])
def test_what_does_not_arrive_is_an_error(seconds: float, error: type[Exception]) -> None:
    """Not in time, or not at all: the library has an object of its own for that."""

    async def check() -> None:
        come = asyncio.Event()
        if seconds > 1:
            come.set()
        with pytest.raises(error):
            await Seats(1).arrived(message(object(), come), Deadline(seconds))

    run(check)
