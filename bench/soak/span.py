"""A long soak in spans of ten minutes or so: what was asked, what came back, and what the service held meanwhile."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.load.distribution import Distribution
from bench.load.outcome import Outcome
from bench.load.result import MemoryPoint

SPANS_TO_TELL = 3
"""Fewer cannot tell what stays behind the first one."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The least and the most that was seen of something."""

    least: int
    most: int

    @classmethod
    def of(cls, values: Sequence[int]) -> Extent:
        """Return the extent of these values, zeros where there are none."""
        return cls(min(values, default=0), max(values, default=0))


@dataclass(frozen=True, slots=True)
class Span:
    """``seconds`` from ``at_s`` on. Answers count where they came; memory is the median, of the service's process tree.

    ``causes`` are of requests without a good answer. ``replacements``: how often the service has replaced a process of
    its own since its start, None where it does not count that.
    """

    at_s: float
    seconds: float
    requests: int
    causes: Mapping[str, int]
    times: Distribution | None
    pss_bytes: int
    rss_bytes: int
    descriptors: Extent
    threads: Extent
    processes: Extent
    replacements: int | None = None


def spans(
    outcomes: Sequence[Outcome],
    points: Sequence[MemoryPoint],
    counted: Sequence[tuple[float, int]],
    seconds: float,
) -> tuple[Span, ...]:
    """Divide a run; ``counted`` are replacements so far by seconds since the run began.

    The last span may be shorter, or longer by the answers that came a little behind the end.
    """
    end_s = max((outcome.done_s for outcome in outcomes), default=0.0)
    count = max(1, math.ceil(end_s / seconds - 0.1))
    return tuple(_span(place, count, seconds, outcomes, points, counted) for place in range(count)) if outcomes else ()


def _span(  # noqa: PLR0913, PLR0917 - the run and which part of it
    place: int,
    count: int,
    seconds: float,
    outcomes: Sequence[Outcome],
    points: Sequence[MemoryPoint],
    counted: Sequence[tuple[float, int]],
) -> Span:
    is_last = place == count - 1
    at_s = place * seconds
    end_s = max(outcome.done_s for outcome in outcomes) if is_last else at_s + seconds
    came = [outcome for outcome in outcomes if at_s <= outcome.done_s < end_s or (is_last and outcome.done_s == end_s)]
    seen = [
        point for point in points if at_s <= point.at_s < end_s and point.pss_bytes
    ]  # not once nobody asks any more
    known = [number for when_s, number in counted if when_s < end_s or is_last]
    return Span(
        at_s=at_s,
        seconds=end_s - at_s,
        requests=len(came),
        causes=dict(Counter(outcome.cause for outcome in came if outcome.cause).most_common()),
        times=Distribution.of(outcome.latency_s for outcome in came if not outcome.cause),
        pss_bytes=int(median(point.pss_bytes for point in seen)) if seen else 0,
        rss_bytes=int(median(point.rss_bytes for point in seen)) if seen else 0,
        descriptors=Extent.of([point.descriptors for point in seen]),
        threads=Extent.of([point.threads for point in seen]),
        processes=Extent.of([point.processes for point in seen]),
        replacements=known[-1] if known else None,
    )


def grown(found: Sequence[Span]) -> list[str]:
    """Return in words what the last span holds more of than the one behind the first: what was never given back.

    The least of a span counts: connections and their threads come and go with the load, what leaks stays.
    """
    if len(found) < SPANS_TO_TELL:
        return [f"{len(found)} spans are too few to tell what stays: at least {SPANS_TO_TELL}"]
    early, late = found[1], found[-1]
    kinds = (("descriptors", early.descriptors, late.descriptors), ("threads", early.threads, late.threads))
    return [
        f"{name} grew from {before.least} to {after.least}, at their least"
        for name, before, after in kinds
        if after.least > before.least
    ]
