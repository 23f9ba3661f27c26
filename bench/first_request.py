"""``python -m bench first-request``: is a service that says it is ready as quick as it will ever be?

For each image a fresh service is started; the image is its first request ever, and then it is sent fifty times more.
The first request may take at most 1.3 times the median of the others.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.client import OcrClient
from bench.command_line import positive
from bench.service_process import ROOT, started_service

MAX_RATIO = 1.3
FOLLOWERS = 50


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``first-request``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "first-request", help="first request against the next fifty", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("images", nargs="+", type=Path, help="each is sent to a service of its own")
    parser.add_argument("--rounds", type=positive, default=1, help="services an image (default: %(default)s)")
    parser.add_argument("--followers", type=positive, default=FOLLOWERS, help="requests behind the first")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where the median of an image's ratios is above 1.3, else 0."""
    table = Table("image", "first ms", "next, median ms", "next, max ms", "ratio", title="first request after ready")
    console, missed = Console(), []
    for image in arguments.images:
        ratios = []
        for _ in range(arguments.rounds):
            with started_service(ROOT / "build" / "first-request.log") as url, OcrClient(url) as client:
                first, *rest = (1000 * client.read(image).seconds for _ in range(1 + arguments.followers))
            ratios.append(first / median(rest))
            row = (f"{first:.1f}", f"{median(rest):.1f}", f"{max(rest):.1f}", f"{ratios[-1]:.2f}")
            table.add_row(image.name, *row)
        if median(ratios) > MAX_RATIO:
            missed.append(f"{image.name}: {median(ratios):.2f} times the median, {MAX_RATIO:g} are allowed")
    console.print(table)
    for miss in missed:
        console.print(miss, style="red", markup=False)
    return 1 if missed else 0
