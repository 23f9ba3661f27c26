"""``python -m bench accuracy``: char-F1, word-F1 and line recall of a service over labelled images.

With ``--reference`` (a file of ``python -m bench reference``) also how far the service is from that engine. With
``--reference`` and without ``--url`` the reference itself is scored.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench.accuracy.corpus import Sample, load_corpus
from bench.accuracy.evaluation import ImageResult, Row, Source, evaluate, mean_of_sets, rows_by_set, sum_up
from bench.accuracy.result import accuracy_result
from bench.accuracy.sections import sections
from bench.client import OcrClient
from bench.command_line import add_corpus_arguments, chosen_sets, percentage
from bench.errors import BenchError, RequestFailedError
from bench.peers.reference_file import Reference, read_reference
from bench.prediction import Prediction
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.subject import Subject, add_subject_arguments, opened_subject

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "accuracy"
MAX_DIFFERENCE = 0.1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``accuracy``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="score a service over labelled images", description=__doc__, formatter_class=formatter
    )
    add_corpus_arguments(parser)
    parser.add_argument("--reference", type=Path, help="a reference engine's answers to compare with")
    parser.add_argument(
        "--max-difference",
        type=percentage,
        default=MAX_DIFFERENCE,
        metavar="POINTS",
        help="char-F1 over all images may differ from the reference by this much (default: %(default)s)",
    )
    add_subject_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 when an image failed or the difference to the reference is too large, else 0."""
    console, started_at = result_console(), now()
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    reference = None if arguments.reference is None else read_reference(arguments.reference)
    if arguments.url is None and reference is not None:
        label, info, compared = "the reference itself", {}, {}
        results = _evaluate(samples, _replay(reference), {})
    else:
        compared = {} if reference is None else reference.predictions
        with opened_subject(arguments) as subject, _reader(subject, arguments.det_max_side) as source:
            label, info = subject.label, dict(subject.info)
            results = _evaluate(samples, source, compared)
    rows = rows_by_set(results)
    totals = [sum_up("all images", results), mean_of_sets("mean of sets", rows)]
    result = accuracy_result(results, rows, totals, None if reference is None else reference.header)
    document = new_document(NAME, label, settings=vars(arguments), service=info, result=result, started_at=started_at)
    publish([document], sections([document]), arguments.out, console)
    is_close = reference is None or not compared or _is_close(console, arguments, results, totals, reference)
    return 0 if is_close and not result.failures else 1


def _evaluate(samples: Sequence[Sample], source: Source, compared: dict[str, Prediction]) -> list[ImageResult]:
    shown = track(samples, "reading", console=Console(stderr=True), transient=True)
    return [evaluate(sample, source, compared) for sample in shown]


@contextmanager
def _reader(subject: Subject, det_max_side: int) -> Iterator[Source]:
    """Yield a source that asks the service; the detector's side is an option of this service's own dialect alone."""
    own = {"det_max_side": str(det_max_side)} if subject.dialect.name == "native" else {}
    with OcrClient(subject.url, own | dict(subject.options), subject.dialect) as client:

        def read(sample: Sample) -> Prediction:
            return client.read(sample.path)

        yield read


def _replay(reference: Reference) -> Source:
    """Return a source that repeats the reference's own answers; what it has not read counts as failed."""

    def read(sample: Sample) -> Prediction:
        if sample.key not in reference.predictions:
            raise RequestFailedError("missing", "the reference file has no answer for this image")
        return reference.predictions[sample.key]

    return read


def _is_close(
    console: Console,
    arguments: argparse.Namespace,
    results: Sequence[ImageResult],
    totals: Sequence[Row],
    reference: Reference,
) -> bool:
    """Say whether the difference to the reference is small enough, and what the comparison rests on."""
    if (side := reference.header.get("det_max_side")) != arguments.det_max_side:
        console.print(
            f"the reference detected at {side} pixels, the service at {arguments.det_max_side}", style="yellow"
        )
    if missing := sum(result.reference is None for result in results):
        console.print(f"{missing} images are not in the reference and not compared", style="yellow")
    overall, by_set = (row.difference for row in totals)
    if overall is None or by_set is None:
        raise BenchError("the reference has none of these images")
    is_close: bool = abs(overall) <= arguments.max_difference
    console.print(
        f"char-F1 is {'within' if is_close else 'not within'} {arguments.max_difference:g} points of the reference: "
        f"{overall:+.3f} over all images, {by_set:+.3f} as the mean of the sets",
        style="green" if is_close else "red",
    )
    return is_close
