"""Erlang's loss formula: the share of arrivals that find all of so many servers busy."""

from __future__ import annotations

from itertools import count

from bench.errors import BenchError

MOST_ERLANGS = 10_000
"""More is not looked at: each server is a step of the recursion, and a page asks for thousands of them."""


def blocking(offered: float, servers: int) -> list[float]:
    """Return B(0), B(1), ... B(servers) for Poisson arrivals that offer so many erlangs (rate times service time).

    ``B(n) = (a^n / n!) / sum over k = 0..n of a^k / k!``, the Erlang B formula (A. K. Erlang, 1917), by its usual
    recursion ``B(n) = a B(n-1) / (n + a B(n-1))``, which neither overflows nor cancels. It asks only for the mean
    service time: how the times are distributed makes no difference to a loss system.
    """
    shares = [1.0]
    for number in range(1, servers + 1):
        lost = offered * shares[-1]
        shares.append(lost / (number + lost))
    return shares


def servers_for(offered: float, limit: float) -> int:
    """Return the fewest servers that turn away at most this share (above 0, below 1) of what is offered: at least one.

    Raises BenchError for more than ``MOST_ERLANGS``.
    """
    if offered > MOST_ERLANGS:
        raise BenchError(
            f"{offered:,.0f} requests at work at a time (--rates times the seconds of one) are more than the "
            f"{MOST_ERLANGS:,} that are looked at: give lower --rates"
        )
    share = 1.0
    for number in count(1):
        if share <= limit:
            return number - 1
        lost = offered * share
        share = lost / (number + lost)
    raise AssertionError("count never ends")
