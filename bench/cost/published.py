"""The published bill of PP-OCR on a function platform, and how it comes by its last digit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bench.cost.billing import Bill, bill, rounded, truncated
from bench.cost.metering import Metered, Resource
from bench.cost.prices import FunctionPrices

COUNTED = Metered(requests=15_000, on_demand=Resource(gb_s=Decimal("4746.754048")))
"""What the publication was billed for: GB-s, and 1.5 times 10,000 calls."""

PRINTED = Decimal("0.5448")
PLACES = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to write the sum with four decimals: the sum of the terms so treated, then rounded, then cut off."""

    how: str
    total: Decimal
    rounded: Decimal
    cut: Decimal


def published_bill(prices: FunctionPrices) -> Bill:
    """Return the published bill by these prices."""
    return bill(COUNTED, prices)


def readings(published: Bill) -> tuple[Reading, ...]:
    """Return the sum with no term, each term, and every term cut to four decimals before it is added."""
    amounts = [term.amount for term in published.terms]
    cases = {"no term cut": [False] * len(amounts)}
    for index, term in enumerate(published.terms):
        cases[f"{term.what} cut to four decimals"] = [place == index for place in range(len(amounts))]
    cases["every term cut to four decimals"] = [True] * len(amounts)
    return tuple(_reading(how, amounts, which) for how, which in cases.items())


def _reading(how: str, amounts: list[Decimal], which: list[bool]) -> Reading:
    pairs = zip(amounts, which, strict=True)
    total = sum((truncated(amount, PLACES) if is_cut else amount for amount, is_cut in pairs), Decimal(0))
    return Reading(how, total, rounded(total, PLACES), truncated(total, PLACES))
