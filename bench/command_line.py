"""Arguments that several subcommands share."""

from __future__ import annotations

import argparse
from pathlib import Path

CORPUS = Path("../shared/corpus")
DET_MAX_SIDE = 1600


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose labelled images, and the longest side (pixels) that the detector may see."""
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of labelled sets (default: %(default)s)")
    parser.add_argument("--sets", default="", metavar="A,B", help="only these sets (default: all)")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N images of each set")
    parser.add_argument("--det-max-side", type=positive, default=DET_MAX_SIDE, help="pixels (default: %(default)s)")


def chosen_sets(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the names of ``--sets``; empty means all."""
    return tuple(name.strip() for name in arguments.sets.split(",") if name.strip())


def positive(text: str) -> int:
    """Parse a whole number of at least 1; argparse reports the ValueError or ArgumentTypeError."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value
