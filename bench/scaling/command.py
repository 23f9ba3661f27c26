"""``python -m bench scaling``: throughput on one processor, two, four, and within shares of them.

A service is started on each power of two of processors, as many as there are, and with ``--cpus`` within each quota of
processor time (control groups, where one may make them). It is told nothing: what it finds out about its processors,
and what threads it makes of that, is in the report. All are asked in turns, and ratios are formed within a round.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.command_line import (
    INTERRUPTED,
    add_round_arguments,
    add_setting_argument,
    list_of,
    positive_number,
)
from bench.dialects import dialect_named
from bench.peers.contenders import add_model_arguments
from bench.peers.this_service import ThisService
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.sample_choice import add_sample_arguments, samples_by_set
from bench.scaling.measurement import Race, started_race
from bench.scaling.placement import Place, cores_first, cpu_hierarchies, pinned_places, quota_places
from bench.scaling.result import ScalingResult, gain
from bench.scaling.sections import sections
from bench.subject import label_of

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "scaling"
LIMIT = 4
ROUNDS = 5
SECONDS = 3.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``scaling``."""
    parser = subparsers.add_parser(
        NAME,
        help="throughput on one processor, two, four",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_sample_arguments(parser, LIMIT)
    parser.add_argument(
        "--cpus", type=list_of(positive_number), default=[], metavar="A,B", help="also within these quotas: 0.5,1,2"
    )
    add_round_arguments(parser, ROUNDS, SECONDS)
    parser.add_argument(
        "--min-gain", type=positive_number, metavar="X", help="of twice the processors, in times: less is status 1"
    )
    add_model_arguments(parser)
    add_setting_argument(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where ``--min-gain`` was missed or a request failed, else 0.

    Ctrl-C ends the rounds, not the report: it is of the rounds that are over, and the status is 130.
    """
    console, notes, started_at = result_console(), Console(stderr=True), now()
    samples = samples_by_set(arguments, notes)
    pictures = {name: [sample.path for sample in found] for name, found in samples.items()}
    places, remarks = _places(arguments)
    service = ThisService(arguments.weights, arguments.tier, arguments.det_max_side, dict(arguments.setting))
    with tempfile.TemporaryDirectory(prefix="bench-scaling-") as folder, notes.status(Text("starting")) as status:

        def watch(news: str) -> None:
            status.update(Text(news))

        with started_race(service, places, pictures, Path(folder), watch) as race:
            is_whole = _play(race, arguments)
            result = ScalingResult(race.placed, tuple(remarks))
    info = result.placed[0].info
    document = new_document(
        NAME,
        label_of(info, dialect_named("native")),
        settings=vars(arguments),
        service=info,
        result=result,
        started_at=started_at,
    )
    publish([document], sections([document]), arguments.out, console)
    return _status(result, arguments.min_gain, console) if is_whole else INTERRUPTED


def _places(arguments: argparse.Namespace) -> tuple[list[Place], list[str]]:
    """Return where the service is measured, and what a reader must know of these places."""
    processors = sorted(os.sched_getaffinity(0))
    cores = cores_first(processors)
    places = pinned_places(cores)
    remarks = []
    if any(place.shares for place in places):
        remarks.append("No processor is left over: the load comes from the service's own, whatever their number.")
    if len(places[-1].service) > len(cores):
        remarks.append(f"{len(processors)} processors are threads of {len(cores)} cores: the last ones bring less.")
    if arguments.cpus:
        cpu_hierarchies()  # refuse before anything is started
        places += quota_places(arguments.cpus, processors)
    return places, remarks


def _play(race: Race, arguments: argparse.Namespace) -> bool:
    """Return whether all rounds were played; raises KeyboardInterrupt where there is nothing to show yet."""
    try:
        race.play(arguments.rounds, arguments.seconds)
    except KeyboardInterrupt:
        if not any(one.rounds for one in race.placed):
            raise
        return False
    return True


def _status(result: ScalingResult, min_gain: float | None, console: Console) -> int:
    """Print what was missed."""
    missed = [f"{result.failed} requests without a good answer"] if result.failed else []
    for one in result.placed:
        other = result.smaller(one)
        if min_gain is None or other is None or one.cpus != 2 * other.cpus:
            continue
        for name in result.set_names:
            found = gain(one, other, name)
            if found is not None and found.median < min_gain:
                missed.append(f"{name}: {one.name} read {found.median:.2f} times as much as {other.name}")
    for line in missed:
        console.print(line, style="red", markup=False, highlight=False)
    return 1 if missed else 0
