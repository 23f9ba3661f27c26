"""Arguments of ``bench burst``, and what they stand for."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from bench.burst.gateway import Dispatch
from bench.command_line import add_setting_argument, list_of, natural, positive, positive_number
from bench.errors import BenchError
from bench.load.schedule import ClosedLoop, OpenLoop, Schedule

PREWARMED = (0, 1, 2)
CAP = 4
MEMORY_MIB = 2048
MIB_PER_CPU = 1769
"""What AWS documents as the memory at which a Lambda function has one vCPU."""

REQUESTS_PER_CLIENT = 10
DURATION_S = 30.0
SEED = 1


def add_instance_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what an instance is and how many there may be."""
    group = parser.add_argument_group("the instances")
    group.add_argument(
        "--prewarmed",
        type=list_of(natural),
        metavar="P[,P…]",
        help="instances that are ready before the burst; a run for each number (default: 0,1,2 and the cap)",
    )
    group.add_argument("--cap", type=positive, default=CAP, help="most instances at a time (default: %(default)s)")
    group.add_argument(
        "--instance-concurrency", type=positive, default=1, metavar="N", help="requests at a time in each (default: 1)"
    )
    group.add_argument(
        "--dispatch",
        type=Dispatch,
        choices=tuple(Dispatch),
        default=Dispatch.TIED,
        help="a request that has an instance started waits for that one (tied, as on Lambda), or is taken by whichever "
        "is free first (queue, as on Cloud Run); default: %(default)s",
    )
    group.add_argument(
        "--memory-mb", type=positive, default=MEMORY_MIB, metavar="MIB", help="of each (default: %(default)s)"
    )
    group.add_argument("--cpus", type=positive_number, help="of each (default: see above)")
    group.add_argument(
        "--image-root",
        type=Path,
        metavar="FOLDER",
        help="the image's files, in which the instances are started (default: this checkout)",
    )
    add_setting_argument(group)


def add_schedule_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say when requests come."""
    group = parser.add_argument_group("the burst")
    kind = group.add_mutually_exclusive_group()
    kind.add_argument("--clients", type=positive, metavar="N", help="that wait for answers (default: one a place)")
    kind.add_argument("--rate", type=positive_number, metavar="R", help="requests/s that wait for nobody (Poisson)")
    kind.add_argument("--burst", type=positive, metavar="N", help="requests, all at once")
    group.add_argument("--requests", type=positive, metavar="N", help="of all clients (default: ten each)")
    group.add_argument(
        "--duration", type=positive_number, default=DURATION_S, metavar="S", help="of --rate (default: %(default)g s)"
    )


def prewarmed_of(arguments: argparse.Namespace) -> list[int]:
    """Return the numbers of prewarmed instances; raises BenchError for one above the cap."""
    asked: list[int] = arguments.prewarmed or sorted({min(count, arguments.cap) for count in (*PREWARMED, math.inf)})
    if max(asked) > arguments.cap:
        raise BenchError(f"{max(asked)} prewarmed instances are more than --cap {arguments.cap}")
    return asked


def default_cpus(memory_mib: int, processors: float, cap: int) -> float:
    """Return the CPU of an instance: Lambda's share for its memory, and at most an equal share of this machine."""
    return math.floor(100 * min(memory_mib / MIB_PER_CPU, processors / cap)) / 100 or 0.01


def schedule_of(arguments: argparse.Namespace) -> Schedule:
    """Return the burst; raises BenchError for arguments that contradict each other."""
    if arguments.requests and (arguments.rate or arguments.burst):
        raise BenchError("--requests goes with --clients; --rate has --duration, and --burst is their number")
    if arguments.rate:
        return OpenLoop.poisson(arguments.rate, arguments.duration, SEED)
    if arguments.burst:
        return OpenLoop(math.inf, (0.0,) * arguments.burst)
    clients = arguments.clients or arguments.cap * arguments.instance_concurrency
    return ClosedLoop(clients, arguments.requests or REQUESTS_PER_CLIENT * clients)


def size_of(schedule: Schedule) -> int:
    """Return the number of its requests."""
    return schedule.requests if isinstance(schedule, ClosedLoop) else len(schedule.arrivals)
