"""Rate limits: how often each key or address may come."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class RateLimit:
    """So many requests a second for each client, *burst* of them at once.

    The generic cell rate algorithm (ITU-T I.371, annex A): a client is one number, the time at which its allowance
    would be whole again. The allowances of the *most* clients that came last are kept; whoever is dropped begins anew.

    rate: requests a second. burst: requests, at least 1. clock: seconds, never backwards.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float], most: int = 10_000) -> None:
        self._interval = 1 / rate
        self._tolerance = (burst - 1) * self._interval
        self._clock, self._most = clock, most
        self._lock = threading.Lock()
        self._whole_at: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, client: Hashable) -> float:
        """Let *client* in and return 0, or return the seconds after which it would be; that costs it nothing."""
        with self._lock:
            now = self._clock()
            whole_at = max(self._whole_at.get(client, now), now)
            wait = whole_at - now - self._tolerance
            if wait <= 0:
                whole_at += self._interval
            self._whole_at[client] = whole_at
            self._whole_at.move_to_end(client)
            if len(self._whole_at) > self._most:
                self._whole_at.popitem(last=False)
        return max(wait, 0.0)

    @property
    def clients(self) -> int:
        """How many are remembered."""
        return len(self._whole_at)
