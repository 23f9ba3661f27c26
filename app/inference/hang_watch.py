"""Finds engines that hang, while there is anything that they should be doing."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.errors import EngineError
from app.inference.engine_client import EngineClient

_TICKS = 20
"""In which an engine hangs for as long as it may."""


class HangWatch:
    """Asks engines that have something to do what they run, and counts how often each run is named. Thread-safe.

    Time is counted in ticks of its own instead of being read from a clock: where the whole service is frozen between
    requests, as function platforms do, no tick goes by. With nothing to do there are none either.
    """

    def __init__(self, seconds: float, on_hang: Callable[[EngineClient], None]) -> None:
        """*seconds*: one run may take so long, and so may an answer. *on_hang* is told once of an engine."""
        self._tick = min(1.0, seconds / _TICKS)
        self._most = round(seconds / self._tick)
        self._on_hang = on_hang
        self._busy: Counter[EngineClient] = Counter()
        self._some = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, client: EngineClient) -> Iterator[None]:
        """Watch *client* meanwhile."""
        with self._some:
            if self._thread is None:
                thread = threading.Thread(target=self._watch, name="hang-watch", daemon=True)
                thread.start()  # where it cannot be started now, the next picture tries again
                self._thread = thread
            self._busy[client] += 1
            self._some.notify()
        try:
            yield
        finally:
            with self._some:
                self._busy[client] -= 1
                if not self._busy[client]:
                    del self._busy[client]

    def _watch(self) -> None:
        seen: dict[EngineClient, Counter[str]] = {}
        pause = threading.Event()
        while True:
            with self._some:
                while not self._busy:
                    self._some.wait()
            pause.wait(self._tick)
            with self._some:
                busy = list(self._busy)
            # A run is counted on while nobody waits for it: requests may end before it does.
            seen = {client: runs for client, runs in seen.items() if not client.has_ended}
            for client in busy:
                runs = seen[client] = self._looked_at(client, seen.get(client, Counter()))
                if client.unanswered_pings == self._most or self._most in runs.values():
                    self._on_hang(client)

    def _looked_at(self, client: EngineClient, before: Counter[str]) -> Counter[str]:
        """How often each of the runs that go on now was seen, after one more look."""
        try:
            client.ping()
        except EngineError:
            return Counter()
        return Counter({run: before[run] + 1 for run in client.running})
