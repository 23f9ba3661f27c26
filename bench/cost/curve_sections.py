"""Strategies for a steady load as tables and a chart: cost per hour over the rate, and where the cheapest changes."""

from __future__ import annotations

from collections.abc import Callable

from bench.cost.result import Curve, Point, Strategy
from bench.cost.strategies import HOUR_S, Traffic
from bench.cost.wording import amount, per_day
from bench.report.content import Chart, Section, Series, Table
from bench.report.figures import MISSING

_MODEL = (
    "Arrivals are Poisson; reserved instances are asked first, and what finds all of them busy (Erlang B) goes on "
    "demand. A reserved instance never starts cold; what goes on demand may, and who waits for that shows in the "
    "money only where the platform bills the start. Each request is rounded up as the platform rounds it. Currencies "
    "are not converted."
)


def curve_section(title: str, traffic: Traffic, curves: tuple[Curve, ...], remarks: tuple[str, ...]) -> Section:
    """Return what each strategy costs at each rate, the break-even rates, and charts for each currency.

    ``remarks`` are sentences for the end of its text.
    """
    tables = [_rate_table(curve, traffic) for curve in curves]
    currencies = tuple(dict.fromkeys(curve.currency for curve in curves))
    charts = [chart for currency in currencies for chart in _charts(curves, currency)]
    parts: tuple[Table | Chart, ...] = (_break_even_table(curves), *charts, *tables) if curves else ()
    assumed = (
        f"One request takes {traffic.seconds:.4g} s of an instance with {traffic.memory_gb:g} GB and {traffic.cpus:g} "
        f"vCPUs, a start {traffic.init_seconds:.4g} s; an instance that nobody asks for is kept for "
        f"{traffic.keep_seconds:g} s."
    )
    return Section(title, parts, text=" ".join((assumed, _MODEL, *remarks)))


def _break_even_table(curves: tuple[Curve, ...]) -> Table:
    names = tuple(dict.fromkeys(name for curve in curves for name in curve.break_evens))
    rows = tuple((name, *(_from_rate(curve, name) for curve in curves)) for name in names)
    return Table(
        "Break-even",
        ("requests/s", *(curve.platform for curve in curves)),
        rows,
        "Requests a second from which the first is cheaper: P are reserved instances with the overflow on demand. "
        "never: at no rate in the table; always: from its lowest rate on. VMs and reserved instances come in whole "
        "numbers, so that the other may be cheaper again for a while behind a step. Where a busy second costs the same "
        "reserved and on demand, reserving buys fewer cold starts, seldom money. VMs are counted like reserved "
        "instances, without a queue; where requests may wait, fewer do.",
    )


def _from_rate(curve: Curve, name: str) -> str:
    if name not in curve.break_evens:
        return MISSING
    rate = curve.break_evens[name]
    if rate is None:
        return "never"
    return "always" if rate <= curve.table[0].rate else amount(rate)


def _rate_table(curve: Curve, traffic: Traffic) -> Table:
    machine = curve.machine or "VM"
    columns = (
        "requests/s",
        "a day",
        "on demand",
        "all reserved",
        "P",
        "best mix",
        "P",
        machine,
        "machines",
        "cheapest",
    )
    rows = tuple(_rate_row(point, machine) for point in curve.table)
    return Table(
        f"{curve.platform}: {curve.currency} an hour",
        columns,
        rows,
        f"All reserved, and machines: as many as let {traffic.blocked:.2%} of the requests find all busy. "
        "Best mix: the P reserved instances that cost least with the overflow on demand; P = 0 is on demand.",
        text_columns=(len(columns) - 1,),
    )


def _rate_row(point: Point, machine: str) -> tuple[str, ...]:
    costs = {"on demand": point.on_demand}
    named = (("all reserved", point.reserved), ("best mix", point.mix), (machine, point.machines))
    costs |= {name: strategy.cost for name, strategy in named if strategy is not None}
    cells = [cell for _, strategy in named for cell in _strategy(strategy)]
    cheapest = min(costs, key=costs.__getitem__)
    return (f"{point.rate:g}", per_day(point.rate), amount(point.on_demand), *cells, cheapest)


def _strategy(strategy: Strategy | None) -> tuple[str, str]:
    return (MISSING, MISSING) if strategy is None else (amount(strategy.cost), str(strategy.count))


def _charts(curves: tuple[Curve, ...], currency: str) -> tuple[Chart, Chart]:
    """Return cost per hour, and, in which lines close together are easier to tell apart, cost per 1,000 requests."""
    chosen = [curve for curve in curves if curve.currency == currency]
    x_label = "requests per second"
    hourly = tuple(line for curve in chosen for line in _lines(curve)) + _machine_lines(chosen)
    note = "Where a best mix runs on another line, that is the cheapest mix."
    return (
        Chart(
            f"Cost per hour in {currency}", x_label, f"{currency} per hour", hourly, log_x=True, log_y=True, note=note
        ),
        Chart(
            f"Cost per 1,000 requests in {currency}",
            x_label,
            f"{currency} per 1,000 requests",
            tuple(_per_thousand(line) for line in hourly),
            log_x=True,
            log_y=True,
            note="The same as above, divided by the requests.",
        ),
    )


def _lines(curve: Curve) -> tuple[Series, ...]:
    on_demand = _series(f"{curve.platform}, on demand", curve.chart, lambda point: Strategy(0, point.on_demand))
    if curve.chart[0].reserved is None:
        return (on_demand,)
    return (
        on_demand,
        _series(f"{curve.platform}, all reserved", curve.chart, lambda point: point.reserved),
        _series(f"{curve.platform}, best mix", curve.chart, lambda point: point.mix),
    )


def _machine_lines(curves: list[Curve]) -> tuple[Series, ...]:
    """Return the machines' line, which is the same for every platform; nothing where there is no machine."""
    for curve in curves:
        if any(point.machines for point in curve.chart):
            return (_series(curve.machine, curve.chart, lambda point: point.machines),)
    return ()


def _series(name: str, points: tuple[Point, ...], pick: Callable[[Point], Strategy | None]) -> Series:
    picked = [(point.rate, strategy.cost) for point in points if (strategy := pick(point)) is not None]
    return Series(name, tuple(rate for rate, _ in picked), tuple(cost for _, cost in picked))


def _per_thousand(hourly: Series) -> Series:
    rates = [rate for rate in hourly.x if isinstance(rate, float)]
    costs = (cost / (rate * HOUR_S / 1000) for rate, cost in zip(rates, hourly.y, strict=True))
    return Series(hourly.name, hourly.x, tuple(costs))
