"""Amounts and rates in as few digits as tell them apart."""

from __future__ import annotations

import math
from decimal import Decimal

from bench.report.figures import MISSING

DIGITS = 4
SECONDS_A_DAY = 86_400


def amount(value: Decimal | float | None) -> str:
    """Return a number with four significant digits and never an exponent; ``-`` for None."""
    if value is None:
        return MISSING
    number = float(value)
    if not number:
        return "0"
    places = max(0, DIGITS - 1 - math.floor(math.log10(abs(number))))
    return f"{number:,.{places}f}"


def plain(value: Decimal) -> str:
    """Return an exact number without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def per_day(rate: float) -> str:
    """Return a rate of requests a second as requests a day."""
    return f"{rate * SECONDS_A_DAY:,.0f}"
