"""The bill: what was counted times what it costs, term by term and exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from bench.cost.metering import Metered, Resource, metered
from bench.cost.prices import FunctionPrices, MachinePrices, PriceList, Rates
from bench.cost.usage import Usage

HOUR_S = 3600

ON_DEMAND = "on demand"
INITIALISATION = "initialisation"
IDLE = "reserved, idle"
BUSY = "reserved, busy"
REQUESTS = "requests"
MACHINES = "machines"


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a bill: so many units of ``what`` at a price each."""

    what: str
    quantity: Decimal
    unit: str
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """Quantity times price, not rounded."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Bill:
    """The terms of a bill, in the list's currency."""

    currency: str
    terms: tuple[Term, ...]

    @property
    def total(self) -> Decimal:
        """The sum of all terms, not rounded."""
        return sum((term.amount for term in self.terms), Decimal(0))

    def amount_of(self, what: str) -> Decimal:
        """Return the sum of the terms that are for this, 0 where there is none."""
        return sum((term.amount for term in self.terms if term.what == what), Decimal(0))


def bill_of_run(usage: Usage, prices: PriceList) -> Bill | None:
    """Return what a run costs by a list; None where the platform could not have run it, or a price is missing."""
    if isinstance(prices, MachinePrices):
        return _machine_bill(usage, prices)
    counted = metered(usage, prices)
    return None if counted is None else bill(counted, prices)


def bill(counted: Metered, prices: FunctionPrices) -> Bill:
    """Return the bill of what was counted; a term of nothing, or for nothing, is left out."""
    rated: list[tuple[str, Resource, Rates]] = [
        (ON_DEMAND, counted.on_demand, prices.on_demand),
        (INITIALISATION, counted.initialisation, prices.on_demand),
    ]
    if prices.reserved is not None:
        rated += [(IDLE, counted.idle, prices.reserved.idle), (BUSY, counted.busy, prices.reserved.busy)]
    terms = [
        Term(what, quantity, unit, price)
        for what, resource, rates in rated
        for quantity, unit, price in ((resource.gb_s, "GB-s", rates.gb_s), (resource.vcpu_s, "vCPU-s", rates.vcpu_s))
    ]
    unit = prices.requests.unit
    terms.append(Term(REQUESTS, Decimal(counted.requests) / unit, f"{unit:,} requests", prices.requests.price))
    return Bill(prices.currency, tuple(term for term in terms if term.amount))


def _machine_bill(usage: Usage, prices: MachinePrices) -> Bill | None:
    """Return the bill of as many machines as hold all instances of the run at once, for as long as it took.

    None where the run's length is not known, or no instance fits into a machine. Hours are rounded at the 28th digit.
    """
    fitting = min(prices.vcpus // usage.cpus, prices.memory_gb // usage.memory_gb)
    if not usage.wall_s or fitting < 1:
        return None
    machines = -(-usage.instances // int(fitting))
    hours = machines * usage.wall_s / HOUR_S
    return Bill(prices.currency, (Term(MACHINES, hours, f"hours of {prices.model}", prices.hour),))


def truncated(amount: Decimal, places: int) -> Decimal:
    """Return an amount with the digits behind so many places cut off."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)


def rounded(amount: Decimal, places: int) -> Decimal:
    """Return an amount rounded to so many places, half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
