"""``python -m bench overload``: what a service does that is asked for more than it can do.

A closed loop of ever more clients finds its peak; open loops (Poisson arrivals) of multiples of that follow, and the
closed loop once more. A good service answers as much as at its peak, in time, and refuses the rest at once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.command_line import INTERRUPTED, list_of, natural, percentage, positive_number
from bench.load.arguments import IMAGES, http_target, pictures_of
from bench.load.http_target import TIMEOUT_S, HttpTarget
from bench.load.measurement import Load, measure, warm_up
from bench.load.outcome import Outcome
from bench.load.peak import Peak, find_peak
from bench.load.schedule import ClosedLoop, OpenLoop, Schedule
from bench.overload.result import OverloadResult, OverloadRun, overload_run
from bench.overload.sections import sections
from bench.report.figures import percent
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.subject import Subject, add_subject_arguments, opened_subject

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "overload"
MULTIPLES = [0.5, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0]
SECONDS = 20.0
PEAK_SECONDS = 8.0
MIN_SHARE = 90.0
WARM_UP = 10
DEADLINE_S = 30.0
"""Where the service does not say which it has."""

TIER = ("OCR_MODEL", "pp-ocrv6-tiny")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``overload``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="goodput and refusals beyond capacity", description=__doc__, formatter_class=formatter
    )
    parser.add_argument(
        "--multiples", type=list_of(positive_number), default=MULTIPLES, metavar="M[,M…]", help="of the peak"
    )
    parser.add_argument("--seconds", type=positive_number, default=SECONDS, help="of each (default: %(default)g)")
    parser.add_argument(
        "--peak-seconds",
        type=positive_number,
        default=PEAK_SECONDS,
        help="of each closed loop in search of the peak (default: %(default)g)",
    )
    parser.add_argument(
        "--min-share",
        type=percentage,
        default=MIN_SHARE,
        metavar="PERCENT",
        help="end with status 1 where the goodput at the last multiple is less of the peak (default: %(default)g)",
    )
    parser.add_argument("--seed", type=natural, default=1, help="of the arrivals (default: %(default)s)")
    parser.add_argument(
        "--images", nargs="+", type=Path, default=[IMAGES], metavar="PATH", help="default: tests/images"
    )
    parser.add_argument("--timeout", type=positive_number, default=TIMEOUT_S, help="s a request (default: %(default)g)")
    add_subject_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


@dataclass(slots=True)
class Overload:
    """The loads that one service is sent, one behind the other."""

    subject: Subject
    target: HttpTarget
    deadline_s: float

    def send(self, schedule: Schedule, seconds: float, multiple: float | None = None) -> OverloadRun:
        """Send one load; one that Ctrl-C has ended says so."""
        outcomes: list[Outcome] = []
        own_cpu_s = time.process_time()
        run = measure(self.subject, self.target, Load(schedule), outcomes.append)
        own_cpu_s = time.process_time() - own_cpu_s
        return overload_run(
            run,
            outcomes,
            seconds=seconds,
            deadline_s=self.deadline_s,
            multiple=multiple,
            own_cpu_s=own_cpu_s,
        )

    def step(self, loop: ClosedLoop) -> Sequence[Outcome]:
        """Send one step in search of the peak; raises KeyboardInterrupt at Ctrl-C, as there is nothing to show yet."""
        outcomes: list[Outcome] = []
        if not measure(self.subject, self.target, Load(loop), outcomes.append).is_whole:
            raise KeyboardInterrupt
        return outcomes


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where the service did not stand it, 130 after Ctrl-C, else 0."""
    console, started_at = result_console(), now()
    pictures = pictures_of(arguments)
    if arguments.url is None:
        arguments.setting = [TIER, *arguments.setting]
    with opened_subject(arguments) as subject:
        target = http_target(subject, pictures, 1, arguments.timeout)
        warm_up(target, WARM_UP)
        limits = subject.info.get("limits")
        deadline_s = limits.get("deadline_seconds", DEADLINE_S) if isinstance(limits, dict) else DEADLINE_S
        overload = Overload(subject, target, float(deadline_s))
        peak = find_peak(overload.step, arguments.peak_seconds)
        result = _overloaded(overload, peak, arguments)
    document = new_document(
        NAME, subject.label, settings=vars(arguments), service=subject.info, result=result, started_at=started_at
    )
    publish([document], sections([document]), arguments.out, console)
    return _status(result, arguments.min_share, console)


def _overloaded(overload: Overload, peak: Peak, arguments: argparse.Namespace) -> OverloadResult:
    """Send the closed loop, the open ones and the closed one again, as far as Ctrl-C lets it come."""
    seconds = arguments.seconds
    closed: Schedule = ClosedLoop.lasting(peak.clients, seconds)
    loads: list[tuple[Schedule, float | None]] = [(closed, None)]
    for place, multiple in enumerate(arguments.multiples):
        loads.append((OpenLoop.poisson(multiple * peak.goodput, seconds, arguments.seed + place), multiple))
    runs: list[OverloadRun] = []
    for schedule, multiple in [*loads, (closed, None)]:
        Console(stderr=True).print(f"{overload.subject.label}: {_words(schedule)}, {seconds:g} s", style="dim")
        runs.append(overload.send(schedule, seconds, multiple))
        if not runs[-1].run.is_whole:
            break
    whole = [run.goodput for run in runs if run.multiple is None and run.run.is_whole]
    return OverloadResult(overload.deadline_s, peak.steps, tuple(whole) or (peak.goodput,), tuple(runs))


def _words(schedule: Schedule) -> str:
    return f"{schedule.concurrency} clients" if isinstance(schedule, ClosedLoop) else f"{schedule.rate:.3g}/s"


def _status(result: OverloadResult, min_share: float, console: Console) -> int:
    """Print what the service did not stand; return the exit status."""
    missed = []
    for run in result.runs:
        if run.missed:
            missed.append(f"{run.name}: {run.missed} of {run.accepted} accepted requests were not answered in time")
        missed += [f"{run.name}: {count} x {cause}" for cause, count in run.strange.items()]
    loads = [run for run in result.runs if run.multiple is not None and run.run.is_whole]
    worst = max(loads, key=lambda run: run.multiple or 0.0, default=None)
    if worst is not None and 100 * result.share(worst) < min_share:
        missed.append(f"{worst.name}: goodput is {percent(result.share(worst))} % of the peak, {min_share:g} % must")
    for line in missed:
        console.print(line, style="red", markup=False, highlight=False)
    if not all(run.run.is_whole for run in result.runs):
        return INTERRUPTED
    return 1 if missed else 0
