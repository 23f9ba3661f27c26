"""What a comparison finds out, as it is written to disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bench.load.distribution import Distribution
from bench.spread import Spread


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One contender on one set of pictures in one round.

    ``throughput``: images a second with several clients, 0 where nothing was read; ``latency``: seconds an image of one
    client, None where nothing was read. Accuracy is in 0..1, None where the set has no labels for it. ``failures``
    counts requests by cause.
    """

    name: str
    images: int
    throughput: float
    latency: Distribution | None
    char_f1: float | None
    word_f1: float | None
    line_recall: float | None
    failures: Mapping[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read, by one client or by several: there is no ratio to anybody then."""
        return not self.throughput or self.latency is None


@dataclass(frozen=True, slots=True)
class Round:
    """One start of a contender: seconds to its first correct answer, its most memory (PSS, bytes), and each set."""

    cold_start_s: float
    peak_pss_bytes: int
    sets: tuple[SetFigures, ...]

    def set_named(self, name: str) -> SetFigures | None:
        """Return a set's figures, None where it was not read in this round."""
        return next((figures for figures in self.sets if figures.name == name), None)


@dataclass(frozen=True, slots=True)
class ContenderResult:
    """A contender's rounds; ``failure`` says why there are fewer than there should be, empty where there are not.

    A place without a round is one that failed, in which others may have been measured.
    """

    name: str
    about: str
    rounds: tuple[Round | None, ...]
    failure: str = ""

    @property
    def empty_sets(self) -> Iterator[tuple[int, str]]:
        """Yield each round (from 1) with a set in it of which nothing was read."""
        for number, turn in enumerate(self.rounds, start=1):
            if turn is not None:
                yield from ((number, figures.name) for figures in turn.sets if figures.is_empty)

    @property
    def is_whole(self) -> bool:
        """Whether every set was read in every round."""
        return not self.failure and not any(self.empty_sets)


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """The contenders in the order of the tables, the first being the one that ratios refer to."""

    clients: int
    contenders: tuple[ContenderResult, ...]

    @property
    def set_names(self) -> list[str]:
        """Return the names of all sets that anybody has read."""
        names = (figures.name for one in self.contenders for turn in one.rounds if turn for figures in turn.sets)
        return list(dict.fromkeys(names))


Figure = Callable[[Round], float | None]
"""One number of a round, None where it was not measured."""


def spread(contender: ContenderResult, figure: Figure) -> Spread | None:
    """Return a figure over a contender's rounds."""
    values = [figure(turn) for turn in contender.rounds if turn is not None]
    return Spread.of([value for value in values if value is not None])


def ratio(first: ContenderResult, other: ContenderResult, figure: Figure) -> Spread | None:
    """Return *first* by *other*, round by round, so that what slowed the machine in a round slowed both.

    A round that either has not, or in which either read nothing, has no ratio: see :attr:`ContenderResult.empty_sets`.
    """
    pairs = [
        (figure(mine), figure(theirs))
        for mine, theirs in zip(first.rounds, other.rounds, strict=False)
        if mine is not None and theirs is not None
    ]
    return Spread.of([mine / theirs for mine, theirs in pairs if mine and theirs])
