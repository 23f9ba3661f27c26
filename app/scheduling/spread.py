"""The work of one request on several threads: as many as there are permits that nobody else wants."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline

Unit = Callable[[], None]


def _nothing() -> None:
    pass


class Spread:
    """Units of work of a request that holds a permit: its own thread takes them in order, helpers take some of them.

    A helper has a spare permit for each unit and gives it back after it, so that a request that waits gets in between.
    """

    def __init__(self, admission: Admission, deadline: Deadline, between: Unit = _nothing) -> None:
        """*between*: what the request's own thread does between two units; where it raises the second is not begun."""
        self._admission = admission
        self._deadline = deadline
        self._between = between
        self._changed = threading.Condition()
        self._units: deque[Unit] = deque()
        self._helpers = 0
        self._error: BaseException | None = None

    def run(self, units: Iterable[Unit]) -> None:
        """Work on *units*, and on those that they add, until all are done; no helper is left when this returns.

        Raises:
            BaseException: What the first unit that failed raised. The deadline is given up then, which ends those that
                are under way; no other is begun.
        """
        with self._changed:
            self._units.extend(units)
        if unit := self._next_or_last():
            self._work_on(unit)
        while unit := self._next_or_last():
            self._work_on(partial(self._work_after_others, unit))
        if self._error:
            raise self._error

    def add(self, units: Iterable[Unit]) -> None:
        """Have *units* worked on before those that are there: a unit calls this when it finds that there is more."""
        with self._changed:
            if not self._error:
                self._units.extendleft(reversed(tuple(units)))
                self._changed.notify()
        self._call_help()

    def _work_after_others(self, unit: Unit) -> None:
        self._between()
        unit()

    def _work_on(self, unit: Unit) -> None:
        self._call_help()
        try:
            unit()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the request's own thread raises it
            with self._changed:
                self._error = self._error or error
                self._units.clear()
            self._deadline.abandon()

    def _call_help(self) -> None:
        while unit := self._next_with_spare():
            with self._changed:
                self._helpers += 1
            try:
                threading.Thread(target=self._help, args=(unit,), name="spread", daemon=True).start()
            except RuntimeError:  # no more threads are to be had
                self._admission.return_spare()
                with self._changed:
                    self._units.appendleft(unit)
                    self._helpers -= 1
                return

    def _help(self, unit: Unit | None) -> None:
        while unit:
            self._work_on(unit)
            self._admission.return_spare()
            unit = self._next_with_spare()
        with self._changed:
            self._helpers -= 1
            self._changed.notify()

    def _next_or_last(self) -> Unit | None:
        """The next unit, for which it waits as long as helpers may add some; None: there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._units or not self._helpers)
            return self._units.popleft() if self._units else None

    def _next_with_spare(self) -> Unit | None:
        """The next unit, with a spare permit; None: there is none, or no permit."""
        if not self._units or not self._admission.take_spare():
            return None
        with self._changed:
            if self._units:
                return self._units.popleft()
        self._admission.return_spare()
        return None
