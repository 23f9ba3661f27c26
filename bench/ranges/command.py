"""``python -m bench ranges``: measure what 8-bit integers must be able to stand for, layer by layer.

The lines of labelled pictures, some of each set, are read in f32. For each layer that int8 is for, the least and the
greatest value that it was given come into a file a tier, which the service reads: ``app/engines/int8_ranges``. The
lines are those that the detector of the default tier finds, so that all tiers are measured on the same.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from app.engines.base import Image, TextDetector
from app.engines.choice import EngineChoice
from app.engines.detection_options import DetectionOptions
from app.engines.int8_ranges import FOLDER, Ranges
from app.engines.registry import load_engine
from app.errors import OcrError
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.weights.selection import model_directory
from bench.accuracy.corpus import load_corpus
from bench.command_line import add_corpus_arguments, chosen_sets, positive
from bench.errors import BenchError
from bench.ranges.lines import chosen_lines
from bench.service_process import ROOT

TIERS = ("pp-ocrv6-small", "pp-ocrv6-tiny")
LINES = 24
_F32 = EngineChoice("openvino", "f32", exact=False)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``ranges``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "ranges", help="measure the ranges that int8 needs", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("tiers", nargs="*", default=TIERS, metavar="TIER", help=f"default: {' '.join(TIERS)}")
    add_corpus_arguments(parser)
    parser.add_argument(
        "--lines", type=positive, default=LINES, metavar="N", help="lines of each set (default: %(default)s)"
    )
    parser.add_argument("--weights", type=Path, default=ROOT / "weights", help="model tiers (default: weights)")
    parser.add_argument(
        "--out-dir", type=Path, default=FOLDER, help="where to write TIER.toml (default: the service's)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 0, or a BenchError."""
    from bench.ranges.measurement import measure  # noqa: PLC0415 - OpenVINO, which no other command needs

    console = Console(stderr=True)
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    try:
        directories = {tier: _directory(arguments.weights, tier) for tier in arguments.tiers}
        settings = Settings(weights_dir=arguments.weights, det_max_side=arguments.det_max_side)
        shown = track(samples, "finding lines", console=console, transient=True)
        by_set = chosen_lines(shown, _detector(settings), DetectionOptions.of(settings), arguments.lines)
        lines = [line for found in by_set.values() for line in found]
        if not lines:
            raise BenchError("no lines were found")
        arguments.out_dir.mkdir(parents=True, exist_ok=True)
        for tier, directory in directories.items():
            ranges = measure(directory, track(lines, tier, console=console, transient=True))
            path = arguments.out_dir / f"{tier}.toml"
            path.write_text(as_toml(ranges, by_set), encoding="utf-8")
            console.print(f"{path}: {len(ranges)} layers, {len(lines)} lines", highlight=False, soft_wrap=True)
    except OcrError as error:
        raise BenchError(str(error)) from error
    return 0


def as_toml(ranges: Ranges, by_set: Mapping[str, Sequence[Image]]) -> str:
    """Return a tier's file: what :func:`app.engines.int8_ranges.read_ranges` reads, and what it comes from."""
    lines, sets = sum(map(len, by_set.values())), sum(map(bool, by_set.values()))
    source = (
        f"# Measured by `python -m bench ranges` on {lines} lines of {sets} sets: by layer, the least and the greatest"
    )
    layers = [f'"{name}" = [{least:.3f}, {greatest:.3f}]' for name, (least, greatest) in ranges.items()]
    return "\n".join([f"{source} value it is given.", "[recognizer]", *layers, ""])


def _directory(weights: Path, tier: str) -> Path:
    return model_directory(Settings(weights_dir=weights, model=tier), _F32.name)


def _detector(settings: Settings) -> TextDetector:
    directory = model_directory(settings, _F32.name)
    return load_engine(_F32, settings, directory, SlotPlan(1, 1, 1, 1)).detectors[0]
