"""What stands before the instances of a FaaS: who gets a request, and when another instance is started."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bench.burst.member import DIED, OUT_OF_MEMORY, Instance, InstanceEndedError, Member, State
from bench.load.target import Answer

NO_INSTANCE = "no instance in time"
TIMEOUT = "timeout"


class Dispatch(StrEnum):
    """Who answers a request that has had an instance started."""

    TIED = "tied"
    """That instance and no other, though one may get free before: AWS Lambda's way."""

    QUEUE = "queue"
    """Whichever is free first, in the order of arrival: Cloud Run's and Knative's way."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """``cap``: most instances at a time; ``concurrency``: most requests in one; ``timeout_s``: for a request in all."""

    cap: int
    concurrency: int
    timeout_s: float
    dispatch: Dispatch = Dispatch.TIED


class Gateway:
    """A target (:class:`bench.load.target.Target`) that starts instances as it needs them.

    As AWS Lambda and Alibaba Function Compute do it: an instance works on one request at a time (or on ``concurrency``,
    as Function Compute and Cloud Run can); a request that finds none free has one started; an instance that is done is
    used again; prewarmed instances are used first; one that runs out of memory, crashes or overruns a request's time is
    thrown away as soon as no other request is worked on in it, and the next that needs one has another started.

    Where it differs: at the cap requests wait here, in the order of arrival, until their time is up, as on Cloud Run;
    Lambda and Function Compute would refuse them (429). No instance is taken away for idleness, since a burst is over
    before a platform does that.
    """

    def __init__(self, launch: Callable[[], Instance], capacity: Capacity) -> None:
        """``launch`` makes an instance that is not started yet."""
        self.members: list[Member] = []
        self.cold: set[int] = set()
        """Requests that were here before the instance that answered them was ready."""
        self.most_instances = 0
        self._launch = launch
        self._capacity = capacity
        self._waiting: deque[asyncio.Future[Member]] = deque()
        self._lives: list[asyncio.Task[None]] = []
        self._closings: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()

    async def prewarm(self, count: int) -> None:
        """Start so many instances at once, and return when each is ready or has failed."""
        for _ in range(count):
            self._start(prewarmed=True)
        await self.settle()

    async def settle(self) -> None:
        """Wait until no instance is being started: a platform does not give up a start that nobody needs any more."""
        await asyncio.gather(*(member.start_is_over.wait() for member in self.members))

    async def close(self) -> None:
        """End every instance; raises what went wrong with that, or in seeing to one of them."""
        for life in self._lives:
            life.cancel()
        for member in self.members:
            self._dismiss(member)
        results = await asyncio.gather(*self._lives, *self._closings, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def send(self, index: int) -> Answer:
        """See :meth:`bench.load.target.Target.send`."""
        arrived = self._loop.time()
        deadline = arrived + self._capacity.timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                member = await self._a_free_one()
        except TimeoutError:
            return Answer(NO_INSTANCE, f"none was free within {self._capacity.timeout_s:g} s")
        except InstanceEndedError as error:
            return Answer(error.cause, f"while it started: {error.detail}")
        if member.ready_at is not None and member.ready_at > arrived:
            self.cold.add(index)
        try:
            return await self._send(member, index, deadline)
        finally:
            self._give_back(member)

    async def _send(self, member: Member, index: int, deadline: float) -> Answer:
        try:
            async with asyncio.timeout_at(deadline):
                answer = await member.instance.send(index)
        except TimeoutError:
            self._leave(member, InstanceEndedError(DIED, "given up over a request that ran out of time"))
            return Answer(TIMEOUT, f"no answer within {self._capacity.timeout_s:g} s")
        if answer.cause in {OUT_OF_MEMORY, DIED}:
            self._leave(member, InstanceEndedError(answer.cause, answer.detail))
        return answer

    async def _a_free_one(self) -> Member:
        """Return an instance with a request counted in; raises InstanceEndedError where one failed to start."""
        turn: asyncio.Future[Member] = self._loop.create_future()
        self._waiting.append(turn)
        self._dispatch()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give_back(turn.result())  # it came at the very moment in which the time was up
            raise

    def _dispatch(self) -> None:
        """Hand free instances to those who wait longest, then start instances for those who still wait."""
        while self._waiting:
            if self._waiting[0].done():  # its time is up
                self._waiting.popleft()
            elif (member := self._freest()) is not None:
                member.meter.enter(self._loop.time())
                self._waiting.popleft().set_result(member)
            else:
                break
        if self._capacity.dispatch is Dispatch.TIED:
            self._tie_waiting()
        else:
            self._start_for_waiting()

    def _start_for_waiting(self) -> None:
        """Have as many instances starting as all who wait would fill."""
        waiting = sum(not turn.done() for turn in self._waiting)
        starting = sum(member.state is State.STARTING for member in self.members)
        for _ in range(min(-(-waiting // self._capacity.concurrency) - starting, self._places())):
            self._start(prewarmed=False)

    def _tie_waiting(self) -> None:
        """Tie those who wait to instances that start, as many to each as it can work on; at the cap the rest wait."""
        while self._waiting:
            if self._waiting[0].done():  # its time is up
                self._waiting.popleft()
                continue
            member = next((one for one in self.members if self._may_be_tied_to(one)), None)
            if member is None and self._places():
                member = self._start(prewarmed=False)
            if member is None:
                return
            member.tied.append(self._waiting.popleft())

    def _may_be_tied_to(self, member: Member) -> bool:
        tied = sum(not turn.done() for turn in member.tied)
        return member.state is State.STARTING and tied < self._capacity.concurrency

    def _places(self) -> int:
        return self._capacity.cap - sum(member.counts for member in self.members)

    def _freest(self) -> Member | None:
        """Prewarmed instances first: they are paid for anyhow. Then the one with the least to do, then the oldest."""
        free = [
            member
            for member in self.members
            if member.state is State.READY and member.meter.in_flight < self._capacity.concurrency
        ]
        return min(free, key=lambda member: (not member.prewarmed, member.meter.in_flight), default=None)

    def _give_back(self, member: Member) -> None:
        member.meter.leave(self._loop.time())
        if member.state is State.LEAVING and not member.meter.in_flight:
            self._dismiss(member)
        self._dispatch()

    def _start(self, *, prewarmed: bool) -> Member:
        member = Member(self._launch(), prewarmed=prewarmed)
        self.members.append(member)
        self.most_instances = max(self.most_instances, sum(one.counts for one in self.members))
        self._lives.append(asyncio.create_task(self._live(member)))
        return member

    async def _live(self, member: Member) -> None:
        """See an instance through its start, and notice its end."""
        try:
            await member.instance.start()
        except InstanceEndedError as error:
            member.note_start(ready=False)
            self._leave(member, error)
            self._fail_waiting(member, error)
        else:
            member.note_start(ready=True)
            self._hand_to_tied(member)
            self._dispatch()
            self._leave(member, await member.instance.ended())
        finally:
            member.start_is_over.set()
        self._dispatch()

    def _fail_waiting(self, member: Member, error: InstanceEndedError) -> None:
        """Fail those it was started for: who is tied to it, or as many of those who wait longest as it would take."""
        turns: Iterable[asyncio.Future[Member]] = member.tied
        if self._capacity.dispatch is Dispatch.QUEUE and not member.prewarmed:
            waiting = (turn for turn in self._waiting if not turn.done())
            turns = itertools.islice(waiting, self._capacity.concurrency)
        for turn in turns:
            if not turn.done():
                turn.set_exception(error)

    def _hand_to_tied(self, member: Member) -> None:
        for turn in member.tied:
            if not turn.done():  # its time is not up
                member.meter.enter(self._loop.time())
                turn.set_result(member)

    def _leave(self, member: Member, end: InstanceEndedError) -> None:
        """Give an instance nothing more; it is ended as soon as nobody waits for it."""
        if member.is_fit:
            member.state = State.LEAVING
            member.end = end
        if not member.meter.in_flight:
            self._dismiss(member)

    def _dismiss(self, member: Member) -> None:
        if member.state is not State.GONE:
            member.state = State.GONE
            self._closings.append(asyncio.create_task(member.instance.close()))
