"""Instances that only pretend, in virtual time: a burst of minutes takes none."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bench.burst.member import InstanceEndedError
from bench.load.target import Answer
from tests.bench.virtual_time import VirtualTimeLoop

T = TypeVar("T")


def in_virtual_time(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, on a clock that begins at 0."""

    def loop_from_zero() -> VirtualTimeLoop:
        loop = VirtualTimeLoop()
        loop.now = 0.0
        return loop

    with asyncio.Runner(loop_factory=loop_from_zero) as runner:
        return runner.run(make())


class FakeInstance:
    """Takes its times for starting and for a request, and dies when it is told to, or at the times it is told."""

    def __init__(self, start_s: float = 10.0, request_s: float = 1.0, start_failure: str = "") -> None:
        self.handled: list[int] = []
        self.is_closed = False
        self.peak_memory_bytes = 7
        self._start_s = start_s
        self._request_s = request_s
        self._start_failure = start_failure
        self._end: asyncio.Future[InstanceEndedError] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """See ``Instance.start``."""
        await asyncio.sleep(self._start_s)
        if self._start_failure:
            raise InstanceEndedError(self._start_failure, "told to")

    async def send(self, index: int) -> Answer:
        """See ``Instance.send``."""
        self.handled.append(index)
        await asyncio.wait({self._end}, timeout=self._request_s)
        if self._end.done():
            return Answer(self._end.result().cause, self._end.result().detail)
        return Answer()

    async def ended(self) -> InstanceEndedError:
        """See ``Instance.ended``."""
        return await asyncio.shield(self._end)

    async def close(self) -> None:
        """See ``Instance.close``."""
        self.is_closed = True

    def die(self, cause: str) -> None:
        """End of its own accord, whatever it works on."""
        self._end.set_result(InstanceEndedError(cause, "told to"))


class FakeFleet:
    """Makes instances of the given kinds in turn, the last kind for all further ones."""

    def __init__(self, *kinds: dict[str, Any]) -> None:
        self.instances: list[FakeInstance] = []
        self._kinds = kinds or ({},)

    def launch(self) -> FakeInstance:
        """Return the next instance."""
        kind = self._kinds[min(len(self.instances), len(self._kinds) - 1)]
        self.instances.append(FakeInstance(**kind))
        return self.instances[-1]
