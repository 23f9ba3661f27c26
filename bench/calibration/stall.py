"""A server that stands still once: what an honest generator must then find, and one that is stopped for real.

A generator that waits for answers before it sends on asks less while the server stalls, and so hardly notices. That
error is known as coordinated omission (Gil Tene, "How NOT to Measure Latency").
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from bench.load.generator import Generator, Policy
from bench.load.http_target import HttpTarget
from bench.load.outcome import Outcome
from bench.load.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Stall:
    """When the server stood still, in seconds from the start of the run."""

    begin_s: float
    end_s: float

    def latency_s(self, due_s: float, service_s: float) -> float:
        """Return what a request waits that is due at a time and takes ``service_s`` of a server with a slot for each.

        What comes during the stall begins at its end. What was being worked on at its beginning is done at its end,
        or when it would have been done anyhow: the service time here is a wait, and the clock goes on.
        """
        if self.begin_s <= due_s < self.end_s:
            return self.end_s - due_s + service_s
        if due_s < self.begin_s < due_s + service_s:
            return max(service_s, self.end_s - due_s)
        return service_s


async def run_with_stall(
    target: HttpTarget, schedule: Schedule, pid: int, at_s: float, seconds: float
) -> tuple[list[Outcome], Stall]:
    """Run a schedule and stop the process tree of *pid* once for so long; returns the outcomes and when it stood."""
    async with target:
        generator = Generator(target, Policy(), lambda _: None)
        run = asyncio.create_task(generator.run(schedule))
        loop = asyncio.get_running_loop()
        await asyncio.sleep(at_s)
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        begun = loop.time()
        try:
            _signal(processes, signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            _signal(processes, signal.SIGCONT)
        ended = loop.time()
        outcomes = await run
    return outcomes, Stall(begun - generator.started_at, ended - generator.started_at)


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
