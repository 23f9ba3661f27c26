"""What ``bench load`` and its relatives find out, as it is written to disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.load.outcome import Outcome
from bench.load.scrape import ServerView
from bench.load.summary import Summary
from bench.usage_sampler import UsageSampler

LONGEST_TIMELINE = 60


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """Memory of the server's process tree ``at_s`` seconds and ``requests`` answers into the run; what else it held."""

    at_s: float
    requests: int
    pss_bytes: int
    rss_bytes: int = 0
    processes: int = 0
    threads: int = 0
    descriptors: int = 0


@dataclass(frozen=True, slots=True)
class Consumption:
    """What the server's process tree took: CPU seconds, the most memory by two counts, and memory over time.

    ``ended``: processes of the tree that ended during the run, such as a worker that was killed and replaced.
    """

    cpu_s: float
    peak_pss_bytes: int
    peak_rss_bytes: int
    processes: int
    threads: int
    descriptors: int
    memory: tuple[MemoryPoint, ...]
    ended: int = 0

    @classmethod
    def of(cls, sampler: UsageSampler, outcomes: Sequence[Outcome]) -> Consumption:
        """Return what a closed sampler saw; it must have begun with the run whose outcomes these are."""
        done = np.sort([outcome.done_s for outcome in outcomes])
        peak = sampler.peak
        return cls(
            cpu_s=sampler.cpu_s,
            peak_pss_bytes=peak.pss_bytes,
            peak_rss_bytes=max(sample.usage.rss_bytes for sample in sampler.samples),
            processes=peak.processes,
            threads=max(sample.usage.threads for sample in sampler.samples),
            descriptors=max(sample.usage.descriptors for sample in sampler.samples),
            memory=tuple(
                MemoryPoint(
                    sample.at_s,
                    int(np.searchsorted(done, sample.at_s, "right")),
                    *(sample.usage.pss_bytes, sample.usage.rss_bytes, sample.usage.processes),
                    *(sample.usage.threads, sample.usage.descriptors),
                )
                for sample in sampler.samples
            ),
            ended=sampler.ended,
        )


@dataclass(frozen=True, slots=True)
class Period:
    """What happened in ``seconds`` from ``at_s`` on: answers by kind, and the latency of the good ones in seconds."""

    at_s: float
    seconds: float
    good: int
    failed: int
    p50_s: float | None
    max_s: float | None


@dataclass(frozen=True, slots=True)
class LoadRun:
    """One schedule: ``clients`` in a closed loop, or ``rate`` requests a second in an open one; the other is None.

    ``is_whole``: whether it came to its end, or was ended by Ctrl-C.
    """

    clients: int | None
    rate: float | None
    summary: Summary
    server_view: ServerView | None
    consumption: Consumption | None
    periods: tuple[Period, ...]
    is_whole: bool = True

    @property
    def name(self) -> str:
        """The schedule in words."""
        schedule = f"{self.rate:g}/s" if self.clients is None else f"{self.clients} client{'s' * (self.clients != 1)}"
        return schedule if self.is_whole else f"{schedule} (interrupted)"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The runs of one service, in the order in which they were made."""

    runs: tuple[LoadRun, ...]


def periods(outcomes: Sequence[Outcome]) -> tuple[Period, ...]:
    """Divide a run into equal periods of at least a second, sixty at most, by when the answers came."""
    if not outcomes:
        return ()
    end_s = max(outcome.done_s for outcome in outcomes)
    count = max(1, min(LONGEST_TIMELINE, int(end_s)))
    seconds = end_s / count if end_s else 1.0
    members: list[list[Outcome]] = [[] for _ in range(count)]
    for outcome in outcomes:
        members[min(count - 1, int(outcome.done_s / seconds))].append(outcome)
    return tuple(_period(index * seconds, seconds, member) for index, member in enumerate(members))


def _period(at_s: float, seconds: float, outcomes: Sequence[Outcome]) -> Period:
    latencies = [outcome.latency_s for outcome in outcomes if not outcome.cause]
    p50_s, max_s = (float(np.median(latencies)), max(latencies)) if latencies else (None, None)
    return Period(at_s, seconds, len(latencies), len(outcomes) - len(latencies), p50_s, max_s)
