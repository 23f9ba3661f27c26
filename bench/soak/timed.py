"""A soak that lasts: an open loop at a share of what the service can do, for an hour or so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.console import Console

from bench.load.measurement import Load, OpenTarget, measure
from bench.load.outcome import Outcome
from bench.load.peak import find_peak
from bench.load.progress import RequestProgress
from bench.load.schedule import ClosedLoop, OpenLoop
from bench.soak.replacement_watch import ReplacementWatch
from bench.soak.result import SoakResult, soak_result
from bench.soak.soaked import Soaked
from bench.soak.span import spans

PACE_S = 2.0
"""Between two looks at the processes: each costs a millisecond or so of the service's processors."""

SPANS = 6


@dataclass(frozen=True, slots=True)
class Duration:
    """``seconds`` at a ``share`` of the capacity, shown in spans; the capacity is sought in loops of ``capacity_s``."""

    seconds: float
    share: float
    span_s: float
    capacity_s: float
    seed: int


def soak_for(soaked: Soaked, target: OpenTarget, duration: Duration) -> SoakResult:
    """Find the capacity, then soak; Ctrl-C ends the soak with what it has seen, and in the search everything."""

    def step(loop: ClosedLoop) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        if not measure(soaked, target, Load(loop), outcomes.append).is_whole:
            raise KeyboardInterrupt
        return outcomes

    peak = find_peak(step, duration.capacity_s)
    schedule = OpenLoop.poisson(duration.share * peak.goodput, duration.seconds, duration.seed)
    text = f"{soaked.label}: capacity {peak.goodput:.3g}/s with {peak.clients} clients, now {schedule.rate:.3g}/s"
    Console(stderr=True).print(text, style="dim", markup=False, highlight=False)
    outcomes: list[Outcome] = []
    with RequestProgress(len(schedule.arrivals), soaked.label) as progress, ReplacementWatch(soaked.url) as watch:

        def observe(outcome: Outcome) -> None:
            outcomes.append(outcome)
            progress.observe(outcome)

        run = measure(soaked, target, Load(schedule, pace_s=PACE_S), observe)
    settle = max(1, sum(outcome.done_s <= duration.span_s for outcome in outcomes))
    points = () if run.consumption is None else run.consumption.memory
    return replace(
        soak_result(run, settle),
        capacity=peak.goodput,
        share=duration.share,
        spans=spans(outcomes, points, watch.counted, duration.span_s),
    )
