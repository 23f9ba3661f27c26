"""What a run used of a platform, and what is known of one request of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Usage:
    """One run, in seconds and GB (2^30 bytes), before any platform's rounding.

    ``memory_gb`` and ``cpus`` are of one instance, ``requests`` those that were answered. ``executions`` are the busy
    periods of instances started on demand, ``init_s`` is all their starts together. ``reserved_s`` is all reserved
    instances' time, busy or not, and ``reserved_executions`` are their busy periods. ``instances`` is the most there
    were at a time and ``wall_s`` the length of the run, 0 where it is not known.
    """

    memory_gb: Decimal
    cpus: Decimal
    requests: int
    executions: tuple[Decimal, ...]
    init_s: Decimal = _NONE
    reserved_s: Decimal = _NONE
    reserved_executions: tuple[Decimal, ...] = ()
    instances: int = 0
    wall_s: Decimal = _NONE


@dataclass(frozen=True, slots=True)
class Measured:
    """A document's runs by name, in instances of one size, and what a request and a start take in one.

    ``executions`` are times (seconds, above 0) for which one request had an instance to itself; none where that was
    not measured. ``notes`` are sentences that say how the figures were come by.
    """

    memory_gb: Decimal
    cpus: Decimal
    executions: tuple[Decimal, ...]
    init_seconds: float
    runs: tuple[tuple[str, Usage], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """Memory (GB of 2^30 bytes) and vCPUs of an instance as the command line gives them; None where it does not."""

    memory_gb: float | None = None
    cpus: float | None = None


def exact(value: float) -> Decimal:
    """Return the decimal number that is written for this float: 0.1 is 0.1."""
    return Decimal(repr(value))
