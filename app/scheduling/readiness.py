"""Whether the process can serve, and what it serves with once it can."""

import threading
from typing import Generic, Literal, TypeVar

from app.errors import EngineError, NotReadyError
from app.scheduling.deadline import Deadline

State = Literal["starting", "ready", "draining", "failed"]
ValueT = TypeVar("ValueT")


class Readiness(Generic[ValueT]):
    """The process's state, and the value that becomes available when it is ready. Thread-safe."""

    def __init__(self) -> None:
        self._state: State = "starting"
        self._value: ValueT | None = None
        self._settled = threading.Event()
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        """The state now; draining and failed are final."""
        return self._state

    def ready(self, value: ValueT) -> None:
        """Everything is warm; *value* serves from now on."""
        self._value = value
        with self._lock:
            if self._state == "starting":
                self._state = "ready"
        self._settled.set()

    def fail(self) -> None:
        """The models cannot be loaded."""
        with self._lock:
            if self._state == "starting":
                self._state = "failed"
        self._settled.set()

    def drain(self) -> None:
        """The process was asked to stop; who was let in before is still served."""
        with self._lock:
            if self._state != "failed":
                self._state = "draining"

    def wait(self, deadline: Deadline) -> ValueT:
        """The value, once there is one.

        Raises:
            NotReadyError: There was none in time.
            EngineError: There never will be one.
        """
        if not self._settled.wait(deadline.remaining()):
            raise NotReadyError("the models are still loading")
        if self._value is None:
            raise EngineError("the models could not be loaded; the log says why")
        return self._value
