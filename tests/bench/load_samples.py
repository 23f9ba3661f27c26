"""Outcomes and runs as tests make them up."""

from collections.abc import Sequence
from typing import Any

from bench.dialects import ServerTime
from bench.load.outcome import Outcome
from bench.load.result import Consumption, LoadRun, MemoryPoint, periods
from bench.load.scrape import ServerView
from bench.load.summary import summarise

MIB = 1 << 20


def outcome(latency_s: float = 0.5, cause: str = "", **parts: Any) -> Outcome:
    """A request that was due at the start."""
    described = {"index": 0, "intended_s": 0.0, "sent_s": 0.0, "detail": "", "server": ServerTime()} | parts
    return Outcome(done_s=described["intended_s"] + latency_s, cause=cause, **described)


def answered(latency_s: float, function_s: float, **stages: float) -> Outcome:
    """A good answer that says what it took inside the service."""
    return outcome(latency_s, server=ServerTime(function_s, stages))


def consumption(memory: Sequence[tuple[int, float]], cpu_s: float = 1.0) -> Consumption:
    """A process tree that was seen with so many MiB after so many requests."""
    points = tuple(MemoryPoint(float(place), requests, int(mib * MIB)) for place, (requests, mib) in enumerate(memory))
    peak = max((point.pss_bytes for point in points), default=0)
    return Consumption(cpu_s, peak, peak + MIB, processes=2, threads=9, descriptors=20, memory=points)


def load_run(
    outcomes: Sequence[Outcome],
    *,
    images: int = 1,
    clients: int | None = 2,
    used: Consumption | None = None,
    view: ServerView | None = None,
) -> LoadRun:
    """A run of these outcomes."""
    rate = 5.0 if clients is None else None
    return LoadRun(clients, rate, summarise(outcomes, images), view, used, periods(outcomes))
