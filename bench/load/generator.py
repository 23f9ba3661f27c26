"""Sends a schedule's requests to a target and notes what came of each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.load.outcome import Outcome
from bench.load.schedule import ClosedLoop, OpenLoop, Schedule
from bench.load.target import Target

LONGEST_WAIT_S = 30.0
"""The longest that a refused request waits before it is sent again, whatever the server asks for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``retries``: how often a refused request is sent again after the wait that its refusal asks for.

    ``patience_s``: so long after it was due it is sent again however often it was refused. ``max_in_flight`` bounds an
    open loop against a server that answers nothing; what is due beyond waits, and its latency counts on. ``pause_s``: a
    client of a closed loop waits so long after a failure, that it may not turn into a storm.
    """

    retries: int = 0
    max_in_flight: int = 10_000
    patience_s: float = 0.0
    pause_s: float = 0.0


class Generator:
    """Runs one schedule. All times are of the running event loop's monotonic clock."""

    def __init__(self, target: Target, policy: Policy, observe: Callable[[Outcome], None]) -> None:
        """``observe`` hears of each outcome as it is known."""
        self.outcomes: list[Outcome] = []
        self._target = target
        self._policy = policy
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()

    @property
    def started_at(self) -> float:
        """The loop's time at which the run began."""
        return self._start

    async def run(self, schedule: Schedule) -> list[Outcome]:
        """Send everything and return the outcomes in the order in which they were known.

        Cancelled (Ctrl-C), it ends by asyncio.CancelledError; ``outcomes`` then has what was known by that time.
        """
        self._start = self._loop.time()
        self.outcomes = []
        await (self._closed(schedule) if isinstance(schedule, ClosedLoop) else self._open(schedule))
        return self.outcomes

    async def _closed(self, schedule: ClosedLoop) -> None:
        numbers = iter(range(schedule.requests))
        clients = min(schedule.concurrency, schedule.requests)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(clients):
                tasks.create_task(self._client(numbers, schedule.duration_s))

    async def _client(self, numbers: Iterable[int], duration_s: float) -> None:
        for index in numbers:
            if self._now() >= duration_s:
                return
            outcome = await self._request(index, self._now())
            self._note(outcome)
            if outcome.cause and self._policy.pause_s:
                await asyncio.sleep(self._policy.pause_s)

    async def _open(self, schedule: OpenLoop) -> None:
        free = asyncio.Semaphore(self._policy.max_in_flight)

        async def send(index: int, intended_s: float) -> None:
            try:
                self._note(await self._request(index, intended_s))
            finally:
                free.release()

        async with asyncio.TaskGroup() as tasks:
            for index, intended_s in enumerate(schedule.arrivals):
                await asyncio.sleep(max(0.0, intended_s - self._now()))
                await free.acquire()
                tasks.create_task(send(index, intended_s))

    async def _request(self, index: int, intended_s: float) -> Outcome:
        for retries in itertools.count():
            sent_s = self._now()
            answer = await self._target.send(index)
            wait_s = answer.retry_after_s
            if wait_s is None or not self._asks_again(retries, min(wait_s, LONGEST_WAIT_S), intended_s):
                done_s = self._now() if answer.done_s is None else answer.done_s - self._start
                return Outcome(
                    *(index, intended_s, sent_s, done_s, answer.cause, answer.detail, answer.server, retries),
                    *(answer.status, answer.named_wait_s, answer.was_sent),
                )
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
        raise AssertionError("unreachable")

    def _asks_again(self, retries: int, wait_s: float, intended_s: float) -> bool:
        """Return whether a request that was refused is sent once more, after this wait."""
        return retries < self._policy.retries or self._now() + wait_s - intended_s < self._policy.patience_s

    def _note(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._observe(outcome)

    def _now(self) -> float:
        return self._loop.time() - self._start
