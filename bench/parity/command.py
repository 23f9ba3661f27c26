"""``python -m bench parity``: the service against PaddleOCR itself on the same weights, engine by engine, tier by tier.

Starts the real service in each configuration, sends it the labelled images, and compares with what PaddleOCR answers;
that is made where it is missing and kept. Every line that differs gets a cause. The status is 1 where a promise is
not kept: 99 % of lines identical with exact parity at f32, char-F1 within 0.1 points at bf16.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from rich.console import Console

from bench.accuracy.corpus import Sample, load_corpus
from bench.command_line import add_corpus_arguments, chosen_sets
from bench.parity.configurations import chosen_configurations
from bench.parity.measurement import Measured, Setup, measure
from bench.parity.references import kept_reference
from bench.parity.report import document, markdown
from bench.peers.paddleocr_models import TierModels
from bench.peers.paddleocr_run import Job, peer_interpreter
from bench.peers.reference_file import Reference
from bench.service_process import ROOT

FOLDER = ROOT / "build" / "parity"
WEIGHTS = ROOT / "weights"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``parity``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "parity", help="compare the service with PaddleOCR", description=__doc__, formatter_class=formatter
    )
    add_corpus_arguments(parser)
    parser.add_argument(
        "--configurations", default="", metavar="A,B", help="only these, or those whose names begin so (default: all)"
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="model tiers (default: the repository's weights)")
    parser.add_argument("--references", type=Path, default=FOLDER, help="where PaddleOCR's answers are kept")
    parser.add_argument("--python", type=Path, help="an interpreter that has PaddleOCR; none is made then")
    parser.add_argument(
        "--out", type=Path, action="append", default=[], metavar="FILE", help="write Markdown (.md) or JSON (.json)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a promise is not kept or an image failed, else 0."""
    configurations = chosen_configurations(arguments.configurations)
    for tier in {configuration.tier for configuration in configurations}:
        TierModels.open(arguments.weights, tier)  # what is missing is said now, not after an hour
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    console = Console(stderr=True)
    reference = _references(arguments, samples, console)
    setup = Setup(samples, arguments.weights, arguments.det_max_side, FOLDER, reference, console)
    measured: list[Measured] = []
    for configuration in configurations:
        measured.append(measure(configuration, setup))
        _write(arguments.out, measured)
    sys.stdout.write(_report(measured))
    missed = [f"{one.configuration.name}: {miss}" for one in measured for miss in one.misses]
    for miss in missed:
        console.print(miss, style="red", markup=False, soft_wrap=True)
    return 1 if missed else 0


def _references(
    arguments: argparse.Namespace, samples: Sequence[Sample], console: Console
) -> Callable[[str, int | None], Reference]:
    """Return what gives PaddleOCR's answers by tier and lines read together (None: its own choice, six)."""

    @cache
    def reference(tier: str, rec_batch_size: int | None) -> Reference:
        job = Job(
            python=arguments.python or peer_interpreter(console),
            models=TierModels.open(arguments.weights, tier),
            det_max_side=arguments.det_max_side,
            rec_batch_size=rec_batch_size,
            details=True,
        )
        return kept_reference(job, samples, arguments.references, console)

    return reference


def _write(files: Sequence[Path], measured: Sequence[Measured]) -> None:
    """Write what is measured so far, after each configuration: the next may take long, or fail."""
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        as_json = path.suffix == ".json"
        text = json.dumps(document(measured), ensure_ascii=False, indent=1) + "\n" if as_json else _report(measured)
        path.write_text(text, encoding="utf-8")


def _report(measured: Sequence[Measured]) -> str:
    """Return the Markdown report; the versions are those of the last reference."""
    versions = measured[-1].reference.get("versions", {})
    return markdown(measured, ", ".join(f"{name} {version}" for name, version in versions.items()))
