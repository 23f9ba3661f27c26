"""``python -m bench sweep``: clients x images in a request, every combination a closed loop of its own.

The form in which serving frameworks are compared: threads, batch size, queries a second, latency, CPU and memory.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from bench.command_line import list_of, positive
from bench.load.arguments import add_load_arguments, add_warm_up_argument, http_target, pictures_of
from bench.load.command import closed_loop, exit_status
from bench.load.measurement import Load, measure, warm_up
from bench.load.progress import RequestProgress
from bench.load.result import LoadResult, LoadRun
from bench.load.schedule import ClosedLoop
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.subject import Subject, add_subject_arguments, opened_subject
from bench.sweep.sections import sections

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "sweep"
THREADS = [1, 2, 4, 8]
BATCHES = [1, 2, 4]
REQUESTS = 100


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``sweep``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="threads x images in a request", description=__doc__, formatter_class=formatter
    )
    parser.add_argument(
        "--threads", type=list_of(positive), default=THREADS, metavar="N[,N…]", help="clients (default: 1,2,4,8)"
    )
    parser.add_argument(
        "--batches", type=list_of(positive), default=BATCHES, metavar="N[,N…]", help="images a request (default: 1,2,4)"
    )
    parser.add_argument(
        "--requests", type=positive, default=REQUESTS, help="of each combination (default: %(default)s)"
    )
    add_load_arguments(parser)
    add_warm_up_argument(parser)
    add_subject_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a combination had fewer good answers than ``--min-success``, else 0."""
    started_at = now()
    pictures = pictures_of(arguments)
    schedules = [closed_loop(threads, arguments.requests) for threads in arguments.threads]
    with opened_subject(arguments) as subject:
        runs = list(_runs(arguments, subject, pictures, schedules))
    document = new_document(
        NAME,
        subject.label,
        settings=vars(arguments),
        service=subject.info,
        result=LoadResult(tuple(runs)),
        started_at=started_at,
    )
    console = result_console()
    publish([document], sections([document]), arguments.out, console)
    return exit_status(runs, arguments.min_success, console)


def _runs(
    arguments: argparse.Namespace, subject: Subject, pictures: Sequence[bytes], schedules: Sequence[ClosedLoop]
) -> Iterator[LoadRun]:
    """Yield a run for each combination; the one that Ctrl-C interrupts is the last."""
    for batch in arguments.batches:
        target = http_target(subject, pictures, batch, arguments.timeout)
        warm_up(target, arguments.warm_up)
        for schedule in schedules:
            text = f"{subject.label}, {schedule.concurrency} x {batch}"
            with RequestProgress(schedule.requests, text) as progress:
                run = measure(subject, target, Load(schedule, batch), progress.observe)
            yield run
            if not run.is_whole:
                return
