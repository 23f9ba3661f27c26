"""What an overload finds out, as it is written to disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.load.distribution import Distribution
from bench.load.outcome import Outcome
from bench.load.peak import Step, goodput, kept
from bench.load.result import LoadRun

OK, REFUSED, OUT_OF_TIME = 200, 503, 504
LATE_S = 0.1
BUSY_CORES = 0.9


@dataclass(frozen=True, slots=True)
class Refusals:
    """Answers 503: how many, how many named a ``Retry-After``, the range of these (seconds), how soon they came."""

    count: int
    with_retry_after: int
    least_wait_s: float | None
    most_wait_s: float | None
    times: Distribution | None

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Refusals:
        """Count those among all outcomes; their time counts from when they were sent."""
        refused = [outcome for outcome in outcomes if outcome.status == REFUSED]
        waits = [outcome.named_wait_s for outcome in refused if outcome.named_wait_s is not None]
        times = Distribution.of(outcome.done_s - outcome.sent_s for outcome in refused)
        return cls(len(refused), len(waits), min(waits, default=None), max(waits, default=None), times)


@dataclass(frozen=True, slots=True)
class OverloadRun:
    """One load of ``seconds``: an open one of ``multiple`` times the peak, or None of a closed one.

    ``goodput``: answers 200 within the deadline a second. ``missed``: accepted requests that were not answered in time,
    with 504 or late. ``lost``: neither answered nor refused. ``strange``: anything but 200, 503 and 504, by cause; what
    is lost is among them. ``generator_cores`` is the generator's own processor time a second, ``lag`` how late it sent.
    """

    name: str
    multiple: float | None
    seconds: float
    offered: float
    goodput: float
    accepted: int
    missed: int
    out_of_time: int
    lost: int
    strange: Mapping[str, int]
    refusals: Refusals
    times: Distribution | None
    lag: Distribution | None
    generator_cores: float
    run: LoadRun

    @property
    def is_generator_late(self) -> bool:
        """Whether the generator itself may be what was measured."""
        late_s = 0.0 if self.lag is None else self.lag.p99_s or self.lag.max_s
        return (self.multiple is not None and late_s > LATE_S) or self.generator_cores > BUSY_CORES


@dataclass(frozen=True, slots=True)
class OverloadResult:
    """The loads in the order in which they were made. ``steps`` are how the peak was looked for.

    ``peaks``: goodput of the closed loop that brought most, before the open loops and behind them.
    """

    deadline_s: float
    steps: tuple[Step, ...]
    peaks: tuple[float, ...]
    runs: tuple[OverloadRun, ...]

    @property
    def peak(self) -> float:
        """The mean of before and behind, so that a machine that becomes slower or faster meanwhile counts half."""
        return sum(self.peaks) / len(self.peaks)

    def share(self, run: OverloadRun) -> float:
        """Return a load's goodput as a share of the peak."""
        return run.goodput / self.peak


def overload_run(  # noqa: PLR0913 - all by name
    run: LoadRun,
    outcomes: Sequence[Outcome],
    *,
    seconds: float,
    deadline_s: float,
    multiple: float | None,
    own_cpu_s: float,
) -> OverloadRun:
    """Add up one load; ``own_cpu_s`` is the processor time of the generator."""
    accepted = [outcome for outcome in outcomes if outcome.status in {OK, OUT_OF_TIME}]
    strange = [o for o in outcomes if o.status not in {OK, REFUSED, OUT_OF_TIME} or (o.status == OK and o.cause)]
    closed = f"peak, {run.clients} client{'s' * (run.clients != 1)}"
    return OverloadRun(
        name=closed if multiple is None else f"{multiple:g} x",
        multiple=multiple,
        seconds=seconds,
        offered=len(outcomes) / seconds,
        goodput=goodput(outcomes, seconds, deadline_s),
        accepted=len(accepted),
        missed=sum(not kept(outcome, deadline_s) for outcome in accepted),
        out_of_time=sum(outcome.status == OUT_OF_TIME for outcome in outcomes),
        lost=sum(not outcome.status for outcome in outcomes),
        strange=dict(Counter(outcome.cause for outcome in strange).most_common()),
        refusals=Refusals.of(outcomes),
        times=Distribution.of(outcome.done_s - outcome.sent_s for outcome in accepted if not outcome.cause),
        lag=Distribution.of(outcome.sent_s - outcome.intended_s for outcome in outcomes),
        generator_cores=own_cpu_s / run.summary.wall_s if run.summary.wall_s else 0.0,
        run=run,
    )
