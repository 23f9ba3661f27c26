"""What Prometheus answers to each panel of the dashboard over a span of time, named as Grafana would name it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.watching.dashboard import Dashboard, Panel, Target
from bench.watching.prometheus import Prometheus, Series

_LABEL = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Span:
    """From *start* to *end*, seconds since 1970, a point every *step* seconds. rate_interval: as PromQL has it."""

    start: float
    end: float
    step: float
    rate_interval: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A series under the name that its legend gives it."""

    name: str
    times: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Answered:
    """A panel and what it shows."""

    panel: Panel
    curves: Sequence[Curve]


def answered(dashboard: Dashboard, prometheus: Prometheus, span: Span) -> list[Answered]:
    """Ask for every panel; raises BenchError where a query is wrong."""
    return [
        Answered(panel, [curve for target in panel.targets for curve in _curves(dashboard, prometheus, span, target)])
        for panel in dashboard.panels
    ]


def marked(dashboard: Dashboard, prometheus: Prometheus, span: Span) -> dict[str, list[float]]:
    """Return when the events of the dashboard's marks were within the span, by their names."""
    moments = {}
    for name, mark in dashboard.marks.items():
        query = dashboard.filled(mark.expression, span.rate_interval)
        answer = prometheus.over(query, span.start, span.end, span.step)
        times = {at for series in answer for at in _moments(series, span, tells_when=mark.tells_when)}
        moments[name] = sorted(at for at in times if span.start <= at <= span.end)
    return moments


def _moments(series: Series, span: Span, *, tells_when: bool) -> list[float]:
    """Return the times that the values are, or the first of each stretch in which there are values."""
    if tells_when:
        return [value / 1000 for value in series.values]
    before = [series.times[0] - 2 * span.step, *series.times]
    return [at for earlier, at in zip(before, series.times, strict=False) if at - earlier > 1.5 * span.step]


def _curves(dashboard: Dashboard, prometheus: Prometheus, span: Span, target: Target) -> list[Curve]:
    query = dashboard.filled(target.expression, span.rate_interval)
    answer = prometheus.over(query, span.start, span.end, span.step)
    return [Curve(_named(target.legend, one.labels), one.times, one.values) for one in answer]


def _named(legend: str, labels: Mapping[str, str]) -> str:
    return _LABEL.sub(lambda found: labels.get(found[1], ""), legend)
