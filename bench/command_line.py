"""Arguments that several subcommands share."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.setting_values import PREFIX
from app.settings import Settings

CORPUS = Path("../shared/corpus")
DET_MAX_SIDE = 1600
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

SETTINGS = frozenset(PREFIX + field.name.upper() for field in dataclasses.fields(Settings))

T = TypeVar("T")


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose labelled images, and the longest side (pixels) that the detector may see."""
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of labelled sets (default: %(default)s)")
    parser.add_argument("--sets", default="", metavar="A,B", help="only these sets (default: all)")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N images of each set")
    parser.add_argument("--det-max-side", type=positive, default=DET_MAX_SIDE, help="pixels (default: %(default)s)")


def add_round_arguments(parser: argparse.ArgumentParser, rounds: int, seconds: float) -> None:
    """Add ``--rounds`` and ``--seconds`` with these defaults, for measurements that take turns."""
    parser.add_argument("--rounds", type=positive, default=rounds, help="turns of each (default: %(default)s)")
    parser.add_argument(
        "--seconds",
        type=positive_number,
        default=seconds,
        help="at least, a measurement, which is whole passes over a set (default: %(default)s)",
    )


def add_setting_argument(group: argparse._ActionsContainer) -> None:
    """Add ``--setting OCR_NAME=VALUE``, which may be given several times: a list of pairs."""
    group.add_argument(
        "--setting",
        type=_setting,
        action="append",
        default=[],
        metavar="OCR_NAME=VALUE",
        help="a setting of the service that is started here, such as OCR_MODEL=pp-ocrv6-tiny (repeatable)",
    )


def chosen_sets(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Return the names of ``--sets``; empty means all."""
    return tuple(name.strip() for name in arguments.sets.split(",") if name.strip())


def positive(text: str) -> int:
    """Parse a whole number of at least 1; argparse reports the ValueError or ArgumentTypeError."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is less than 1")
    return value


def natural(text: str) -> int:
    """Parse a whole number of at least 0; argparse reports the ValueError or ArgumentTypeError."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value} is less than 0")
    return value


def positive_number(text: str) -> float:
    """Parse a finite number above 0; argparse reports the ValueError or ArgumentTypeError."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def percentage(text: str) -> float:
    """Parse a number from 0 to 100; argparse reports the ValueError or ArgumentTypeError."""
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return value


def list_of(parse: Callable[[str], T]) -> Callable[[str], list[T]]:
    """Return a parser of ``A,B,C`` for argparse, which parses and checks each by *parse*."""

    def parse_all(text: str) -> list[T]:
        return [parse(part) for part in text.split(",")]

    parse_all.__name__ = f"comma separated {parse.__name__}"
    return parse_all


def address(text: str) -> str:
    """Parse a service's address, to which ``http://`` may be missing, as browsers and curl have it."""
    return text if "://" in text else f"http://{text}"


def key_and_value(text: str) -> tuple[str, str]:
    """Parse ``NAME=VALUE``; argparse reports the ArgumentTypeError."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _setting(text: str) -> tuple[str, str]:
    name, value = key_and_value(text)
    if name not in SETTINGS:
        raise argparse.ArgumentTypeError(f"{name} is no setting of the service: see docs/settings.md")
    return name, value
