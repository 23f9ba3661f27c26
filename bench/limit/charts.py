"""The limit as charts."""

from __future__ import annotations

from collections.abc import Sequence

from bench.limit.result import LimitResult, Number
from bench.report.content import Chart, Mark, Series
from bench.spread import Spread

NOTE = "Bars: median; lines: all rounds."


def charts(result: LimitResult) -> list[Chart]:
    """Return throughput beside the limit, and one client's time beside that of its models."""
    throughput = (
        _bars(result, f"the service, {result.clients} clients", lambda turn: turn.many.images_per_s),
        _series(result, "its models alone", [result.spread(name, result.limit(name)) for name in result.set_names]),
    )
    times = (
        _bars(result, "one client", lambda turn: 1000 * turn.one.latency_s),
        _bars(result, "its models alone", lambda turn: 1000 * turn.models_latency_s),
    )
    return [
        Chart("Throughput and its limit", "set", "images/s", throughput, Mark.BARS, note=NOTE),
        Chart("One client's time and its models'", "set", "ms", times, Mark.BARS, note=NOTE),
    ]


def _bars(result: LimitResult, label: str, number: Number) -> Series:
    return _series(result, label, [result.spread(name, number) for name in result.set_names])


def _series(result: LimitResult, label: str, found: Sequence[Spread]) -> Series:
    return Series(
        label,
        tuple(result.set_names),
        tuple(one.median for one in found),
        tuple(one.low for one in found),
        tuple(one.high for one in found),
    )
