"""When requests are sent: by clients that wait for their answers, or at times that nobody's answer can shift."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np

from bench.errors import BenchError

MOST_ARRIVALS = 1_000_000


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """``concurrency`` clients, each sending its next request as soon as it has its answer; ``requests`` in all.

    After ``duration_s`` nobody sends another one.
    """

    concurrency: int
    requests: int
    duration_s: float = math.inf

    @classmethod
    def lasting(cls, concurrency: int, duration_s: float) -> ClosedLoop:
        """Return a loop that only time ends."""
        return cls(concurrency, sys.maxsize, duration_s)


@dataclass(frozen=True, slots=True)
class OpenLoop:
    """A request at each of these times, in seconds from the start, ascending, however the server fares.

    ``rate`` is how many a second were meant.
    """

    rate: float
    arrivals: tuple[float, ...]

    @classmethod
    def poisson(cls, rate: float, duration_s: float, seed: int) -> OpenLoop:
        """Draw the arrivals of a Poisson process of ``rate`` requests a second, the same for the same seed.

        Raises BenchError for a schedule of no request, or of more than a million.
        """
        if not 0 < rate * duration_s <= MOST_ARRIVALS:
            raise BenchError(f"{rate:g} requests/s for {duration_s:g} s: between 1 and {MOST_ARRIVALS} in all")
        generator = np.random.default_rng(seed)
        # Given their number, the arrivals of a Poisson process are uniform in time (order statistics).
        count = int(generator.poisson(rate * duration_s))
        if not count:
            raise BenchError(f"no request falls into {duration_s:g} s at {rate:g}/s with seed {seed}")
        return cls(rate, tuple(sorted(generator.uniform(0.0, duration_s, count).tolist())))


Schedule = ClosedLoop | OpenLoop
