"""What the faults found out, as it is written to disk."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.faults.scenario import Scenario
from bench.load.distribution import Distribution
from bench.load.outcome import Outcome

REFUSED = 503
REFUSED_CONNECTION = frozenset({"connection refused", "no connection"})
LOST, TIMEOUT = "connection lost", "timeout"


@dataclass(frozen=True, slots=True)
class Heard:
    """What clients heard. ``refused`` is 503 with ``Retry-After``, ``rude`` without.

    ``unconnected``: no connection was to be had; ``broken_off``: it broke before the whole request was sent; ``lost``:
    it broke afterwards, or brought no answer in time, so that the client cannot know what became of it. ``others`` are
    the rest, by cause. ``gap_s``: the longest time without a good answer.
    """

    requests: int
    answered: int
    refused: int
    rude: int
    unconnected: int
    broken_off: int
    lost: int
    others: Mapping[str, int]
    times: Distribution | None
    gap_s: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], end_s: float) -> Heard:
        """Count all outcomes of a load that went on until ``end_s``."""
        kinds = Counter(_kind(outcome) for outcome in outcomes)
        good = sorted(outcome.done_s for outcome in outcomes if not outcome.cause)
        marks = [0.0, *good, max(end_s, *good)] if good else [0.0, end_s]
        return cls(
            requests=len(outcomes),
            answered=kinds["answered"],
            refused=kinds["refused"],
            rude=kinds["rude"],
            unconnected=kinds["unconnected"],
            broken_off=kinds["broken off"],
            lost=kinds["lost"],
            others=dict(Counter(outcome.cause for outcome in outcomes if _kind(outcome) == "other").most_common()),
            times=Distribution.of(outcome.latency_s for outcome in outcomes if not outcome.cause),
            gap_s=max(after - before for before, after in itertools.pairwise(marks)),
        )


def _kind(outcome: Outcome) -> str:
    if not outcome.cause:
        return "answered"
    if outcome.status == REFUSED:
        return "rude" if outcome.named_wait_s is None else "refused"
    if outcome.cause in REFUSED_CONNECTION:
        return "unconnected"
    if outcome.cause in {LOST, TIMEOUT}:
        return "lost" if outcome.was_sent else "broken off"
    return "other"


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario. ``skipped`` says why it was not played, and nothing else is then known.

    ``done``: what was done, in words; ``after``: what became of the service; ``faults``: what it did not stand.
    """

    name: str
    has_grace: bool
    skipped: str = ""
    done: str = ""
    heard: Heard | None = None
    after: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FaultsResult:
    """The scenarios in the order in which they were played, each with so many ``clients``; whether these are all."""

    clients: int
    played: tuple[Played, ...]
    is_whole: bool = True


def faults_of(scenario: Scenario, heard: Heard, after: str, *, is_well: bool) -> tuple[str, ...]:
    """Return in words what a service did not stand that should have."""
    found = []
    if scenario.has_grace and heard.lost:
        found.append(f"{heard.lost} requests lost")
    if heard.rude:
        found.append(f"{heard.rude} answers 503 without Retry-After")
    found += [f"{count} x {cause}" for cause, count in heard.others.items() if not cause.startswith(scenario.may_fail)]
    if heard.gap_s > scenario.most_gap_s:
        found.append(f"{heard.gap_s:.1f} s without a good answer > {scenario.most_gap_s:g} s allowed")
    if not heard.answered:
        found.append("nothing was answered")
    if not is_well:
        found.append(f"the service {after}")
    return tuple(found)
