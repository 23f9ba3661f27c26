"""``python -m bench soak``: N requests of ever-changing sizes, and what becomes of the server's memory.

A runtime that keeps buffers or kernels for each new shape grows until the process is killed. Growth is the median of
the last tenth of the run against that of the tenth that follows the first ``--settle`` requests. ``--contender`` soaks
a contender of ``compare`` with the pictures that the service would get.

With ``--seconds`` it lasts so long, as an open loop at a share of the capacity that a closed loop finds first. Errors,
latency, memory, descriptors and threads are told for each ten minutes; settling takes the first of them.
"""

from __future__ import annotations

import argparse
import itertools

from rich.console import Console

from bench.command_line import positive, positive_number
from bench.errors import BenchError
from bench.load.arguments import add_load_arguments, pictures_of
from bench.load.command import closed_loop, exit_status
from bench.load.generator import Policy
from bench.load.measurement import Load, measure
from bench.load.progress import RequestProgress
from bench.report.figures import percent
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.soak.result import SoakResult, soak_result
from bench.soak.sections import sections
from bench.soak.soaked import add_soaked_arguments, opened
from bench.soak.span import grown
from bench.soak.timed import SPANS, Duration, soak_for
from bench.soak.varying_pictures import VaryingPictures

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "soak"
REQUESTS = 2000
CONCURRENCY = 2
SETTLE = 500
LONGEST = 1600
MAX_GROWTH = 3.0
SHARE = 0.7
SPAN_S = 600.0
CAPACITY_S = 20.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``soak``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="memory over requests of ever-changing sizes", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("--requests", type=positive, default=REQUESTS, help="default: %(default)s")
    parser.add_argument("--concurrency", type=positive, default=CONCURRENCY, help="clients (default: %(default)s)")
    parser.add_argument(
        "--settle",
        type=positive,
        metavar="N",
        help=f"requests before growth counts (default: {SETTLE}, or half of a shorter run)",
    )
    _add_time_arguments(parser)
    parser.add_argument("--longest", type=positive, default=LONGEST, help="pixels of a side (default: %(default)s)")
    parser.add_argument("--seed", type=positive, default=1, help="of the sizes (default: %(default)s)")
    parser.add_argument(
        "--max-growth",
        type=positive_number,
        default=MAX_GROWTH,
        metavar="PERCENT",
        help="end with status 1 where memory grows by more (default: %(default)g)",
    )
    add_load_arguments(parser)
    add_soaked_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where memory grew by more than ``--max-growth`` or too few requests succeeded, else 0.

    Growth that is not known, because the service died or the run was too short, counts as too much.
    """
    if arguments.seconds is not None:
        return _run_for(arguments)
    console, started_at = result_console(), now()
    settle = arguments.settle or max(1, min(SETTLE, arguments.requests // 2))
    if settle >= arguments.requests:
        raise BenchError(f"--settle {settle} leaves nothing of {arguments.requests} requests")
    varying = VaryingPictures(pictures_of(arguments), arguments.longest, arguments.seed)
    with opened(arguments) as soaked:
        target = soaked.connection.fresh_target(varying.next, arguments.timeout)
        load = Load(closed_loop(arguments.concurrency, arguments.requests), policy=Policy(retries=1))
        with RequestProgress(arguments.requests, soaked.label) as progress:
            result = soak_result(measure(soaked, target, load, progress.observe), settle)
    document = new_document(
        NAME,
        soaked.label,
        settings=vars(arguments),
        service=soaked.info,
        result=result,
        started_at=started_at,
    )
    publish([document], sections([document]), arguments.out, console)
    status = exit_status([result.run], arguments.min_success, console)
    return status or int(_report_growth(result, arguments.max_growth, console))


def _add_time_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("a soak by time")
    group.add_argument("--seconds", type=positive_number, metavar="S", help="last so long instead of --requests")
    group.add_argument(
        "--share", type=_share, default=SHARE, metavar="X", help="of the capacity (default: %(default)g)"
    )
    group.add_argument(
        "--span",
        type=positive_number,
        metavar="S",
        help=f"what a row of the table is of (default: {SPAN_S:g} s, or a sixth of a shorter soak)",
    )
    group.add_argument(
        "--capacity-seconds",
        type=positive_number,
        default=CAPACITY_S,
        metavar="S",
        help="of each closed loop in search of the capacity (default: %(default)g)",
    )
    group.add_argument("--fixed", action="store_true", help="send the pictures as they are, not in varying sizes")


def _share(text: str) -> float:
    """Parse a number above 0 and up to 1."""
    value = positive_number(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"{text} is more than the capacity")
    return value


def _run_for(arguments: argparse.Namespace) -> int:
    """Soak by time; 1 where an error came, memory grew by more than it may, or descriptors or threads stayed."""
    console, started_at = result_console(), now()
    span_s = arguments.span or min(SPAN_S, arguments.seconds / SPANS)
    duration = Duration(arguments.seconds, arguments.share, span_s, arguments.capacity_seconds, arguments.seed)
    pictures = pictures_of(arguments)
    fixed = itertools.cycle(pictures)
    make = fixed.__next__ if arguments.fixed else VaryingPictures(pictures, arguments.longest, arguments.seed).next
    with opened(arguments) as soaked:
        result = soak_for(soaked, soaked.connection.fresh_target(make, arguments.timeout), duration)
    document = new_document(
        NAME, soaked.label, settings=vars(arguments), service=soaked.info, result=result, started_at=started_at
    )
    publish([document], sections([document]), arguments.out, console)
    status = exit_status([result.run], arguments.min_success, console)
    return status or int(report_faults(result, arguments.max_growth, console))


def report_faults(result: SoakResult, max_percent: float, console: Console) -> bool:
    """Print what a soak by time did not stand beside errors; return whether there is anything."""
    stayed = grown(result.spans)
    for line in stayed:
        console.print(line, style="red")
    return _report_growth(result, max_percent, console) or bool(stayed)


def _report_growth(result: SoakResult, max_percent: float, console: Console) -> bool:
    """Print why the growth is not as it must be; return whether that is so."""
    ended = 0 if result.run.consumption is None else result.run.consumption.ended
    if ended > result.replacements:
        console.print(f"{ended} of the service's processes ended: what replaced them began anew", style="red")
        return True
    if result.growth is None:
        console.print("the memory was not seen long enough after settling to tell whether it grew", style="red")
        return True
    if 100 * result.growth > max_percent:
        console.print(f"memory grew by {percent(result.growth)} %, {max_percent:g} % are allowed", style="red")
        return True
    return False
