"""``python -m bench cold-start``: what a start of the service costs inside its image, part by part.

Starts the image's own command in its unpacked files, read-only and as an unknown user, with the page cache dropped and
warm, with the compiled models that the image holds and without; each kind once a round, in turns.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.cold_start.measurement import KINDS, ColdStarts
from bench.cold_start.result import ColdStartResult, Start, StartRow, sections
from bench.command_line import add_setting_argument, positive
from bench.image_root import ImageRoot
from bench.load.arguments import IMAGES
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.service_process import ROOT

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "cold-start"
ROUNDS = 5


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``cold-start``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="exec to ready and to the first answer, in the image", description=__doc__, formatter_class=formatter
    )
    parser.add_argument(
        "--image-root", type=Path, required=True, metavar="FOLDER", help="the image's files; see docs/benchmarks.md"
    )
    parser.add_argument("--rounds", type=positive, default=ROUNDS, help="of each kind (default: %(default)s)")
    parser.add_argument("--image", type=Path, default=IMAGES / "latin.png", help="the picture that is sent first")
    add_setting_argument(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 0, for there is no limit to hold."""
    started = now()
    log = ROOT / "build" / "cold-start.log"
    settings = dict(arguments.setting)
    image = ImageRoot.at(arguments.image_root)
    starts = ColdStarts(image, settings, arguments.image.read_bytes(), log)
    found: dict[tuple[str, str], list[Start]] = {kind: [] for kind in KINDS}
    console = Console(stderr=True)
    for number in range(arguments.rounds):
        for kind in KINDS:
            console.print(f"round {number + 1}: page cache {kind[0]}, compiled models {kind[1]}", markup=False)
            found[kind].append(starts.start(*kind))
    result = ColdStartResult(tuple(StartRow(*kind, tuple(each)) for kind, each in found.items()))
    model = settings.get("OCR_MODEL", "the default tier")
    document = new_document(NAME, model, settings=vars(arguments), service={}, result=result, started_at=started)
    publish([document], sections([document]), arguments.out, result_console())
    return 0
