"""What a run's outcomes add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.load.distribution import Distribution
from bench.load.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Summary:
    """One run. Distributions are of the good answers alone; None where there are none.

    ``wall_s`` runs from the start to the last answer. ``throughput`` counts the images of good answers a second of it,
    ``images`` being those of one request. ``client`` is what users waited, counted from when each request was due;
    ``server`` is what the service says that it took ("function time"); ``held`` is how long after it was due the
    request left: what refusals made it wait, and how late a generator was that could not keep up; ``overhead`` is the
    rest: the network, both HTTP stacks and whatever waits before the service's clock runs. ``details`` has one example
    a cause, ``stages`` the mean seconds of the stages that the service names. ``retries``: how often requests were sent
    again, ``retried``: how many requests, ``most_retries``: how often one of them.
    """

    requests: int
    succeeded: int
    wall_s: float
    throughput: float
    images: int
    causes: Mapping[str, int]
    details: Mapping[str, str]
    retries: int
    client: Distribution | None
    server: Distribution | None
    overhead: Distribution | None
    held: Distribution | None
    stages: Mapping[str, float]
    retried: int = 0
    most_retries: int = 0

    @property
    def success_rate(self) -> float:
        """The share of requests that brought a good answer, 0 to 1."""
        return self.succeeded / self.requests if self.requests else 0.0

    def reaches(self, percent: float) -> bool:
        """Return whether at least so many of a hundred requests brought a good answer; none at all do not.

        One division of whole numbers, so that 57 of 100 are 57 %: 100 * 0.57 would be less.
        """
        return 100 * self.succeeded / max(1, self.requests) >= percent


def summarise(outcomes: Sequence[Outcome], images: int = 1) -> Summary:
    """Add up the outcomes of one run whose requests carried so many images each."""
    good = [outcome for outcome in outcomes if not outcome.cause]
    timed = [(outcome, outcome.server.seconds) for outcome in good if outcome.server.seconds is not None]
    wall_s = max((outcome.done_s for outcome in outcomes), default=0.0)
    causes = Counter(outcome.cause for outcome in outcomes if outcome.cause)
    return Summary(
        requests=len(outcomes),
        succeeded=len(good),
        wall_s=wall_s,
        throughput=len(good) * images / wall_s if wall_s else 0.0,
        images=images,
        causes=dict(causes.most_common()),
        details={outcome.cause: outcome.detail for outcome in reversed(outcomes) if outcome.cause},
        retries=sum(outcome.retries for outcome in outcomes),
        client=Distribution.of(outcome.latency_s for outcome in good),
        server=Distribution.of(seconds for _, seconds in timed),
        overhead=Distribution.of(outcome.done_s - outcome.sent_s - seconds for outcome, seconds in timed),
        held=Distribution.of(outcome.sent_s - outcome.intended_s for outcome in good),
        stages=_mean_stages(good),
        retried=sum(outcome.retries > 0 for outcome in outcomes),
        most_retries=max((outcome.retries for outcome in outcomes), default=0),
    )


def _mean_stages(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The mean seconds of each stage over the answers that name it, in the server's order."""
    totals: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        totals.update(outcome.server.stages)
        counts.update(outcome.server.stages.keys())
    return {stage: totals[stage] / counts[stage] for stage in totals}
