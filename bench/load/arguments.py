"""Arguments that the commands which send load share, and what they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.command_line import natural, percentage, positive_number
from bench.load.http_target import TIMEOUT_S, HttpTarget
from bench.load.pictures import read_pictures
from bench.service_process import ROOT
from bench.subject import Subject

IMAGES = ROOT / "tests" / "images"
WARM_UP = 5


def add_load_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is sent."""
    group = parser.add_argument_group("the load")
    group.add_argument(
        "--images",
        nargs="+",
        type=Path,
        default=[IMAGES],
        metavar="PATH",
        help="picture files, or folders of them, sent in turn (default: tests/images)",
    )
    group.add_argument(
        "--timeout",
        type=positive_number,
        default=TIMEOUT_S,
        metavar="S",
        help="a request may take (default: %(default)g s)",
    )
    parser.add_argument(
        "--min-success",
        type=percentage,
        default=100.0,
        metavar="PERCENT",
        help="end with status 1 where fewer requests succeed (default: %(default)g)",
    )


def add_warm_up_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--warm-up``."""
    parser.add_argument(
        "--warm-up",
        type=natural,
        default=WARM_UP,
        metavar="N",
        help="requests that are sent first and forgotten (default: %(default)s)",
    )


def http_target(subject: Subject, pictures: Sequence[bytes], images: int, timeout_s: float) -> HttpTarget:
    """Return a target to which request *n* carries ``images`` pictures, the next ones in turn.

    Raises BenchError where the dialect cannot carry so many.
    """
    count = len(pictures)
    groups = [[pictures[(images * n + k) % count] for k in range(images)] for n in range(count)]
    bodies = [subject.dialect.encode_request(group, subject.options) for group in groups]
    return HttpTarget(subject.url, subject.dialect, lambda index: bodies[index % count], images, timeout_s)


def pictures_of(arguments: argparse.Namespace) -> list[bytes]:
    """Return the pictures of ``--images``; raises BenchError where there are none."""
    return read_pictures(arguments.images)
