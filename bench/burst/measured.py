"""What of a burst was measured by the time it was over, or was interrupted."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from bench.burst.measurement import Trial
from bench.burst.result import BurstRun

ENDS = (signal.SIGTERM, signal.SIGHUP)
"""They end the measurement as Ctrl-C does, for which asyncio sees itself."""


class Measured:
    """The trial start and the runs so far."""

    def __init__(self) -> None:
        """Nothing was measured yet."""
        self.trial = Trial(None)
        self.runs: list[BurstRun] = []

    def fill(self, measurement: Coroutine[Any, Any, None]) -> None:
        """Run what measures. Ctrl-C, SIGTERM and SIGHUP end it, once it has tidied up.

        Raises KeyboardInterrupt where there is no run yet to report.
        """
        try:
            with _restored():
                asyncio.run(_ended_by_signals(measurement))
        except (KeyboardInterrupt, asyncio.CancelledError):
            if not self.runs:
                raise KeyboardInterrupt from None


@contextmanager
def _restored() -> Iterator[None]:
    """Put back what signals did before: a closed event loop leaves them ending the process on the spot."""
    before = {number: signal.getsignal(number) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _ended_by_signals(measurement: Coroutine[Any, Any, None]) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in ENDS:
            loop.add_signal_handler(number, task.cancel)
    await measurement
