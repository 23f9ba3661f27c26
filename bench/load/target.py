"""What load is sent to: anything that answers numbered requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bench.dialects import ServerTime


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request. ``cause`` is empty for a good answer, else short and stable, fit for counting.

    ``detail`` is for people. ``retry_after_s``: how long a server that refused asked to wait, None where it did not.
    """

    cause: str = ""
    detail: str = ""
    server: ServerTime = field(default_factory=ServerTime)
    retry_after_s: float | None = None
    done_s: float | None = None
    """Monotonic clock when the last byte was there, before anything was parsed; None: when ``send`` returned."""
    status: int = 0
    """Of an HTTP answer that came whole; 0 where there was none."""
    named_wait_s: float | None = None
    """What ``Retry-After`` names; None where there is no such header."""
    was_sent: bool = True
    """Whether the whole request had left when it ended."""


class Target(Protocol):
    """Answers requests, many at a time."""

    async def send(self, index: int) -> Answer:
        """Send the request of this number and return what came of it; never raises for what a server may do."""
