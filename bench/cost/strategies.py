"""What an hour of Poisson traffic costs: all on demand, all reserved, a mix of the two, or on plain machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from bench.cost.erlang import blocking, servers_for
from bench.cost.metering import billed_seconds, billed_size
from bench.cost.prices import FunctionPrices, MachinePrices, Rates
from bench.cost.usage import exact

HOUR_S = 3600.0
NEGLIGIBLE = 1e-9
"""A share of requests so small that no instance behind it is counted."""

EVEN = 1 - 1e-12
"""What must be under this share of another cost to be called cheaper: more is what floats lose in a sum."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one request asks of an instance, and what may be expected of the platform.

    ``seconds`` is the mean time of a request, ``init_seconds`` of a start. An instance that nobody asks for is kept
    for ``keep_seconds``. ``blocked`` is the share of requests that may find every instance busy where nothing starts
    on demand.
    """

    seconds: float
    init_seconds: float
    memory_gb: float
    cpus: float
    keep_seconds: float = 300.0
    blocked: float = 0.001


@dataclass(frozen=True, slots=True)
class InstanceCost:
    """What an instance of the right size costs: by the second on demand and reserved, by request, and by cold start.

    ``rounding`` is how many seconds are billed for a second of work, at least 1.
    """

    on_demand: float
    request: float
    cold_start: float
    idle: float | None
    busy: float | None
    rounding: float = 1.0

    @classmethod
    def of(cls, prices: FunctionPrices, traffic: Traffic, executions: Sequence[Decimal]) -> InstanceCost | None:
        """Return the costs by a list, None where the platform has no size so large.

        ``executions`` are seconds of single requests, ``traffic.seconds`` in the mean: each is rounded up by itself.
        """
        size = billed_size(exact(traffic.memory_gb), exact(traffic.cpus), prices.metering)
        if size is None:
            return None

        def second(rates: Rates) -> float:
            return float(size.gb * rates.gb_s + size.vcpus * rates.vcpu_s)

        on_demand = second(prices.on_demand)
        return cls(
            on_demand=on_demand,
            request=float(prices.requests.price / prices.requests.unit),
            cold_start=on_demand * traffic.init_seconds if prices.metering.initialisation_billed else 0.0,
            idle=None if prices.reserved is None else second(prices.reserved.idle),
            busy=None if prices.reserved is None else second(prices.reserved.busy),
            rounding=float(billed_seconds(executions, prices.metering.granularity_s) / sum(executions)),
        )

    def reserved_second(self, instances: int, carried: float) -> float:
        """Return what so many reserved instances cost a second while so many are busy; nothing without a price.

        What is rounded up is charged as busy, and no longer as idle.
        """
        if self.idle is None or self.busy is None:
            return 0.0
        billed = carried * self.rounding
        return max(instances - billed, 0.0) * self.idle + billed * self.busy


def mixed_costs(cost: InstanceCost, traffic: Traffic, rate: float, most_reserved: int) -> list[float]:
    """Return the cost per hour with 0, 1, ... ``most_reserved`` reserved instances and the overflow on demand.

    Instances are asked in a fixed order, reserved ones first, so that number k+1 is asked for what finds k busy, at
    ``rate * B(k)``. It is cold where nobody asked for it for ``keep_seconds``, which has the probability
    ``exp(-rate * B(k) * keep_seconds)`` in Poisson traffic: exact for the first. To the others requests come in
    clusters, so that this counts too few: a simulation of 2 erlangs had 1.4 times as many cold starts. A cold start
    makes no request longer here.
    """
    offered = rate * traffic.seconds
    count = max(most_reserved, servers_for(offered, NEGLIGIBLE))
    shares = blocking(offered, count)
    colds = [
        rate * (asked - passed_on) * math.exp(-rate * asked * traffic.keep_seconds)
        for asked, passed_on in pairwise(shares)
    ]
    cold_starts = sum(colds)
    costs = []
    for reserved in range(most_reserved + 1):
        overflow = offered * shares[reserved]
        second = overflow * cost.rounding * cost.on_demand + rate * cost.request + cold_starts * cost.cold_start
        second += cost.reserved_second(reserved, offered - overflow)
        costs.append(second * HOUR_S)
        cold_starts -= colds[reserved] if reserved < count else 0.0
    return costs


def on_demand_cost(cost: InstanceCost, traffic: Traffic, rate: float) -> float:
    """Return the cost per hour with nothing reserved."""
    return mixed_costs(cost, traffic, rate, 0)[0]


def best_mix(cost: InstanceCost, traffic: Traffic, rate: float) -> tuple[int, float]:
    """Return how many reserved instances are cheapest with the overflow on demand, and the cost per hour.

    Of equals the fewest are taken. More than would carry nearly everything are not looked at: they would wait for
    nothing.
    """
    most = servers_for(rate * traffic.seconds, traffic.blocked) if cost.idle is not None else 0
    costs = mixed_costs(cost, traffic, rate, most)
    cheapest = 0
    for count, hourly in enumerate(costs):
        if hourly < costs[cheapest] * EVEN:
            cheapest = count
    return cheapest, costs[cheapest]


def reserved_cost(cost: InstanceCost, traffic: Traffic, rate: float) -> tuple[int, float] | None:
    """Return how many reserved instances turn away at most ``blocked``, and their cost per hour; None without a price.

    What is turned away costs nothing here, and earns nothing.
    """
    if cost.idle is None:
        return None
    offered = rate * traffic.seconds
    instances = servers_for(offered, traffic.blocked)
    served = 1.0 - blocking(offered, instances)[-1]
    second = cost.reserved_second(instances, offered * served) + rate * served * cost.request
    return instances, second * HOUR_S


def machine_cost(machine: MachinePrices, traffic: Traffic, rate: float) -> tuple[int, float] | None:
    """Return how many machines turn away at most ``blocked``, and their cost per hour; None where memory falls short.

    A machine serves as many requests at a time as its vCPUs and memory hold instances. One that has fewer vCPUs than
    an instance serves one at a time, and takes longer in proportion.
    """
    vcpus, memory_gb = float(machine.vcpus), float(machine.memory_gb)
    places = min(int(vcpus / traffic.cpus), int(memory_gb / traffic.memory_gb))
    seconds = traffic.seconds
    if memory_gb < traffic.memory_gb:
        return None
    if vcpus < traffic.cpus:
        places, seconds = 1, traffic.seconds * traffic.cpus / vcpus
    machines = -(-servers_for(rate * seconds, traffic.blocked) // places)
    return machines, machines * float(machine.hour)
