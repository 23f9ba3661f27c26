"""An asyncio loop whose clock stands still while there is anything to do, and jumps when there is not.

What takes minutes by its clock takes no time, and times come out exactly.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bench.load.generator import Generator, Policy
from bench.load.outcome import Outcome
from bench.load.schedule import Schedule
from bench.load.target import Answer

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Seconds pass only when every task sleeps. It begins at an hour, so that nothing takes times for durations."""

    def __init__(self) -> None:
        """Begin."""
        self.now = 3600.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """The virtual time."""
        return self.now

    def lag(self, seconds: float) -> None:
        """Let time pass as if a callback had kept the loop from running."""
        self.now += seconds


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        """Move the clock on by *timeout* instead of waiting."""
        if timeout is None:
            raise AssertionError("every task waits for something that never comes")
        self._loop.now += timeout
        return super().select(0)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def generate(
    target: Any, schedule: Schedule, policy: Policy | None = None, observe: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Run a schedule against a target in virtual time."""

    async def generator() -> list[Outcome]:
        return await Generator(target, policy or Policy(), observe).run(schedule)

    return run(generator())


@dataclass
class Server:
    """A target with a slot for each request: number *n* takes ``service_s(n)``, and is answered by ``answer(n)``.

    From ``stall[0]`` to ``stall[1]``, seconds from the first request, it neither begins nor ends anything.
    """

    service_s: Callable[[int], float] = lambda _: 0.25
    answer: Callable[[int], Answer] = lambda _: Answer()
    stall: tuple[float, float] = (0.0, 0.0)
    during: Callable[[int], Awaitable[None]] | None = None
    sent: list[int] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    start: float | None = None

    async def send(self, index: int) -> Answer:
        """Take as long as planned."""
        if self.start is None:
            self.start = asyncio.get_running_loop().time()
        self.sent.append(index)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.during is not None:
            await self.during(index)
        if self.stall[0] <= self._now() < self.stall[1]:
            await self._sit_out_stall()
        await asyncio.sleep(self.service_s(index))
        if self.stall[0] < self._now() < self.stall[1]:
            await self._sit_out_stall()
        self.in_flight -= 1
        return self.answer(index)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - (self.start or 0.0)

    async def _sit_out_stall(self) -> None:
        await asyncio.sleep(self.stall[1] - self._now())
