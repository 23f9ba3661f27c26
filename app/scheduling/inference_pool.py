"""Threads that own the slots of an engine and run jobs on them, the oldest request's first."""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.scheduling.deadline import Deadline

SlotT = TypeVar("SlotT")
ResultT = TypeVar("ResultT")


@dataclass(order=True, slots=True)
class _Job:
    ticket: int
    number: int
    work: Callable[[Any], Any] = field(compare=False)
    deadline: Deadline = field(compare=False)
    future: Future[Any] = field(compare=False)


class InferencePool(Generic[SlotT]):
    """One thread a slot, one queue for all of them.

    Jobs are taken in the order of their request's ticket, so that a request that is nearly done is finished before
    a newer one is begun; jobs whose request ran out of time are not run at all.
    """

    def __init__(self, name: str, slots: Sequence[SlotT], warm_up: Callable[[SlotT], None]) -> None:
        """*warm_up* is called on each slot by its own thread before its first job."""
        self._slots = slots
        self._warm_up = warm_up
        self._name = name
        self._jobs: list[_Job] = []
        self._numbers = itertools.count()
        self._arrived = threading.Condition()

    @property
    def size(self) -> int:
        """Slots in the pool."""
        return len(self._slots)

    def start(self) -> list[Future[None]]:
        """Start the threads; each future is done when its slot is warm, or holds why it could not be."""
        warm: list[Future[None]] = []
        for number, slot in enumerate(self._slots):
            future: Future[None] = Future()
            warm.append(future)
            name = f"{self._name}-{number}"
            threading.Thread(target=self._serve, args=(slot, future), name=name, daemon=True).start()
        return warm

    def submit(self, work: Callable[[SlotT], ResultT], ticket: int, deadline: Deadline) -> Future[ResultT]:
        """Run *work* on some slot; the lower the *ticket*, the sooner."""
        future: Future[ResultT] = Future()
        with self._arrived:
            heapq.heappush(self._jobs, _Job(ticket, next(self._numbers), work, deadline, future))
            self._arrived.notify()
        return future

    def _serve(self, slot: SlotT, warm: Future[None]) -> None:
        try:
            self._warm_up(slot)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the start must hear of it
            warm.set_exception(error)
            return
        warm.set_result(None)
        while True:
            # No name for the job here: an idle slot would keep its picture until the next one.
            _run(self._next(), slot)

    def _next(self) -> _Job:
        with self._arrived:
            while not self._jobs:
                self._arrived.wait()
            return heapq.heappop(self._jobs)


def result_of(job: Future[ResultT], deadline: Deadline, stage: str) -> ResultT:
    """What *job* came to.

    Raises:
        DeadlineExceededError: The time ran out first; the error says that it did in *stage*.
    """
    try:
        return job.result(deadline.remaining())
    except FutureTimeoutError:
        raise deadline.error(stage) from None


def _run(job: _Job, slot: object) -> None:
    if job.deadline.remaining() <= 0:
        job.future.set_exception(job.deadline.error("inference queue"))
        return
    try:
        job.future.set_result(job.work(slot))
    except Exception as error:  # noqa: BLE001 - the thread must outlive a job that fails
        job.future.set_exception(error)
