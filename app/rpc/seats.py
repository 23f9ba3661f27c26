"""How many requests are in memory at a time: each takes a seat before its message is read.

What a client has sent before that waits in its own connection's window, 64 KiB or little more a stream.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from app.errors import MalformedRequestError, RequestTimeoutError
from app.scheduling.deadline import Deadline

_SLOW_SECONDS = 1.0
"""A message that takes longer than that to arrive has its seat only as long as nobody else wants it."""


class Seats:
    """So many seats; used within one event loop.

    A client that sends slowly costs a seat, and there would soon be none: where all are taken, the message that has
    been arriving for longest is given up.
    """

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._arriving: dict[asyncio.Future[Any], float] = {}  # since when; oldest first

    @contextlib.asynccontextmanager
    async def taken(self, deadline: Deadline) -> AsyncIterator[None]:
        """Hold a seat.

        Raises:
            DeadlineExceededError: None became free in time.
        """
        acquiring = asyncio.ensure_future(self._free.acquire())
        try:
            await asyncio.sleep(0)
            while not acquiring.done():
                self._give_up_slowest()
                deadline.check("read")
                await asyncio.wait([acquiring], timeout=min(_SLOW_SECONDS, deadline.remaining()))
            yield
        finally:
            if not acquiring.cancel():  # it was done
                self._free.release()

    async def arrived(self, message: Awaitable[Any], deadline: Deadline) -> bytes:
        """*message*, which is being read on a seat.

        Raises:
            DeadlineExceededError: It did not arrive in time.
            RequestTimeoutError: It arrived slowly, and others wanted the seat.
            MalformedRequestError: The client ended its request without one.
        """
        arriving = asyncio.ensure_future(message)
        self._arriving[arriving] = asyncio.get_running_loop().time()
        try:
            done, _ = await asyncio.wait([arriving], timeout=deadline.remaining())
        finally:
            del self._arriving[arriving]
            arriving.cancel()
        if not done:
            raise deadline.error("read")
        if arriving.cancelled():
            raise RequestTimeoutError("the request arrived too slowly, and others waited for its place")
        data = arriving.result()
        if not isinstance(data, bytes):
            raise MalformedRequestError("the request has no message")
        return data

    def _give_up_slowest(self) -> None:
        for arriving, since in self._arriving.items():
            if asyncio.get_running_loop().time() - since > _SLOW_SECONDS:
                arriving.cancel()
            return
