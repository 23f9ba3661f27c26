"""Who may come in: a bounded number works, a bounded number waits in order, everyone else is told at once."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.errors import DrainingError, QueueFullError
from app.scheduling.deadline import Deadline

_SMOOTHING = 0.1
"""Weight of the newest answer in the moving average of the seconds from one to the next."""

_TELLING = 16
"""Answers before the rate tells anything: the first ones of a process take longer, for what is made once."""

_SHARE_OF_TIME = 0.75
"""Of a request's time, which an answer may be expected to take: some take longer than the average."""


@dataclass(slots=True)
class Permit:
    """What a request holds while it is in. waited: seconds that it stood in line for it.

    since: when it came, of the monotonic clock; None: it was passed on, and there is none. parts: of the request that
    were done since then, where each is as an answer.
    """

    waited: float
    since: float | None
    parts: int = 0


class Admission:
    """Permits for requests, first come first served. Thread-safe; a refusal never blocks."""

    def __init__(
        self,
        active_limit: int,
        waiting_limit: int,
        on_depth: Callable[[float], None],
        on_active: Callable[[float], None],
    ) -> None:
        """*on_depth* hears how many wait, *on_active* how many permits are held, each time that changes."""
        self._active_limit = active_limit
        self._waiting_limit = waiting_limit
        self._on_depth = on_depth
        self._on_active = on_active
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._active = 0
        self._spare = 0
        self._taking_turns = 0
        self._draining = False
        self._seconds_apart = 0.0
        self._answers = 0
        self._room_from = 0.0

    def drain(self) -> None:
        """Take nobody new; those who are in, working or waiting, are served."""
        self._draining = True

    @property
    def is_draining(self) -> bool:
        """Whether nobody new is taken."""
        return self._draining

    def has_room(self, deadline: Deadline) -> bool:
        """Whether a request that came now would be let in or might wait; it is promised nothing."""
        with self._lock:
            return not self._draining and self._obstacle(deadline) is None

    def check(self, deadline: Deadline) -> None:
        """Refuse a request that would be refused anyway; the others are promised nothing.

        Raises:
            QueueFullError, DrainingError: It is.
        """
        with self._lock:
            self._check(deadline)

    @contextmanager
    def permit(self, deadline: Deadline) -> Iterator[Permit]:
        """Hold a permit.

        Raises:
            QueueFullError: As many wait as may wait, or so many that the time would run out.
            DrainingError: The process is shutting down.
            DeadlineExceededError: The time ran out in the queue, or the request was abandoned, which ends its waiting
                at once.
        """
        arrived = time.monotonic()
        self._enter(deadline)
        started = time.monotonic()
        permit = Permit(started - arrived, started)
        try:
            yield permit
        finally:
            if permit.since is not None:
                self._leave((time.monotonic() - permit.since) / (permit.parts + 1))

    def stand_back(self, permit: Permit, deadline: Deadline) -> None:
        """A part is done: pass *permit* on to whoever waits longest, and wait behind all who do; if anybody does.

        What was done under it, a part on the average, then counts as an answer. As one comes to the line for the one
        who leaves it, no more are in and wait than before.

        Raises:
            DeadlineExceededError: The time ran out in the line, or the request was abandoned. There is no permit then.
        """
        now = time.monotonic()
        with self._lock:
            permit.parts += 1
            if not self._waiting or permit.since is None:
                return
            self._answered((now - permit.since) / permit.parts)
            turn = threading.Event()
            self._waiting.append(turn)
            self._waiting.popleft().set()
        permit.since = None
        self._await(turn, deadline)
        permit.since, permit.parts = time.monotonic(), 0

    @contextmanager
    def turns(self) -> Iterator[bool]:
        """Within the block: whether a request that is in may stand back, again and again.

        So many may that half of the line is left to those who come.
        """
        with self._lock:
            may = self._taking_turns < (self._waiting_limit + 1) // 2
            self._taking_turns += may
        try:
            yield may
        finally:
            with self._lock:
                self._taking_turns -= may

    def take_spare(self) -> bool:
        """For a request that is in: one permit more, if one is free. It is to be given back soon.

        Where one is free nobody waits.
        """
        with self._lock:
            is_free = self._active < self._active_limit
            self._spare += is_free
            if is_free:
                self._hold(1)
            return is_free

    def return_spare(self) -> None:
        """Give such a permit back, to whoever came meanwhile."""
        with self._lock:
            self._spare -= 1
            self._release()

    def _enter(self, deadline: Deadline) -> None:
        with self._lock:
            self._check(deadline)
            if self._active < self._active_limit:
                self._hold(1)
                return
            turn = threading.Event()
            self._waiting.append(turn)
            self._on_depth(len(self._waiting))
        self._await(turn, deadline)

    def _await(self, turn: threading.Event, deadline: Deadline) -> None:
        """Wait in line until it is one's *turn*, at which one is in."""
        with deadline.abandonment_told_to(turn.set):
            came = turn.wait(deadline.remaining())
        if came and deadline.remaining() > 0:
            return
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._on_depth(len(self._waiting))
            else:
                # The permit came, but too late or to somebody who has gone: hand it on.
                self._release()
        raise deadline.error("queue")

    def _check(self, deadline: Deadline) -> None:
        """Refuse a request that can neither enter nor wait, or would wait for nothing. The lock is held."""
        if self._draining:
            raise DrainingError("the service is shutting down")
        obstacle = self._obstacle(deadline)
        if obstacle:
            raise QueueFullError(obstacle, self._room_in(deadline))

    def _obstacle(self, deadline: Deadline) -> str | None:
        """Why a request is not let in, if it is not. The lock is held."""
        waiting = len(self._waiting)
        if self._active < self._active_limit or waiting < self._spare:  # what is spare is soon given back
            return None
        if waiting >= self._waiting_limit:
            return f"{waiting} requests wait, {self._waiting_limit} allowed"
        needed = self._time_to_drain() + self._seconds_apart * (1 + self._active_limit)
        allowed = _SHARE_OF_TIME * deadline.remaining()
        if self._answers >= _TELLING and needed > allowed:
            return f"{waiting} requests wait: an answer would take {needed:.1f} s > {allowed:.1f} s allowed"
        return None

    def _room_in(self, deadline: Deadline) -> float:
        """Seconds after which who is refused now should ask again; no more than a request's own. The lock is held.

        Those who wait come first, and those who were refused before: all told the same, they would come back together,
        and most of them in vain.
        """
        now, (longest, _) = time.monotonic(), deadline.span
        ahead = max(self._room_from - now, self._time_to_drain())
        if ahead > longest:
            return longest
        self._room_from = now + ahead + self._seconds_apart
        return ahead

    def _leave(self, seconds: float) -> None:
        with self._lock:
            self._answered(seconds)
            self._release()

    def _answered(self, seconds: float) -> None:
        """Somebody who is in has taken *seconds*. The lock is held."""
        # Those that are in share what there is: among three each takes three times as long as alone.
        apart = seconds / (self._active - self._spare)
        self._seconds_apart += (_SMOOTHING if self._answers else 1.0) * (apart - self._seconds_apart)
        self._answers += 1

    def _release(self) -> None:
        """Pass a permit to whoever waits longest, else put it back. The lock is held."""
        if self._waiting:
            self._waiting.popleft().set()
            self._on_depth(len(self._waiting))
        else:
            self._hold(-1)

    def _hold(self, more: int) -> None:
        """So many permits *more* are held. The lock is held."""
        self._active += more
        self._on_active(self._active)

    def _time_to_drain(self) -> float:
        """Seconds in which those who wait now will have been let in, by the measured rate. The lock is held."""
        return self._seconds_apart * len(self._waiting)
