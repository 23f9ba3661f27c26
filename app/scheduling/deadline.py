"""A request's time limit, checked between stages."""

import time

from app.errors import DeadlineExceededError


class Deadline:
    """The moment by which a request must be answered; it can also be given up before.

    Monotonic clock; shared by the request's thread and the inference threads that work for it.
    """

    def __init__(self, seconds: float, started: float | None = None) -> None:
        """*started*: of the monotonic clock, which all processes of a machine share; None: now."""
        self._seconds = seconds
        self._started = time.monotonic() if started is None else started
        self._abandoned = False

    @property
    def span(self) -> tuple[float, float]:
        """Seconds, and when they began: of these another process makes the same deadline."""
        return self._seconds, self._started

    def elapsed(self) -> float:
        """Seconds since the request came in."""
        return time.monotonic() - self._started

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return 0.0 if self._abandoned else max(0.0, self._seconds - self.elapsed())

    def abandon(self) -> None:
        """Nobody waits for the answer any more: work that has not started is not started."""
        self._abandoned = True

    def check(self, stage: str) -> None:
        """Go on to *stage* only while there is time.

        Raises:
            DeadlineExceededError: The time is up.
        """
        if self.remaining() <= 0:
            raise self.error(stage)

    def error(self, stage: str) -> DeadlineExceededError:
        """What to raise when the time ran out before or in *stage*."""
        return DeadlineExceededError(f"{self.elapsed():.2f} s > {self._seconds:g} s allowed, stopped at: {stage}")
