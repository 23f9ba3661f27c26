"""Erlang's formula, the strategies' costs, and the rates at which the cheapest changes."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest

from bench.cost.break_even import break_evens, first_rate
from bench.cost.erlang import MOST_ERLANGS, blocking, servers_for
from bench.cost.prices import FunctionPrices, MachinePrices, kept_prices
from bench.cost.strategies import (
    InstanceCost,
    Traffic,
    best_mix,
    machine_cost,
    mixed_costs,
    on_demand_cost,
    reserved_cost,
)
from bench.cost.usage import exact
from bench.errors import BenchError

TRAFFIC = Traffic(seconds=0.4, init_seconds=0.0, memory_gb=1.0, cpus=0.5)
COST = InstanceCost(on_demand=10e-6, request=0.0, cold_start=0.0, idle=2e-6, busy=6e-6)


def costs_of(name: str, traffic: Traffic) -> InstanceCost:
    """What an instance for this traffic costs by a list."""
    prices = kept_prices(name)
    assert isinstance(prices, FunctionPrices)
    cost = InstanceCost.of(prices, traffic, (exact(traffic.seconds),))
    assert cost is not None
    return cost


@pytest.mark.parametrize(
    ("offered", "servers", "expected"),
    [(1.0, 1, 0.5), (1.0, 2, 0.2), (5.0, 10, 0.018385), (10.0, 10, 0.214582), (3.0, 0, 1.0)],
)
def test_erlang_b(offered: float, servers: int, expected: float):
    """The formula gives the values of the printed tables."""
    assert blocking(offered, servers)[servers] == pytest.approx(expected, abs=5e-7)


def test_erlang_b_sum():
    """The recursion agrees with the formula as it is defined, term by term."""
    terms = [7.5**number / math.factorial(number) for number in range(13)]
    assert blocking(7.5, 12)[12] == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_servers_for():
    """The fewest servers are found: one less turns too many away."""
    found = servers_for(5.0, 0.01)
    shares = blocking(5.0, found)
    assert shares[found] <= 0.01 < shares[found - 1]
    assert servers_for(1e-6, 0.999) == 1


def test_most_erlangs():
    """More than can be looked at in reasonable time is refused, not tried."""
    assert servers_for(MOST_ERLANGS, 0.5) > 0
    with pytest.raises(BenchError, match="lower --rates"):
        servers_for(MOST_ERLANGS + 1, 0.5)


def test_instance_cost():
    """An instance's second on Cloud Run is that of its GB and its vCPUs."""
    cost = costs_of("cloud_run", TRAFFIC)
    assert cost.on_demand == pytest.approx(2.5e-6 + 12e-6)
    assert cost.idle == pytest.approx(2.5e-6 + 1.25e-6)
    assert cost.request == pytest.approx(0.4e-6)


def test_rounding():
    """What is rounded up costs on demand, and keeps reserved instances busy, never for longer than there are any."""
    cost = InstanceCost(on_demand=10e-6, request=0.0, cold_start=0.0, idle=2e-6, busy=6e-6, rounding=1.5)
    assert on_demand_cost(cost, TRAFFIC, 1.0) == pytest.approx(3600 * 0.4 * 1.5 * 10e-6)
    assert cost.reserved_second(3, 1.0) == pytest.approx(1.5 * 2e-6 + 1.5 * 6e-6)
    assert cost.reserved_second(1, 0.9) == pytest.approx(1.35 * 6e-6)
    instances, hourly = reserved_cost(cost, TRAFFIC, 5.0) or (0, 0.0)
    carried = 2.0 * (1 - blocking(2.0, instances)[instances])
    assert hourly == pytest.approx(3600 * ((instances - 1.5 * carried) * 2e-6 + 1.5 * carried * 6e-6))


def test_equal_costs():
    """Where all idle time is rounded up to busy time, and that costs the same on demand, reserving is not cheaper.

    On Cloud Run 0.13 s are billed as 0.2 s: from some rate on a reserved instance costs what it saves.
    """
    traffic = replace(TRAFFIC, seconds=0.13)
    cost = costs_of("cloud_run", traffic)
    assert [best_mix(cost, traffic, rate)[0] for rate in (5.0, 20.0, 50.0)] == [0, 0, 0]
    assert not any(break_evens(cost, traffic, None, 0.001, 50.0).values())


def test_on_demand_is_linear():
    """By use alone, without cold starts, twice the requests cost twice as much."""
    once, twice = (on_demand_cost(COST, TRAFFIC, rate) for rate in (1.5, 3.0))
    assert once == pytest.approx(1.5 * 0.4 * 10e-6 * 3600)
    assert twice == pytest.approx(2 * once)


