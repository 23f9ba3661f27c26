"""From measured runs and price lists to bills, curves and break-even points."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bench.cost.billing import bill_of_run
from bench.cost.break_even import break_evens
from bench.cost.prices import FunctionPrices, MachinePrices, PriceList
from bench.cost.published import COUNTED, published_bill, readings
from bench.cost.result import CostResult, Curve, Point, RunBill, Strategy
from bench.cost.strategies import InstanceCost, Traffic, best_mix, machine_cost, on_demand_cost, reserved_cost
from bench.cost.surplus import surplus_notes
from bench.cost.usage import Measured

CHART_POINTS = 61

NO_CURVES = (
    "No strategies are compared: they are of instances that take one request at a time, and these took several. Give "
    "--seconds with what one request takes, or measure with --instance-concurrency 1."
)


def calculate(
    taken: Measured, traffic: Traffic | None, prices: Sequence[PriceList], rates: Sequence[float]
) -> CostResult:
    """Return each run's bill by each list, and each platform's strategies at these rates (ascending, above 0).

    No strategies without ``traffic``, which must be of requests like ``taken.executions``.
    """
    bills = [
        RunBill(chosen.platform, name, usage.requests, bill_of_run(usage, chosen))
        for chosen in prices
        for name, usage in taken.runs
    ]
    machines = {chosen.currency: chosen for chosen in reversed(prices) if isinstance(chosen, MachinePrices)}
    curves = [
        _curve(chosen, cost, machines.get(chosen.currency), traffic, rates)
        for chosen in prices
        if isinstance(chosen, FunctionPrices)
        and traffic is not None
        and (cost := InstanceCost.of(chosen, traffic, taken.executions)) is not None
    ]
    notes = (*taken.notes, *surplus_notes(taken.memory_gb, taken.cpus, prices))
    return CostResult(
        tuple(prices), tuple(bills), traffic, tuple(curves), notes=notes if traffic else (*notes, NO_CURVES)
    )


def published_result(prices: FunctionPrices) -> CostResult:
    """Return the published bill by its list, and how it may have come by its last digit."""
    published = published_bill(prices)
    run = RunBill(prices.platform, "as published", COUNTED.requests, published)
    return CostResult((prices,), (run,), readings=readings(published))


def per_thousand(bill: RunBill) -> Decimal | None:
    """Return what 1,000 requests of this run cost, None where it has no bill or no request."""
    return None if bill.bill is None or not bill.requests else bill.bill.total * 1000 / bill.requests


def _curve(
    prices: FunctionPrices,
    cost: InstanceCost,
    machine: MachinePrices | None,
    traffic: Traffic,
    rates: Sequence[float],
) -> Curve:
    low, high = rates[0], rates[-1]
    spaced = [min(high, low * (high / low) ** (step / (CHART_POINTS - 1))) for step in range(CHART_POINTS)]
    return Curve(
        platform=prices.platform,
        currency=prices.currency,
        machine="" if machine is None else machine.platform,
        table=tuple(_point(cost, traffic, machine, rate) for rate in rates),
        chart=tuple(_point(cost, traffic, machine, rate) for rate in spaced),
        break_evens=break_evens(cost, traffic, machine, low, high),
    )


def _point(cost: InstanceCost, traffic: Traffic, machine: MachinePrices | None, rate: float) -> Point:
    reserved = reserved_cost(cost, traffic, rate)
    machines = None if machine is None else machine_cost(machine, traffic, rate)
    return Point(
        rate=rate,
        on_demand=on_demand_cost(cost, traffic, rate),
        reserved=None if reserved is None else Strategy(*reserved),
        mix=None if cost.idle is None else Strategy(*best_mix(cost, traffic, rate)),
        machines=None if machines is None else Strategy(*machines),
    )
