"""One run from its first request to its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from bench.load.generator import Generator, Policy
from bench.load.outcome import Outcome
from bench.load.result import Consumption, LoadRun, periods
from bench.load.schedule import ClosedLoop, Schedule
from bench.load.scrape import Scrape
from bench.load.summary import summarise
from bench.load.target import Target
from bench.usage_sampler import UsageSampler

Observe = Callable[[Outcome], None]
OpenTarget = AbstractAsyncContextManager[Target]


class Observed(Protocol):
    """What is measured, as far as it is looked at from outside: a :class:`bench.subject.Subject`, for one."""

    @property
    def url(self) -> str | None:
        """Where its ``/metrics`` may be; None of what is no server."""

    @property
    def pid(self) -> int | None:
        """The topmost process of its tree, None where that cannot be known from here."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent: the schedule, and how ``target`` answers it with ``images`` in each request.

    ``pace_s`` lies between two looks at the server's processes, None: as often as costs nothing.
    """

    schedule: Schedule
    images: int = 1
    policy: Policy = field(default_factory=Policy)
    pace_s: float | None = None


def measure(subject: Observed, target: OpenTarget, load: Load, observe: Observe) -> LoadRun:
    """Send a load to a service or a library and return its figures; whatever the service does, the run ends with them.

    ``observe`` hears of each outcome. Of a service whose process is gone before the start nothing but that is known.
    """
    before = _scrape(subject.url)
    with ExitStack() as stack:
        sampler = _sampler(subject.pid, load.pace_s)
        if sampler is not None:
            stack.enter_context(sampler)
        outcomes, is_whole = asyncio.run(_send(target, load, observe))
    after = _scrape(subject.url)
    schedule = load.schedule
    return LoadRun(
        clients=schedule.concurrency if isinstance(schedule, ClosedLoop) else None,
        rate=None if isinstance(schedule, ClosedLoop) else schedule.rate,
        summary=summarise(outcomes, load.images),
        server_view=None if before is None or after is None else after.view_since(before),
        consumption=None if sampler is None else Consumption.of(sampler, outcomes),
        periods=periods(outcomes),
        is_whole=is_whole,
    )


def warm_up(target: OpenTarget, requests: int) -> list[Outcome]:
    """Send so many requests, one at a time, which no figures are made of; raises KeyboardInterrupt at Ctrl-C."""
    if not requests:
        return []
    outcomes, is_whole = asyncio.run(_send(target, Load(ClosedLoop(1, requests)), lambda _: None))
    if not is_whole:
        raise KeyboardInterrupt
    return outcomes


def _scrape(url: str | None) -> Scrape | None:
    return None if url is None else Scrape.of(url)


def _sampler(pid: int | None, pace_s: float | None) -> UsageSampler | None:
    try:
        if pid is None:
            return None
        return UsageSampler(pid) if pace_s is None else UsageSampler(pid, pace_s)
    except psutil.NoSuchProcess:
        return None  # it died in an earlier run, of which there are figures yet to be shown


async def _send(target: OpenTarget, load: Load, observe: Observe) -> tuple[list[Outcome], bool]:
    """Return the outcomes, and whether they are all: Ctrl-C ends a run, and what it has found out by then counts."""
    async with target as opened:
        generator = Generator(opened, load.policy, observe)
        try:
            return await generator.run(load.schedule), True
        except asyncio.CancelledError:
            return generator.outcomes, False
