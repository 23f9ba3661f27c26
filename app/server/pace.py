"""How far a client may fall behind the rate that is asked of it."""


class Pace:
    """The moment by which something more must have come, or gone: a token bucket of seconds.

    It starts full. Each byte is worth the time that it takes at the rate asked for, and no more than *slack* is ever
    saved up: after a quick start a client that stalls is given up as soon as one that stalled from the beginning.
    """

    def __init__(self, bytes_per_second: int, slack_seconds: float, now: float) -> None:
        self._rate = bytes_per_second
        self._slack = slack_seconds
        self.end = now + slack_seconds

    def progressed(self, count: int, now: float) -> None:
        """*count* bytes have moved at *now*."""
        self.end = min(self.end + count / self._rate, now + self._slack)
