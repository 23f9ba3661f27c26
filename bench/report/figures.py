"""Numbers as people read them, ``-`` where there is none."""

from __future__ import annotations

MISSING = "-"
MIB = 1 << 20


def milliseconds(seconds: float | None) -> str:
    """Seconds as milliseconds, with as many digits as :func:`rate` has."""
    return MISSING if seconds is None else rate(1000 * seconds)


def mebibytes(count: int | None) -> str:
    """Bytes as MiB."""
    return MISSING if count is None else f"{count / MIB:,.0f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 as per cent."""
    return MISSING if share is None else f"{100 * share:.{digits}f}"


def rate(value: float | None) -> str:
    """A rate: whole from a hundred on, else with one digit behind the point from ten on, with two below."""
    if value is None:
        return MISSING
    digits = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2  # as it will be once it is rounded
    return f"{value:,.{digits}f}"
