"""A request's time limit, checked between stages."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.errors import ClientGoneError, DeadlineExceededError


class Deadline:
    """The moment by which a request must be answered; it can also be given up before.

    Monotonic clock; shared by the request's thread, the inference threads that work for it and the server's event loop.
    """

    def __init__(self, seconds: float, started: float | None = None, most: float = math.inf) -> None:
        """*started*: of the monotonic clock, which all processes of a machine share; None: now.

        *most*: seconds after which its parts are over, too.
        """
        self._seconds = seconds
        self._started = time.monotonic() if started is None else started
        self._most = most
        self._lock = threading.Lock()
        self._abandoned = False
        self._client_left = False
        self._listeners: list[Callable[[], None]] = []

    @property
    def span(self) -> tuple[float, float]:
        """Seconds, and when they began: of these another process makes the same deadline."""
        return self._seconds, self._started

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self._abandoned

    def elapsed(self) -> float:
        """Seconds since the request came in."""
        return time.monotonic() - self._started

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return 0.0 if self._abandoned else max(0.0, self._seconds - self.elapsed())

    def abandon(self) -> None:
        """Nobody waits for the answer any more: work that has not started is not started."""
        with self._lock:
            self._abandoned = True
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def client_left(self) -> None:
        """Abandon the request because its client hung up."""
        self._client_left = True
        self.abandon()

    @contextmanager
    def part(self) -> Iterator["Deadline"]:
        """As many seconds anew, from now, for a part of the request; given up with it, while the block runs."""
        is_last = self._most - self.elapsed() < self._seconds
        seconds, started = (self._most, self._started) if is_last else (self._seconds, None)
        part = Deadline(seconds, started)

        def follow() -> None:
            part._client_left = self._client_left
            part.abandon()

        with self.abandonment_told_to(follow):
            yield part

    @contextmanager
    def abandonment_told_to(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call *listener*, which must not block, if the request is abandoned meanwhile; at once if it already is."""
        with self._lock:
            self._listeners.append(listener)
            already = self._abandoned
        if already:
            listener()
        try:
            yield
        finally:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

    def check(self, stage: str) -> None:
        """Go on to *stage* only while there is time.

        Raises:
            DeadlineExceededError: The time is up, or the client gone.
        """
        if self.remaining() <= 0:
            raise self.error(stage)

    def error(self, stage: str) -> DeadlineExceededError:
        """What to raise when the time ran out before or in *stage*."""
        if self._client_left:
            return ClientGoneError(f"the client hung up after {self.elapsed():.2f} s, stopped at: {stage}")
        return DeadlineExceededError(f"{self.elapsed():.2f} s > {self._seconds:g} s allowed, stopped at: {stage}")
