"""One request of a run, as its client saw it."""

from __future__ import annotations

from dataclasses import dataclass

from bench.dialects import ServerTime


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times are seconds of a monotonic clock since the run's start.

    ``intended_s`` is when the request was to be sent, ``sent_s`` when the attempt left that got this answer; they
    differ where earlier attempts were refused, where the generator fell behind, or in an open loop had as many requests
    in flight as it may. ``cause`` is empty for a good answer. ``status``, ``named_wait_s`` and ``was_sent`` are those
    of the last attempt's :class:`bench.load.target.Answer`.
    """

    index: int
    intended_s: float
    sent_s: float
    done_s: float
    cause: str
    detail: str
    server: ServerTime
    retries: int = 0
    status: int = 0
    named_wait_s: float | None = None
    was_sent: bool = True

    @property
    def latency_s(self) -> float:
        """What a user waited: from the moment the request was due, so that a stall cannot hide behind its own queue."""
        return self.done_s - self.intended_s
