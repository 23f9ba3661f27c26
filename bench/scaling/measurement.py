"""Every placement's service, started side by side and asked in turns: who is not asked takes nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.load.whole_passes import Passes, passes_of, run_service
from bench.peers.contender import StartedPeer
from bench.peers.this_service import ThisService
from bench.scaling.placement import Place, entered, load_from
from bench.scaling.result import PROCESSORS, QUOTA, Placed, SetTurn

Watch = Callable[[str], None]
"""Hears in words of what is going on."""

CLIENTS_A_PROCESSOR = 2
LEAST_CLIENTS = 4


@dataclass(slots=True)
class _Member:
    place: Place
    started: StartedPeer
    passes: dict[str, Passes] = field(default_factory=dict)
    rounds: list[tuple[SetTurn, ...]] = field(default_factory=list)

    @property
    def clients(self) -> int:
        """As many as keep every slot busy."""
        return max(LEAST_CLIENTS, CLIENTS_A_PROCESSOR * math.ceil(self.place.cpus))

    def result(self) -> Placed:
        """What is known of it by now."""
        place, started = self.place, self.started
        return Placed(
            name=place.name,
            kind=PROCESSORS if place.quota is None else QUOTA,
            cpus=place.cpus,
            clients=self.clients,
            shares=place.shares,
            info=started.info,
            start_s=started.exec_to_first_answer_s,
            rounds=tuple(self.rounds),
        )


class Race:
    """The services of all places, and their rounds."""

    def __init__(self, members: Sequence[_Member], sets: Mapping[str, Sequence[Path]], watch: Watch) -> None:
        """See :func:`started_race`."""
        self._members = members
        self._sets = sets
        self._watch = watch

    @property
    def placed(self) -> tuple[Placed, ...]:
        """What was measured by now."""
        return tuple(member.result() for member in self._members)

    def play(self, rounds: int, seconds: float) -> None:
        """Measure every set in every place so many times, for about *seconds* each; each round begins with another."""
        for member in self._members:
            for name, pictures in self._sets.items():
                self._watch(f"{member.place.name}: {name}, finding how many passes are to be measured")
                with load_from(member.place):
                    member.passes[name] = passes_of(member.started.connection, pictures, member.clients, seconds)
        for number in range(rounds):
            turns: dict[str, list[SetTurn]] = {member.place.name: [] for member in self._members}
            for name in self._sets:
                first = number % len(self._members)
                for member in (*self._members[first:], *self._members[:first]):
                    self._watch(f"round {number + 1} of {rounds}, {name}: {member.place.name}")
                    turns[member.place.name].append(self._turn(member, name))
            for member in self._members:
                member.rounds.append(tuple(turns[member.place.name]))

    def _turn(self, member: _Member, name: str) -> SetTurn:
        started = member.started
        with load_from(member.place):
            run = run_service(started.connection, started.pid, self._sets[name], member.passes[name])
        return SetTurn(
            name, run.images_per_s, run.latency_s, run.cpu_s, run.generator_cpu_s, run.others_cores, run.failed
        )


@contextmanager
def started_race(
    service: ThisService, places: Sequence[Place], sets: Mapping[str, Sequence[Path]], folder: Path, watch: Watch
) -> Iterator[Race]:
    """Start a service in every place; all of them end with the context. Raises BenchError where one does not start."""
    with ExitStack() as stack:
        members = []
        for number, place in enumerate(places):
            watch(f"starting: {place.name}")
            own = folder / str(number)
            own.mkdir()
            entering = stack.enter_context(entered(place, f"{folder.name}-{number}"))
            placed = replace(service, entering=entering)
            members.append(_Member(place, stack.enter_context(placed.started(own, "throughput"))))
        yield Race(members, sets, watch)
