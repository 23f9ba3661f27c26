"""Threads that own the slots of an engine and run jobs on them, the oldest request's first."""

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.scheduling.deadline import Deadline

SlotT = TypeVar("SlotT")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Joinable(Generic[SlotT, ItemT, ResultT]):
    """A job that may be run together with others of its kind: *work* takes their items, and gives a result each.

    most: so many together at most.
    """

    kind: Hashable
    most: int
    item: ItemT
    work: Callable[[SlotT, list[ItemT]], Sequence[ResultT]]


@dataclass(order=True, slots=True)
class _Job:
    ticket: int
    number: int
    part: Joinable[Any, Any, Any] = field(compare=False)
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
        self._idle = 0
        self._threads: list[threading.Thread] = []
        self._running: dict[int, str] = {}
        self._is_stopping = False
        self._arrived = threading.Condition()

    @property
    def size(self) -> int:
        """Slots in the pool."""
        return len(self._slots)

    def running(self) -> list[str]:
        """Names of the runs that go on now, each of which is given once: one that stays here for long hangs."""
        with self._arrived:
            return list(self._running.values())

    def start(self) -> list[Future[None]]:
        """Start the threads; each future is done when its slot is warm, or holds why it could not be."""
        warm: list[Future[None]] = []
        for number, slot in enumerate(self._slots):
            future: Future[None] = Future()
            warm.append(future)
            name = f"{self._name}-{number}"
            thread = threading.Thread(target=self._serve, args=(slot, future), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        return warm

    def stop(self, patience_seconds: float) -> None:
        """Begin no more jobs, and wait for those that run: to be called as the process ends.

        The interpreter unwinds a thread that comes back to it then; from inside a runtime written in C++ that aborts
        the process.
        """
        with self._arrived:
            self._is_stopping = True
            self._arrived.notify_all()
        end = time.monotonic() + patience_seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def submit(self, work: Callable[[SlotT], ResultT], ticket: int, deadline: Deadline) -> Future[ResultT]:
        """Run *work* on some slot; the lower the *ticket*, the sooner."""
        alone: Joinable[SlotT, None, ResultT] = Joinable(object(), 1, None, lambda slot, _: [work(slot)])
        (future,) = self.submit_joinable([alone], ticket, deadline)
        return future

    def submit_joinable(
        self, parts: Sequence[Joinable[SlotT, ItemT, ResultT]], ticket: int, deadline: Deadline
    ) -> list[Future[ResultT]]:
        """Run *parts* on some slots, together with what else waits of their kind, whoever submitted it."""
        jobs = [_Job(ticket, next(self._numbers), part, deadline, Future()) for part in parts]
        with self._arrived:
            for job in jobs:
                heapq.heappush(self._jobs, job)
            self._arrived.notify(len(jobs))
        return [job.future for job in jobs]

    def _serve(self, slot: SlotT, warm: Future[None]) -> None:
        try:
            self._warm_up(slot)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the start must hear of it
            warm.set_exception(error)
            return
        warm.set_result(None)
        while not self._is_stopping:
            # No name for the job here: an idle slot would keep its picture until the next one.
            _run(self._next(), slot)

    def _next(self) -> list[_Job]:
        """The oldest job, and others of its kind; not so many that another idle slot would have nothing to do.

        Empty when the pool is to stop.
        """
        with self._arrived:
            self._running.pop(threading.get_ident(), None)
            self._idle += 1
            while not self._jobs and not self._is_stopping:
                self._arrived.wait()
            if self._is_stopping:
                return []
            share = math.ceil(len(self._jobs) / self._idle)
            self._idle -= 1
            first = heapq.heappop(self._jobs)
            self._running[threading.get_ident()] = f"{self._name} {first.number}"
            together = min(first.part.most, share)
            if together == 1:
                return [first]
            alike = (job for job in self._jobs if job.part.kind == first.part.kind)
            others = heapq.nsmallest(together - 1, alike)
            taken = {job.number for job in others}
            self._jobs = [job for job in self._jobs if job.number not in taken]
            heapq.heapify(self._jobs)
            return [first, *others]


def result_of(job: Future[ResultT], deadline: Deadline, stage: str) -> ResultT:
    """What *job* came to.

    Raises:
        DeadlineExceededError: The time ran out first; the error says that it did in *stage*.
    """
    try:
        return job.result(deadline.remaining())
    except FutureTimeoutError:
        raise deadline.error(stage) from None


def _run(jobs: list[_Job], slot: object) -> None:
    """Run those that are in time; where that fails each alone, so that one does not spoil what others asked for."""
    due = []
    for job in jobs:
        if job.deadline.remaining() <= 0:
            job.future.set_exception(job.deadline.error("inference queue"))
        else:
            due.append(job)
    if not due:
        return
    try:
        results = due[0].part.work(slot, [job.part.item for job in due])
        for job, result in list(zip(due, results, strict=True)):
            job.future.set_result(result)
    except Exception as error:  # noqa: BLE001 - the thread must outlive a job that fails
        if len(due) == 1:
            due[0].future.set_exception(error)
            return
        for job in due:
            _run([job], slot)
