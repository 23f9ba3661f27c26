"""What ``bench cost`` finds out, as it is written to disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.cost.billing import Bill
from bench.cost.prices import FunctionPrices, MachinePrices
from bench.cost.published import Reading
from bench.cost.strategies import Traffic


@dataclass(frozen=True, slots=True)
class RunBill:
    """One run by one list; ``bill`` is None where the platform could not have run it, or has no price for it."""

    platform: str
    run: str
    requests: int
    bill: Bill | None


@dataclass(frozen=True, slots=True)
class Strategy:
    """An hour's cost, with so many reserved instances or machines."""

    count: int
    cost: float


@dataclass(frozen=True, slots=True)
class Point:
    """Cost per hour at ``rate`` requests a second; None where a strategy is not to be had."""

    rate: float
    on_demand: float
    reserved: Strategy | None
    mix: Strategy | None
    machines: Strategy | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A platform's strategies over the rate, the rates asked for first.

    ``machine`` names the VM that it is compared with, empty where none has a price in the same currency.
    ``break_evens`` are requests a second, None where a strategy does not pay anywhere between the lowest and the
    highest rate.
    """

    platform: str
    currency: str
    machine: str
    table: tuple[Point, ...]
    chart: tuple[Point, ...]
    break_evens: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class CostResult:
    """Bills of measured runs, and strategies for a steady load; ``readings`` are of the published bill alone.

    ``traffic`` is None, and there are no ``curves``, where it is not known what one request takes. ``notes`` are
    sentences that belong under the figures.
    """

    prices: tuple[FunctionPrices | MachinePrices, ...]
    bills: tuple[RunBill, ...]
    traffic: Traffic | None = None
    curves: tuple[Curve, ...] = ()
    readings: tuple[Reading, ...] = ()
    notes: tuple[str, ...] = ()
