"""Whether the process can serve, and what it serves with while it can."""

import threading
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from app.errors import EngineError, NotReadyError
from app.scheduling.deadline import Deadline

State = Literal["starting", "ready", "replacing", "wedged", "draining", "failed"]
ValueT = TypeVar("ValueT")


class Readiness(Generic[ValueT]):
    """The process's state, and the value that requests are served with. Thread-safe.

    starting: there is none yet. replacing, wedged: the one that there was is gone, or hangs; the next is on its way.
    draining: the process is to end; who was let in is served still. failed: there will never be one.
    """

    def __init__(self, on_change: Callable[[State], None] = lambda _: None) -> None:
        """*on_change* is told the state each time that it may have changed."""
        self._listeners = [on_change]
        self._value: ValueT | None = None
        self._without: State = "starting"
        self._draining = False
        self._changed = threading.Condition()

    @property
    def state(self) -> State:
        """The state now; draining and failed are final."""
        if self._draining:
            return "draining"
        return self._without if self._value is None or self._without == "failed" else "ready"

    @property
    def is_live(self) -> bool:
        """Whether the process is worth keeping: not where its engine hangs or cannot be had."""
        return self.state not in {"failed", "wedged"}

    def tell(self, listener: Callable[[State], None]) -> None:
        """Have *listener* told as well, from now on; it must not block."""
        self._listeners.append(listener)

    def ready(self, value: ValueT) -> None:
        """Everything is warm; *value* serves from now on, in the place of what served before."""
        with self._changed:
            self._value = value
            self._changed.notify_all()
            self._changed_now()

    def lost(self, value: ValueT, *, wedged: bool = False) -> None:
        """Unless another has taken the place of *value*, nothing serves until the next one is ready."""
        with self._changed:
            if self._value is not value:
                return
            self._value = None
            self._without = "wedged" if wedged else "replacing"
            self._changed_now()

    def fail(self) -> None:
        """There will be no value."""
        with self._changed:
            self._value = None
            self._without = "failed"
            self._changed.notify_all()
            self._changed_now()

    def drain(self) -> None:
        """The process was asked to stop; who was let in before is still served."""
        with self._changed:
            self._draining = self._without != "failed"
            self._changed_now()

    def wait(self, deadline: Deadline) -> ValueT:
        """The value, once there is one.

        Raises:
            NotReadyError: There was none in time.
            EngineError: There never will be one.
        """
        with self._changed:
            settled = self._changed.wait_for(
                lambda: self._value is not None or self._without == "failed", deadline.remaining()
            )
            if not settled:
                raise NotReadyError("the models are still loading")
            if self._value is None:
                raise EngineError("the models could not be loaded; the log says why")
            return self._value

    def _changed_now(self) -> None:
        for listener in self._listeners:
            listener(self.state)
