"""The command line: one subcommand a module, each bringing its own parser."""

from __future__ import annotations

import argparse
import resource
import signal
from types import FrameType

from rich.console import Console

from bench import first_request, orientation, probes, reading_order
from bench.accuracy import command as accuracy
from bench.burst import command as burst
from bench.calibration import command as calibration
from bench.cold_start import command as cold_start
from bench.command_line import INTERRUPTED
from bench.compare import command as compare
from bench.cost import command as cost
from bench.errors import BenchError
from bench.faults import command as faults
from bench.hostile import command as hostile
from bench.limit import command as limit
from bench.load import command as load
from bench.overload import command as overload
from bench.parity import command as parity
from bench.peers import paddleocr_reference as reference
from bench.ranges import command as ranges
from bench.report import command as report
from bench.scaling import command as scaling
from bench.soak import command as soak
from bench.sweep import command as sweep
from bench.watching import command as watching

SUBCOMMANDS = (
    load,
    sweep,
    soak,
    overload,
    faults,
    hostile,
    burst,
    cold_start,
    cost,
    accuracy,
    compare,
    limit,
    scaling,
    calibration,
    parity,
    orientation,
    reading_order,
    ranges,
    reference,
    first_request,
    probes,
    watching,
)

BROKEN = 2


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every subcommand; each sets ``run``, a function from namespace to exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure an OCR service and its peers.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(subparsers)
    named = zip(subparsers.choices or (), SUBCOMMANDS, strict=True)  # each has added one parser, in this order
    report.add_parser(subparsers, {name: one.sections for name, one in named if hasattr(one, "sections")})
    return parser


def main(argv: list[str]) -> int:
    """Run one subcommand and return the process's exit status: 0 good, 1 measured a failure, 2 could not measure."""
    arguments = build_parser().parse_args(argv)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background would ignore it, asyncio then too
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_ctrl_c)
    _raise_descriptor_limit()
    try:
        return int(arguments.run(arguments))
    except BenchError as error:
        Console(stderr=True).print(f"bench: {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does: what was measured is reported, and what was started is ended first.

    While an event loop runs, Ctrl-C's handler is asyncio's own, which ends the loop's task and not the loop.
    """
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(number, frame)


def _raise_descriptor_limit() -> None:
    """Allow as many connections as the system lets us: the usual 1024 would be counted as the server's failures."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
