"""``python -m bench compare``: this service, PaddleX serving, RapidOCR API and RapidOCR on OpenVINO, side by side.

Each is installed at a pinned version in an environment of its own, given the same weights where it takes them, and
reads the same pictures. They take turns, round by round, in a changing order; ratios are formed within a round, and
their spread is that of the rounds: what else the machine does then weighs on all alike.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.command_line import INTERRUPTED, positive
from bench.compare.contest import Contest
from bench.compare.result import ComparisonResult
from bench.compare.sections import sections
from bench.compare.tournament import Tournament
from bench.errors import BenchError
from bench.peers.contender import Peer
from bench.peers.contenders import NAMES, add_model_arguments, contenders
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.sample_choice import add_sample_arguments, samples_by_set

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "compare"
LIMIT = 10
ROUNDS = 3
CLIENTS = 4
REQUESTS = 48


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``compare``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="this service against its peers", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("--contenders", default="", metavar="A,B", help=f"{', '.join(NAMES)} (default: all)")
    add_sample_arguments(parser, LIMIT)
    parser.add_argument("--rounds", type=positive, default=ROUNDS, help="turns of each (default: %(default)s)")
    parser.add_argument("--clients", type=positive, default=CLIENTS, help="for throughput (default: %(default)s)")
    parser.add_argument(
        "--requests",
        type=positive,
        default=REQUESTS,
        help="at least, a set's throughput run, which is at least two passes over it (default: %(default)s)",
    )
    add_model_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a contender could not be measured on every set in every round, else 0.

    Ctrl-C ends the comparison, not the report: it is of what was measured, and the status is 130.
    """
    console, notes, started_at = result_console(), Console(stderr=True), now()
    peers = _chosen(arguments)
    samples = samples_by_set(arguments, notes)
    tournament = Tournament(peers, Contest(samples, arguments.clients, arguments.requests), arguments.rounds)
    _play(tournament, notes)
    result = ComparisonResult(arguments.clients, tournament.contenders)
    document = new_document(
        NAME,
        f"{len(peers)} contenders, {len(samples)} sets",
        settings=vars(arguments),
        service=tournament.service,
        result=result,
        started_at=started_at,
    )
    publish([document], sections([document]), arguments.out, console)
    for one in result.contenders:
        if one.failure:
            console.print(f"{one.name}: {one.failure}", style="red", markup=False, highlight=False)
    if tournament.is_interrupted:
        return INTERRUPTED
    return 0 if all(one.is_whole for one in result.contenders) else 1


def _play(tournament: Tournament, notes: Console) -> None:
    """Install, then play all rounds and show how far they are; names are never read as markup."""
    tournament.install(notes)
    with tempfile.TemporaryDirectory(prefix="bench-compare-") as folder, notes.status(Text("comparing")) as status:
        tournament.play(Path(folder), lambda news: status.update(Text(news)))


def _chosen(arguments: argparse.Namespace) -> list[Peer]:
    known = contenders(arguments.weights, arguments.tier, arguments.det_max_side)
    names = [name.strip() for name in arguments.contenders.split(",") if name.strip()] or list(known)
    if unknown := [name for name in names if name not in known]:
        raise BenchError(f"no contender {', '.join(unknown)} (there are: {', '.join(known)})")
    return [known[name]() for name in dict.fromkeys(names)]
