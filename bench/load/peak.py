"""The most that a service brings: closed loops of ever more clients, until more of them bring no more."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from bench.load.outcome import Outcome
from bench.load.schedule import ClosedLoop

CLIENTS = (1, 2, 4, 8, 16, 32, 64)
WORTH = 1.03
"""More clients have brought more where throughput grew by this factor."""

PATIENCE = 2
"""So many steps without growth end the search: one alone may be a neighbour's doing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A closed loop of so many clients, and the good answers a second that it had."""

    clients: int
    goodput: float


@dataclass(frozen=True, slots=True)
class Peak:
    """The step that brought most, and all that were tried."""

    clients: int
    goodput: float
    steps: tuple[Step, ...]


def goodput(outcomes: Sequence[Outcome], seconds: float, deadline_s: float = math.inf) -> float:
    """Return good answers a second of the first ``seconds``; those that took longer than the deadline are none.

    What comes after these seconds, when nothing is sent any more, does not count: a queue that is worked off then
    would flatter a service.
    """
    return sum(kept(outcome, deadline_s) and outcome.done_s <= seconds for outcome in outcomes) / seconds


def kept(outcome: Outcome, deadline_s: float) -> bool:
    """Return whether a request had a good answer in time, counted from when it was sent."""
    return not outcome.cause and outcome.done_s - outcome.sent_s <= deadline_s


def find_peak(send: Callable[[ClosedLoop], Sequence[Outcome]], seconds: float) -> Peak:
    """Return the peak of closed loops of ``seconds`` each; raises BenchError where nothing was answered well."""
    steps: list[Step] = []
    best = Step(0, 0.0)
    vain = 0
    for clients in CLIENTS:
        step = Step(clients, goodput(send(ClosedLoop.lasting(clients, seconds)), seconds))
        steps.append(step)
        vain = 0 if step.goodput > WORTH * best.goodput else vain + 1
        best = max(best, step, key=lambda one: one.goodput)
        if vain == PATIENCE:
            break
    if not best.goodput:
        raise BenchError(f"no good answer came within {seconds:g} s, however many clients asked")
    return Peak(best.clients, best.goodput, tuple(steps))
