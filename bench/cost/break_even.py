"""The rates of requests from which one strategy is cheaper than another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from bench.cost.prices import MachinePrices
from bench.cost.strategies import (
    EVEN,
    InstanceCost,
    Traffic,
    best_mix,
    machine_cost,
    mixed_costs,
    on_demand_cost,
    reserved_cost,
)

STEPS = 120
"""Rates that are looked at between the ends; a strategy that is cheaper only between two of them is not seen."""

HALVINGS = 50
MOST_RESERVED = 4
"""For how many reserved instances it is said from when on each pays."""


def first_rate(excess: Callable[[float], float], low: float, high: float) -> float | None:
    """Return the lowest rate between two (both above 0) at which ``excess`` is no longer above 0; None for none.

    Looks at rates evenly spaced by ratio, and halves the first interval in which the sign changes.
    """
    ratio = (high / low) ** (1 / STEPS)
    rates = [min(high, low * ratio**step) for step in range(STEPS + 1)]
    if excess(low) <= 0:
        return low
    for below, above in pairwise(rates):
        if excess(above) <= 0:
            return _halved(excess, below, above)
    return None


def _halved(excess: Callable[[float], float], below: float, above: float) -> float:
    for _ in range(HALVINGS):
        middle = math.sqrt(below * above)
        if excess(middle) > 0:
            below = middle
        else:
            above = middle
    return above


def break_evens(
    cost: InstanceCost, traffic: Traffic, machine: MachinePrices | None, low: float, high: float
) -> dict[str, float | None]:
    """Return the rates (requests a second) from which each strategy pays, by what is compared with what.

    None where that does not happen between ``low`` and ``high``; ``low`` itself where it is so from the start.
    """
    excesses = dict(_of_reserving(cost, traffic))
    if machine is not None and machine_cost(machine, traffic, low) is not None:
        excesses |= _of_machines(cost, traffic, machine)
    return {name: first_rate(excess, low, high) for name, excess in excesses.items()}


def _of_reserving(cost: InstanceCost, traffic: Traffic) -> Mapping[str, Callable[[float], float]]:
    if cost.idle is None:
        return {}

    def step(reserved: int) -> Callable[[float], float]:
        def excess(rate: float) -> float:
            costs = mixed_costs(cost, traffic, rate, reserved)
            return costs[reserved] - costs[reserved - 1] * EVEN

        return excess

    def all_reserved(rate: float) -> float:
        reserved = reserved_cost(cost, traffic, rate)
        return math.inf if reserved is None else reserved[1] - on_demand_cost(cost, traffic, rate)

    steps = {f"P = {number} beats P = {number - 1}": step(number) for number in range(1, MOST_RESERVED + 1)}
    return steps | {"all reserved beats on demand": all_reserved}


def _of_machines(
    cost: InstanceCost, traffic: Traffic, machine: MachinePrices
) -> Mapping[str, Callable[[float], float]]:
    def machines(rate: float) -> float:
        found = machine_cost(machine, traffic, rate)
        return math.inf if found is None else found[1]

    def reserved(rate: float) -> float:
        found = reserved_cost(cost, traffic, rate)
        return -math.inf if found is None else found[1]

    comparisons = {
        "VM beats on demand": lambda rate: machines(rate) - on_demand_cost(cost, traffic, rate),
        "VM beats all reserved": lambda rate: machines(rate) - reserved(rate),
        "VM beats the best mix": lambda rate: machines(rate) - best_mix(cost, traffic, rate)[1],
    }
    if cost.idle is None:
        del comparisons["VM beats all reserved"]
    return comparisons
