"""``python -m bench accuracy``: char-F1, word-F1 and line recall of a running service over labelled images.

With ``--reference`` (a file of ``python -m bench reference``) also how far the service is from that engine. Without
``--url`` the reference itself is scored.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import track

from bench.accuracy.corpus import Sample, load_corpus
from bench.accuracy.evaluation import (
    ImageResult,
    Row,
    Source,
    evaluate,
    image_document,
    mean_of_sets,
    most_different,
    rows_by_set,
    sum_up,
)
from bench.accuracy.tables import difference_table, score_table
from bench.client import OcrClient
from bench.command_line import add_corpus_arguments, chosen_sets
from bench.errors import BenchError, RequestFailedError
from bench.peers.reference_file import Reference, read_reference
from bench.prediction import Prediction

MAX_DIFFERENCE = 0.1
SHOWN_IMAGES = 10
PIPED_WIDTH = 160


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``accuracy``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "accuracy", help="score a service over labelled images", description=__doc__, formatter_class=formatter
    )
    add_corpus_arguments(parser)
    parser.add_argument("--url", help="the running service, such as http://127.0.0.1:9000")
    parser.add_argument("--reference", type=Path, help="a reference engine's answers to compare with")
    parser.add_argument(
        "--max-difference",
        type=float,
        default=MAX_DIFFERENCE,
        metavar="POINTS",
        help="char-F1 over all images may differ from the reference by this much (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, help="write everything as JSON, every differing line included")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 when an image failed or the difference to the reference is too large, else 0."""
    if arguments.url is None and arguments.reference is None:
        raise BenchError("accuracy needs --url, --reference or both")
    console = _console()
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    reference = None if arguments.reference is None else read_reference(arguments.reference)
    with ExitStack() as stack:
        info: dict[str, Any] = {}
        if arguments.url is None:
            source = _replay(reference)
        else:
            client = stack.enter_context(OcrClient(arguments.url, {"det_max_side": str(arguments.det_max_side)}))
            info, source = client.info(), _reader(client)
        compared = reference.predictions if reference is not None and arguments.url is not None else {}
        results = [
            evaluate(sample, source, compared)
            for sample in track(samples, "reading", console=Console(stderr=True), transient=True)
        ]
    rows = rows_by_set(results)
    totals = [sum_up("all images", results), mean_of_sets("mean of sets", rows)]
    console.print(score_table(rows, totals, with_reference=bool(compared)))
    is_close = _print_findings(console, arguments, results, totals, reference)
    if arguments.out is not None:
        _write(arguments, results, [*rows, *totals], info, reference)
    return 0 if is_close and not any(result.failure for result in results) else 1


def _reader(client: OcrClient) -> Source:
    """Return a source that asks the service."""

    def read(sample: Sample) -> Prediction:
        return client.read(sample.path)

    return read


def _replay(reference: Reference | None) -> Source:
    """Return a source that repeats the reference's own answers; what it has not read counts as failed."""

    def read(sample: Sample) -> Prediction:
        if reference is None or sample.key not in reference.predictions:
            raise RequestFailedError("missing", "the reference file has no answer for this image")
        return reference.predictions[sample.key]

    return read


def _print_findings(
    console: Console,
    arguments: argparse.Namespace,
    results: Sequence[ImageResult],
    totals: Sequence[Row],
    reference: Reference | None,
) -> bool:
    """Print what is below the table; return whether the difference to the reference is small enough, or unmeasured."""
    for result in results:
        if result.failure is not None:
            console.print(f"[red]failed[/red] {escape(result.sample.key)}: {escape(str(result.failure))}")
    if reference is None or arguments.url is None:
        return True
    if (side := reference.header.get("det_max_side")) != arguments.det_max_side:
        console.print(
            f"[yellow]the reference detected at {side} pixels, the service at {arguments.det_max_side}[/yellow]"
        )
    if missing := sum(result.reference is None for result in results):
        console.print(f"[yellow]{missing} images are not in the reference and not compared[/yellow]")
    if differing := most_different(results, SHOWN_IMAGES):
        console.print(difference_table(differing))
    overall, by_set = (row.difference for row in totals)
    if overall is None or by_set is None:
        raise BenchError("the reference has none of these images")
    is_close: bool = abs(overall) <= arguments.max_difference
    verdict = "[green]within[/green]" if is_close else "[red]not within[/red]"
    console.print(
        f"char-F1 is {verdict} {arguments.max_difference:g} points of the reference: "
        f"{overall:+.3f} over all images, {by_set:+.3f} as the mean of the sets"
    )
    return is_close


def _write(
    arguments: argparse.Namespace,
    results: Sequence[ImageResult],
    rows: Sequence[Row],
    info: dict[str, Any],
    reference: Reference | None,
) -> None:
    """Write the JSON result: settings, the service's and the reference's description, the rows and every image."""
    document = {
        "settings": {
            name: str(value) for name, value in vars(arguments).items() if name != "run" and value is not None
        },
        "service": info,
        "reference": None if reference is None else reference.header,
        "rows": [{**asdict(row), "agreement": _agreement(row)} for row in rows],
        "images": [image_document(result) for result in results],
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _agreement(row: Row) -> dict[str, float | int | None]:
    """Return the shares of a row's agreement with the reference."""
    agreement = row.agreement
    return {"lines": agreement.lines, "identical_share": agreement.identical_share, "mean_iou": agreement.mean_iou}


def _console() -> Console:
    """Return a console on standard output, wide enough for the table where that is not a terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPED_WIDTH)
