"""``python -m bench load``: how a service fares under load, as its clients see it and as it sees itself.

Closed loop (``--concurrency``): so many clients, each sending its next request when it has its answer. Several numbers
make several runs: throughput against clients. Open loop (``--rate``): requests come when they come (Poisson arrivals),
however the server fares, and a latency counts from when its request was due, so that a stall cannot hide.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Console

from bench.command_line import INTERRUPTED, list_of, natural, positive, positive_number
from bench.errors import BenchError
from bench.load.arguments import add_load_arguments, add_warm_up_argument, http_target, pictures_of
from bench.load.generator import Policy
from bench.load.measurement import Load, measure, warm_up
from bench.load.outcome import Outcome
from bench.load.progress import RequestProgress
from bench.load.result import LoadResult, LoadRun
from bench.load.schedule import ClosedLoop, OpenLoop, Schedule
from bench.load.sections import sections
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.subject import Subject, add_subject_arguments, opened_subject

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "load"
CONCURRENCY = 4
REQUESTS = 200
PER_CLIENT = 10
DURATION_S = 30.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``load``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="latency, throughput and success under load", description=__doc__, formatter_class=formatter
    )
    loop = parser.add_mutually_exclusive_group()
    loop.add_argument(
        "--concurrency",
        type=list_of(positive),
        metavar="C[,C…]",
        help=f"clients of a closed loop (default: {CONCURRENCY})",
    )
    loop.add_argument("--rate", type=list_of(positive_number), metavar="R[,R…]", help="requests/s of an open loop")
    parser.add_argument(
        "--requests",
        type=positive,
        help=f"of each closed loop (default: {REQUESTS}, or ten a client where that is more)",
    )
    parser.add_argument(
        "--duration",
        type=positive_number,
        metavar="S",
        help=f"of each open loop (default: {DURATION_S:g} s)",
    )
    parser.add_argument(
        "--images-per-request", type=positive, default=1, metavar="N", help="pictures in one request (default: 1)"
    )
    parser.add_argument(
        "--retries", type=natural, default=0, help="ask again so often after a refusal's Retry-After (default: 0)"
    )
    parser.add_argument(
        "--patience",
        type=positive_number,
        default=0.0,
        metavar="S",
        help="ask again after each refusal's Retry-After until a request is so old (default: 0)",
    )
    parser.add_argument("--seed", type=natural, default=1, help="of the open loop's arrivals (default: %(default)s)")
    add_load_arguments(parser)
    add_warm_up_argument(parser)
    add_subject_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where fewer requests than ``--min-success`` had a good answer, else 0.

    Ctrl-C ends the run, not the report: it is of what was measured, and the status is 130.
    """
    console, started_at = result_console(), now()
    schedules = _schedules(arguments)
    pictures = pictures_of(arguments)
    with opened_subject(arguments) as subject:
        target = http_target(subject, pictures, arguments.images_per_request, arguments.timeout)
        _check(warm_up(target, arguments.warm_up))
        policy = Policy(retries=arguments.retries, patience_s=arguments.patience)
        runs = []
        for schedule in schedules:
            load = Load(schedule, arguments.images_per_request, policy)
            with RequestProgress(_size(schedule), subject.label) as progress:
                runs.append(measure(subject, target, load, progress.observe))
            if not runs[-1].is_whole:
                break
    return _conclude(arguments, console, subject, runs, started_at)


def _check(warm_up_outcomes: Sequence[Outcome]) -> None:
    """Raise BenchError where there was a warm-up and nothing came of it: neither would anything of the measurement."""
    if warm_up_outcomes and all(outcome.cause for outcome in warm_up_outcomes):
        first = warm_up_outcomes[0]
        told = f"{first.cause}: {first.detail}".removesuffix(": ")
        raise BenchError(f"no warm-up request had a good answer (--warm-up 0 goes on all the same): {told}")


def _conclude(
    arguments: argparse.Namespace, console: Console, subject: Subject, runs: Sequence[LoadRun], started_at: str
) -> int:
    document = new_document(
        NAME,
        subject.label,
        settings=vars(arguments),
        service=subject.info,
        result=LoadResult(tuple(runs)),
        started_at=started_at,
    )
    publish([document], sections([document]), arguments.out, console)
    return exit_status(runs, arguments.min_success, console)


def exit_status(runs: Sequence[LoadRun], min_percent: float, console: Console) -> int:
    """Print which runs succeeded less often than they must; return 1 where there is one, 130 after Ctrl-C, else 0."""
    short = [run for run in runs if not run.summary.reaches(min_percent)]
    for run in short:
        succeeded = f"{run.summary.succeeded} of {run.summary.requests} succeeded"
        console.print(f"{run.name}: {succeeded}, at least {min_percent:g} % must", style="red")
    if not all(run.is_whole for run in runs):
        return INTERRUPTED
    return 1 if short else 0


def _schedules(arguments: argparse.Namespace) -> list[Schedule]:
    """Return what is to be sent; raises BenchError for arguments of the one loop given to the other."""
    if arguments.rate is not None:
        if arguments.requests is not None:
            raise BenchError("--requests is of a closed loop; an open one takes --rate and --duration")
        duration_s = arguments.duration or DURATION_S
        return [OpenLoop.poisson(rate, duration_s, arguments.seed) for rate in arguments.rate]
    if arguments.duration is not None:
        raise BenchError("--duration is of an open loop (--rate); a closed one takes --concurrency and --requests")
    return [
        closed_loop(clients, arguments.requests or max(REQUESTS, PER_CLIENT * clients))
        for clients in arguments.concurrency or [min(CONCURRENCY, arguments.requests or REQUESTS)]
    ]


def closed_loop(clients: int, requests: int) -> ClosedLoop:
    """Return a closed loop; raises BenchError where some of the clients would have nothing to send."""
    if requests < clients:
        raise BenchError(f"{requests} requests are too few for {clients} clients: give more --requests")
    return ClosedLoop(clients, requests)


def _size(schedule: Schedule) -> int:
    return schedule.requests if isinstance(schedule, ClosedLoop) else len(schedule.arrivals)
