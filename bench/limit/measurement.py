"""The rounds: the service and its models alone in turns, so that what else the machine does weighs on both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.limit.models_process import ModelsProcess
from bench.limit.result import ModelsRun, SetTurn
from bench.load.whole_passes import Passes, ServiceRun, passes_of, run_service
from bench.peers.contender import StartedPeer

Watch = Callable[[str], None]
"""Hears in words of what is going on."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    pictures: Sequence[Path]
    lines: float
    one: Passes
    many: Passes


class Rounds:
    """All measurements of a started service and of the process with its models."""

    def __init__(self, service: StartedPeer, models: ModelsProcess, clients: int, watch: Watch) -> None:
        """Raises BenchError where the two do not run the same."""
        self.rounds: list[list[SetTurn]] = []
        self._service = service
        self._models = models
        self._clients = clients
        self._watch = watch
        self._sets: dict[str, _Prepared] = {}
        _check_same(service, models)

    def prepare(self, sets: Mapping[str, Sequence[Path]], seconds: float) -> None:
        """Read every picture once with either, and find how many passes over a set take so many seconds."""
        for name, pictures in sets.items():
            self._watch(f"{name}: recording")
            lines = self._models.prepare(name, pictures, seconds)
            self._watch(f"{name}: finding how many passes are to be measured")
            one, many = (
                passes_of(self._service.connection, pictures, clients, seconds) for clients in (1, self._clients)
            )
            self._sets[name] = _Prepared(pictures, lines, one, many)

    def play(self, rounds: int) -> None:
        """Measure everything so many times; every other round goes the other way."""
        for number in range(rounds):
            self.rounds.append([])
            for name in self._sets if number % 2 == 0 else reversed(self._sets):
                turn = self._turn(name, f"round {number + 1} of {rounds}, {name}", backwards=number % 2 == 1)
                self.rounds[-1].append(turn)

    def _turn(self, name: str, place: str, *, backwards: bool) -> SetTurn:
        prepared = self._sets[name]
        one: list[ServiceRun] = []
        many: list[ServiceRun] = []
        models: list[ModelsRun] = []
        alone: list[float] = []
        steps: dict[str, float] = {}
        measurements: list[tuple[str, Callable[[], None]]] = [
            ("one client", lambda: one.append(self._run(prepared, prepared.one))),
            ("models, picture by picture", lambda: alone.append(self._models.one_by_one(name))),
            (f"{self._clients} clients", lambda: many.append(self._run(prepared, prepared.many))),
            ("models, full load", lambda: models.extend(self._models.full_load(name))),
            ("step by step", lambda: steps.update(self._models.steps(name))),
        ]
        for what, measure in reversed(measurements) if backwards else measurements:
            self._watch(f"{place}: {what}")
            measure()
        return SetTurn(name, len(prepared.pictures), prepared.lines, one[0], many[0], tuple(models), alone[0], steps)

    def _run(self, prepared: _Prepared, passes: Passes) -> ServiceRun:
        return run_service(self._service.connection, self._service.pid, prepared.pictures, passes)


def _check_same(service: StartedPeer, models: ModelsProcess) -> None:
    for what in ("engine", "precision", "parity"):
        theirs, ours = service.info.get(what), getattr(models.loaded, what)
        if theirs != ours:
            raise BenchError(f"the service's {what} is {theirs}, that of the models alone {ours}")
