"""How long an instance was busy, as a platform counts it."""

from __future__ import annotations


class BusyMeter:
    """Periods in which at least one request was worked on: two at once are paid for once. Any clock will do."""

    def __init__(self) -> None:
        self._in_flight = 0
        self._since = 0.0
        self._periods: list[float] = []

    @property
    def in_flight(self) -> int:
        """Requests being worked on."""
        return self._in_flight

    @property
    def periods(self) -> tuple[float, ...]:
        """Seconds of each period that is over."""
        return tuple(self._periods)

    def enter(self, now: float) -> None:
        """Count a request in."""
        if not self._in_flight:
            self._since = now
        self._in_flight += 1

    def leave(self, now: float) -> None:
        """Count a request out."""
        self._in_flight -= 1
        if not self._in_flight:
            self._periods.append(now - self._since)
