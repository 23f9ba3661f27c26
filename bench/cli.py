"""The command line: one subcommand a module, each bringing its own parser."""

from __future__ import annotations

import argparse

from rich.console import Console

from bench import first_request, orientation, probes
from bench.accuracy import command as accuracy
from bench.errors import BenchError
from bench.parity import command as parity
from bench.peers import paddleocr_reference as reference

SUBCOMMANDS = (accuracy, parity, orientation, reference, first_request, probes)

BROKEN = 2
INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every subcommand; each sets ``run``, a function from namespace to exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure an OCR service and its peers.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(subparsers)
    return parser


def main(argv: list[str]) -> int:
    """Run one subcommand and return the process's exit status: 0 good, 1 measured a failure, 2 could not measure."""
    arguments = build_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except BenchError as error:
        Console(stderr=True).print(f"bench: {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED
