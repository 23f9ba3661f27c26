"""How many requests are being answered, and when there are none any more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Occupancy:
    """Counts those who are in. Thread-safe."""

    def __init__(self) -> None:
        self._inside = 0
        self._changed = threading.Condition()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be counted meanwhile."""
        with self._changed:
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def wait_empty(self, seconds: float) -> bool:
        """Wait until nobody is in, *seconds* at most; returns whether nobody is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._inside, seconds)
