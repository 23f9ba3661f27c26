"""What ``bench limit`` finds out, as it is written to disk. Times are seconds, and of one picture where not said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bench.load.whole_passes import ServiceRun
from bench.spread import Spread

MOST_BESIDE = 0.10
"""What the work beside the models may take of one client's time, as a share."""

LEAST_OF_LIMIT = 0.90
"""What the service is to reach of the models' own throughput, as a share."""


@dataclass(frozen=True, slots=True)
class ModelsRun:
    """The recorded tensors through the models at full load, and nothing else; ``layout`` says how these were compiled.

    ``cpu_s`` is of the whole process.
    """

    layout: str
    images_per_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class SetTurn:
    """One set in one round. ``models_latency_s``: its tensors picture by picture, on the service's own layout.

    ``steps``: where the time of one picture goes in one thread, by step.
    """

    name: str
    images: int
    lines: float
    one: ServiceRun
    many: ServiceRun
    models: tuple[ModelsRun, ...]
    models_latency_s: float
    steps: Mapping[str, float]

    def models_run(self, layout: str) -> ModelsRun:
        """Return the models' run of this layout."""
        return next(run for run in self.models if run.layout == layout)

    @property
    def models_share_of_cpu(self) -> float:
        """The models' own CPU time by the service's: what other programs take from the processors is in neither."""
        return self.models[0].cpu_s / self.many.cpu_s

    @property
    def beside(self) -> float:
        """The share of one client's time that its models do not take."""
        return 1 - self.models_latency_s / self.one.latency_s


Number = Callable[[SetTurn], float]


@dataclass(frozen=True, slots=True)
class LimitResult:
    """All rounds; one that was interrupted may lack sets. ``processors``: threads that ran the models at full load."""

    clients: int
    processors: int
    rounds: tuple[tuple[SetTurn, ...], ...]

    @property
    def set_names(self) -> list[str]:
        """Every set that was measured."""
        return list(dict.fromkeys(turn.name for turns in self.rounds for turn in turns))

    def turns(self, name: str) -> Iterator[SetTurn]:
        """Yield a set's turns, round by round."""
        return (turn for turns in self.rounds for turn in turns if turn.name == name)

    def spread(self, name: str, number: Number) -> Spread:
        """Return one number of a set over its rounds; figures of a ratio are formed within a round."""
        found = Spread.of(number(turn) for turn in self.turns(name))
        if found is None:
            raise AssertionError(f"{name} has no turn")
        return found

    @property
    def layouts(self) -> list[str]:
        """Every layout of the models, the service's own first."""
        return list(dict.fromkeys(run.layout for turns in self.rounds for turn in turns for run in turn.models))

    def limit(self, name: str) -> Number:
        """Return what gives a set's limit in a round: that of the layout which is the fastest over all rounds.

        The faster one of each round would be the luckier one.
        """
        best = max(
            self.layouts,
            key=lambda layout: self.spread(name, lambda turn: turn.models_run(layout).images_per_s).median,
        )
        return lambda turn: turn.models_run(best).images_per_s

    def share_of_limit(self, name: str) -> Spread:
        """Return the service's throughput by that of its models alone."""
        limit = self.limit(name)
        return self.spread(name, lambda turn: turn.many.images_per_s / limit(turn))

    @property
    def failed(self) -> int:
        """Requests without a good answer."""
        return sum(turn.one.failed + turn.many.failed for turns in self.rounds for turn in turns)
