"""The memory of bodies that no thread has taken yet, of all clients together."""

import threading


class BufferBudget:
    """Counts bytes against a limit. Thread-safe: the event loop takes, threads give back."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        return self._held

    @property
    def exceeded(self) -> bool:
        """Whether more is held than may be."""
        return self._held > self.limit

    def take(self, count: int) -> None:
        """*count* more bytes are held."""
        with self._lock:
            self._held += count

    def give_back(self, count: int) -> None:
        """*count* bytes are not held any more."""
        with self._lock:
            self._held -= count
