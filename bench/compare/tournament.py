"""All contenders, round by round, whatever becomes of any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.compare.contest import Contest, Watch, play
from bench.compare.result import ContenderResult, Round
from bench.errors import BenchError
from bench.peers.contender import Peer


class Tournament:
    """Has contenders installed, then gives each its turn in every round; each round begins with another.

    A contender that fails costs its own figures and nobody else's.
    """

    def __init__(self, peers: Sequence[Peer], contest: Contest, rounds: int) -> None:
        """Nothing is done yet."""
        self.is_interrupted = False
        self._peers = peers
        self._contest = contest
        self._rounds = rounds
        self._turns: dict[str, list[Round | None]] = {peer.name: [] for peer in peers}
        self._failures: dict[str, list[str]] = {peer.name: [] for peer in peers}
        self._info: dict[str, Mapping[str, Any]] = {}
        self._installed: list[Peer] = []

    @property
    def contenders(self) -> tuple[ContenderResult, ...]:
        """What was found out so far, in the order in which the contenders were given."""
        return tuple(
            ContenderResult(peer.name, peer.about, tuple(self._turns[peer.name]), "\n".join(self._failures[peer.name]))
            for peer in self._peers
        )

    @property
    def service(self) -> Mapping[str, Any]:
        """What the contender says of itself that says anything, which is this repository's own service."""
        return next((info for info in self._info.values() if info), {})

    def install(self, console: Console) -> None:
        """Have every contender installed; who cannot be has no rounds."""
        for peer in self._peers:
            try:
                peer.ensure(console)
            except BenchError as error:
                self._failures[peer.name].append(f"not installed: {error}")
            else:
                self._installed.append(peer)

    def play(self, folder: Path, watch: Watch) -> None:
        """Play all rounds, with logs and scratch files in *folder*. Ctrl-C ends them, and what was measured is kept.

        Raises KeyboardInterrupt where there is nothing to keep yet.
        """
        number = 0
        try:
            for number in range(1, self._rounds + 1):
                first = (number - 1) % max(1, len(self._installed))
                for peer in (*self._installed[first:], *self._installed[:first]):
                    self._play(peer, number, folder, watch)
        except KeyboardInterrupt:
            if not any(turn for turns in self._turns.values() for turn in turns):
                raise
            self._interrupt(number)

    def _play(self, peer: Peer, number: int, folder: Path, watch: Watch) -> None:
        try:
            turn = play(peer, self._contest, folder, lambda news: watch(f"round {number} of {self._rounds}, {news}"))
        except BenchError as error:
            self._turns[peer.name].append(None)
            self._failures[peer.name].append(f"round {number}: {error}")
        else:
            self._turns[peer.name].append(turn.figures)
            self._info[peer.name] = turn.info

    def _interrupt(self, number: int) -> None:
        """Note of everybody who has not had all turns why that is so."""
        self.is_interrupted = True
        for peer in self._installed:
            if len(self._turns[peer.name]) < self._rounds:
                self._failures[peer.name].append(f"interrupted in round {number} of {self._rounds}")