def test_cold_starts():
    """On demand, a lone instance starts again for each request that comes later than it is kept, and is paid for it."""
    cost = InstanceCost(on_demand=0.0, request=0.0, cold_start=1.0, idle=0.0, busy=0.0)
    traffic = Traffic(seconds=1e-9, init_seconds=1.0, memory_gb=1.0, cpus=1.0, keep_seconds=300.0)
    expected = 3600 * 0.01 * math.exp(-3.0)
    assert on_demand_cost(cost, traffic, 0.01) == pytest.approx(expected, rel=1e-6)
    assert mixed_costs(cost, traffic, 0.01, 1)[1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", ["aws_lambda", "cloud_run", "tencent_scf", "alibaba_fc"])
def test_more_requests_cost_more(name: str):
    """No strategy gets cheaper with more requests, and the best mix is never dearer than all on demand."""
    cost, rates = costs_of(name, TRAFFIC), [0.5 * step for step in range(1, 40)]
    mixes = [best_mix(cost, TRAFFIC, rate)[1] for rate in rates]
    demands = [on_demand_cost(cost, TRAFFIC, rate) for rate in rates]
    assert mixes == sorted(mixes)
    assert demands == sorted(demands)
    assert all(mix <= demand for mix, demand in zip(mixes, demands, strict=True))


def test_all_reserved():
    """All reserved pays for every second of as many instances as let hardly anybody wait."""
    found = reserved_cost(COST, TRAFFIC, 5.0)
    assert found is not None
    instances, cost = found
    carried = 2.0 * (1 - blocking(2.0, instances)[instances])
    assert instances == servers_for(2.0, 0.001)
    assert cost == pytest.approx(3600 * ((instances - carried) * 2e-6 + carried * 6e-6))


def test_break_even_of_the_first():
    """The first reserved instance pays from where its work, a / (1 + a), saves what its idling costs.

    10 - 6 saved for each busy second, 2 for each idle one: busy a third of the time, so a = 1/2 and 1.25/s of 0.4 s.
    """
    found = break_evens(COST, TRAFFIC, None, 0.001, 50.0)
    assert found["P = 1 beats P = 0"] == pytest.approx(1.25, rel=1e-9)
    steps = [found[f"P = {number} beats P = {number - 1}"] for number in range(1, 5)]
    assert steps == sorted(steps)


def test_break_even_of_lambda():
    """On AWS Lambda reserving pays from 60 % busy: 4.1667 of 2.7778 + 4.1667, so a = 1.5."""
    traffic = Traffic(seconds=1.0, init_seconds=0.0, memory_gb=1.0, cpus=0.5)
    found = break_evens(costs_of("aws_lambda", traffic), traffic, None, 0.001, 50.0)
    assert found["P = 1 beats P = 0"] == pytest.approx(1.5, rel=1e-3)


def test_best_mix_changes_at_break_even():
    """Just below a break-even rate the best mix has one instance less than just above."""
    found = break_evens(COST, TRAFFIC, None, 0.001, 50.0)
    for number in range(1, 5):
        rate = found[f"P = {number} beats P = {number - 1}"]
        assert rate is not None
        assert best_mix(COST, TRAFFIC, rate * 0.999)[0] == number - 1
        assert best_mix(COST, TRAFFIC, rate * 1.001)[0] == number


def test_break_even_of_a_machine():
    """A machine that holds all requests is cheaper from where use alone costs as much as its hour."""
    vm = kept_prices("vm")
    assert isinstance(vm, MachinePrices)
    machine = MachinePrices(
        **({name: getattr(vm, name) for name in vm.__struct_fields__} | {"hour": Decimal("0.0036")})
    )
    traffic = Traffic(seconds=0.4, init_seconds=0.0, memory_gb=1.0, cpus=0.5, blocked=0.5)
    found = break_evens(COST, traffic, machine, 0.001, 5.0)
    assert found["VM beats on demand"] == pytest.approx(0.25, rel=1e-9)


def test_no_break_even():
    """Where a busy second costs the same reserved, and starts are free, reserving never pays; and that is said."""
    cost = InstanceCost(on_demand=6e-6, request=0.0, cold_start=0.0, idle=2e-6, busy=6e-6)
    assert break_evens(cost, TRAFFIC, None, 0.001, 50.0)["P = 1 beats P = 0"] is None
    unpriced = InstanceCost(on_demand=6e-6, request=0.0, cold_start=0.0, idle=None, busy=None)
    assert break_evens(unpriced, TRAFFIC, None, 0.001, 50.0) == {}
    assert reserved_cost(unpriced, TRAFFIC, 1.0) is None
    assert best_mix(unpriced, TRAFFIC, 1.0)[0] == 0


def test_first_rate():
    """The root is found, the lowest rate is told where it holds from the start, and None where it never does."""
    assert first_rate(lambda rate: 2.0 - rate, 0.01, 100.0) == pytest.approx(2.0, rel=1e-12)
    assert first_rate(lambda _: -1.0, 0.01, 100.0) == 0.01
    assert first_rate(lambda _: 1.0, 0.01, 100.0) is None


@pytest.mark.parametrize(
    ("cpus", "memory_gb", "rate", "machines"),
    [(0.5, 1.0, 0.004, 1), (0.5, 1.0, 10.0, 3), (4.0, 1.0, 0.002, 2), (0.5, 3.0, 0.004, 2)],
)
def test_machines(cpus: float, memory_gb: float, rate: float, machines: int):
    """A machine of 2 vCPUs and 4 GB holds what fits, and takes twice as long where twice its vCPUs are asked for.

    By the printed tables 4 erlangs want 12 servers for 0.1 %, and one server bears 0.001 erlangs.
    """
    vm = kept_prices("vm")
    assert isinstance(vm, MachinePrices)
    found = machine_cost(vm, Traffic(0.4, 0.0, memory_gb, cpus, blocked=0.001), rate)
    assert found == (machines, pytest.approx(machines * 0.085))
    assert machine_cost(vm, Traffic(0.4, 0.0, 4.5, cpus), rate) is None
