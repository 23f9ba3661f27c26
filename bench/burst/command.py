"""``python -m bench burst``: what a burst meets on a FaaS, and what prewarming changes: cold starts, latency, GB-s.

Starts real processes of this service as a FaaS starts instances: one request at a time in each, P of them prewarmed,
the rest when a request finds none free, up to a cap, each within a memory limit and a CPU quota (control groups, where
they may be made; else memory is watched only, and the report says so). The burst is replayed for each P.

An instance gets as much CPU as AWS Lambda gives one of its memory (a vCPU for 1769 MB), but no more than the machine
can give to as many instances as the cap allows: with more they would slow each other down, which on a FaaS they do not.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console

from app.machine import available_cpus
from bench.burst.arguments import (
    add_instance_arguments,
    add_schedule_arguments,
    default_cpus,
    prewarmed_of,
    schedule_of,
    size_of,
)
from bench.burst.fleet import Fleet
from bench.burst.gateway import Capacity
from bench.burst.instance import InstancePlan
from bench.burst.limits import Usable, usable_hierarchies
from bench.burst.measured import Measured
from bench.burst.measurement import replay, try_start
from bench.burst.result import BurstResult
from bench.burst.sandbox import Bounds
from bench.burst.sections import is_overcommitted, sections
from bench.command_line import INTERRUPTED
from bench.dialects import dialect_named
from bench.image_root import ImageRoot
from bench.load.arguments import add_load_arguments, pictures_of
from bench.load.progress import RequestProgress
from bench.load.schedule import Schedule
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.subject import label_of

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "burst"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``burst``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="cold starts and GB-s, with and without prewarming", description=__doc__, formatter_class=formatter
    )
    add_instance_arguments(parser)
    add_schedule_arguments(parser)
    add_load_arguments(parser)
    parser.add_argument("--label", help="what tables call it (default: by what the service says of itself)")
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where fewer requests than ``--min-success`` had a good answer, else 0.

    Ctrl-C, SIGTERM and SIGHUP end the measurement, not the report: it is of the runs that are over, the status is 130.
    """
    console, started_at = result_console(), now()
    schedule = schedule_of(arguments)
    arguments.prewarmed = prewarmed_of(arguments)  # the document has what was measured, default or not
    name = f"burst-{os.getpid()}"
    bodies = tuple(dialect_named("native").encode_request([picture], {}) for picture in pictures_of(arguments))
    cpus = arguments.cpus or default_cpus(arguments.memory_mb, available_cpus(), arguments.cap)
    image = ImageRoot.at(arguments.image_root) if arguments.image_root else None
    usable = usable_hierarchies(f"{name}-try", arguments.memory_mb << 20, cpus)
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="bench-burst-") as temporary:
        bounds = Bounds(arguments.memory_mb << 20, cpus, usable.hierarchies)
        plan = InstancePlan(bodies, bounds, dict(arguments.setting), Path(temporary), image)
        with Fleet(name, plan) as fleet:
            measured.fill(_measure(arguments, schedule, fleet, measured))
    result = _result(arguments, cpus, usable, measured)
    return _conclude(arguments, console, result, measured, started_at)


async def _measure(arguments: argparse.Namespace, schedule: Schedule, fleet: Fleet, measured: Measured) -> None:
    """Start one instance alone, then replay the burst for each number of prewarmed; say what those wrote that died."""
    measured.trial = await try_start(fleet.launch())
    capacity = Capacity(arguments.cap, arguments.instance_concurrency, arguments.timeout, arguments.dispatch)
    for prewarmed in arguments.prewarmed:
        with RequestProgress(size_of(schedule), f"{prewarmed} prewarmed") as progress:
            run = await replay(fleet.launch, capacity, schedule, prewarmed, progress.observe)
        measured.runs.append(run)
        if run.deaths and (words := fleet.last_words()):
            text = f"P = {prewarmed}: the instance that died last wrote:\n{words}"
            Console(stderr=True).print(text, style="dim", markup=False, highlight=False, soft_wrap=True)


def _result(arguments: argparse.Namespace, cpus: float, usable: Usable, measured: Measured) -> BurstResult:
    return BurstResult(
        memory_gb=arguments.memory_mb / 1024,
        cpus=cpus,
        requests=measured.runs[0].summary.requests,
        runs=tuple(measured.runs),
        cap=arguments.cap,
        instance_concurrency=arguments.instance_concurrency,
        dispatch=arguments.dispatch,
        processors=available_cpus(),
        limits=usable.limits,
        trial_start_s=measured.trial.start_s,
        unmeasured=tuple(arguments.prewarmed[len(measured.runs) :]),
    )


def _conclude(
    arguments: argparse.Namespace, console: Console, result: BurstResult, measured: Measured, started_at: str
) -> int:
    asked = {name.removeprefix("OCR_").lower(): value for name, value in arguments.setting}
    name = label_of(measured.trial.info or asked, dialect_named("native"))
    document = new_document(
        NAME,
        arguments.label or f"{name}, {arguments.memory_mb} MiB, {result.cpus:g} CPUs",
        settings=vars(arguments),
        service=measured.trial.info,
        result=result,
        started_at=started_at,
    )
    publish([document], sections([document]), arguments.out, console)
    if is_overcommitted(result):
        console.print("The instances slowed each other down: see above.", style="yellow")
    status = _success(result, arguments.min_success, console)
    return INTERRUPTED if result.unmeasured else status


def _success(result: BurstResult, min_percent: float, console: Console) -> int:
    """Print which runs succeeded less often than they must; return 1 where there is one, else 0."""
    short = [run for run in result.runs if not run.summary.reaches(min_percent)]
    for one in short:
        succeeded = f"{one.summary.succeeded} of {one.summary.requests} succeeded"
        console.print(f"P = {one.prewarmed}: {succeeded}, at least {min_percent:g} % must", style="red")
    return 1 if short else 0
