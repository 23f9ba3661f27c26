"""An instance as the gateway sees it: what it must be able to do, and what is noted of it."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Protocol

from bench.burst.busy_meter import BusyMeter
from bench.load.target import Answer

OUT_OF_MEMORY = "instance killed: out of memory"
DIED = "instance died"


class InstanceEndedError(Exception):
    """An instance that ended by itself; ``cause`` is one of the names above, fit for counting."""

    def __init__(self, cause: str, detail: str) -> None:
        """Keep both parts; the message joins them."""
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail


class Instance(Protocol):
    """A service process, or what stands for one in a test."""

    async def start(self) -> None:
        """Return once it is ready; raises InstanceEndedError where it ends before."""

    async def send(self, index: int) -> Answer:
        """Have a request answered; never raises. An instance that ends over it answers with one of the causes above."""

    async def ended(self) -> InstanceEndedError:
        """Wait until a started instance ends without having been told to, and say why."""

    async def close(self) -> None:
        """End it and all that belongs to it; it may have ended, or never have been started."""

    @property
    def peak_memory_bytes(self) -> int:
        """The most memory it was seen to hold, 0 where that could not be seen."""


class State(StrEnum):
    """What an instance is fit for. Whether it is busy is its meter's to say."""

    STARTING = "starting"
    READY = "ready"
    LEAVING = "leaving"
    """It works on what it has and gets nothing new. It still takes its place: its memory is in use."""
    GONE = "gone"


class Member:
    """One instance of the gateway's. Times are of the event loop's clock."""

    def __init__(self, instance: Instance, *, prewarmed: bool) -> None:
        self.instance = instance
        self.prewarmed = prewarmed
        self.state = State.STARTING
        self.meter = BusyMeter()
        self.tied: list[asyncio.Future[Member]] = []
        """Requests that wait for this instance's start, and for no other."""
        self.started_at = asyncio.get_running_loop().time()
        self.ready_at: float | None = None
        self.end: InstanceEndedError | None = None
        self.start_is_over = asyncio.Event()
        self._start_ended_at: float | None = None

    def note_start(self, *, ready: bool) -> None:
        """Its start is over: it is ready, or it ended."""
        self._start_ended_at = asyncio.get_running_loop().time()
        if ready:
            self.state = State.READY
            self.ready_at = self._start_ended_at
        self.start_is_over.set()

    @property
    def counts(self) -> bool:
        """Whether it takes one of the places that the cap allows."""
        return self.state is not State.GONE

    @property
    def is_fit(self) -> bool:
        """Whether it gets requests, or will."""
        return self.state in {State.STARTING, State.READY}

    @property
    def start_s(self) -> float:
        """Seconds from its exec until it was ready or, where it failed, until it ended; until now while it starts."""
        end = self._start_ended_at
        return (asyncio.get_running_loop().time() if end is None else end) - self.started_at
