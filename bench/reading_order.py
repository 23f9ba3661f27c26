"""``python -m bench reading-order``: do lines come in the order in which a person reads them?

Three orders are compared: the service's, PaddleOCR's, and a plain sort by the lines' tops. First on the labels, whose
quads and texts are shuffled and laid out again: so nothing is misread, and nothing but the order is measured. Then,
with ``--url``, on what a service reads: its lines in each order against the labelled text.

Only sets whose labels are in reading order are looked at, and pages of several columns have rows of their own.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.progress import track

from app.pipeline.layout import blocks_of
from app.pipeline.reading_order import reading_order
from app.pipeline.result import Line
from bench.accuracy.corpus import Sample, load_corpus
from bench.accuracy.normalization import comparable
from bench.client import OcrClient
from bench.command_line import add_corpus_arguments, chosen_sets
from bench.errors import BenchError
from bench.prediction import Polygon

UNORDERED_SETS = ("aicup_street", "funsd_forms", "icdar2015_scene", "plates_zh")
"""Sets (by the start of their name) whose labels are in no order that a reader would take."""

COLUMNS = frozenset(
    {
        "mdpbench_demo_multi17/images/es_book_0_indoor_light_top_crease_bend-in.jpg",
        "mdpbench_demo_multi17/images/es_book_0_outdoor_light_top_wrinkle_blur.jpg",
        "omnidocbench_demo_zh_en/images/jiaocaineedrop_Chapter9.pdf_46.jpg",
        "omnidocbench_demo_zh_en/images/newspaper_5e266dfd9c498cab274e12a7b4a75755_4.jpg",
        "pdf_pages_en/images/demo2_p003.jpg",
        "scribe_docs_en/images/multicol_06.png",
        "tesseract_test_en/images/8071_093.3B.tif",
        "tesseract_test_en/images/8087_054.3B.tif",
    }
)
"""Pages that have several columns of text."""

SEVERAL = "pages of several columns"
_SEED = 9
_HEADING = "| what | pages | reading order | PaddleOCR's | by their tops |\n| --- | --: | --: | --: | --: |"

Order = Callable[[Sequence[Line]], list[int]]


@dataclass(frozen=True, slots=True)
class Scores:
    """One page's, an order each: the service's, PaddleOCR's, and by the lines' tops; fractions in 0..1."""

    sample: Sample
    by_order: tuple[float, float, float]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``reading-order``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "reading-order", help="lines in a reader's order", description=__doc__, formatter_class=formatter
    )
    add_corpus_arguments(parser)
    parser.add_argument("--url", help="a running service that reads the pages as well, such as http://127.0.0.1:9000")
    parser.add_argument("--out", type=Path, help="write the Markdown tables there, too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where PaddleOCR's order is better on the pages of several columns, else 0."""
    loaded = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    samples = [sample for sample in loaded if not sample.set_name.startswith(UNORDERED_SETS)]
    labelled = [sample for sample in samples if len(_labelled_lines(sample)) > 1]
    if not samples:
        raise BenchError("no images whose labels are in reading order")
    neighbours = [_on_labels(sample, neighbours_kept) for sample in labelled]
    pairs = [_on_labels(sample, pairs_kept) for sample in labelled]
    tables = [("Lines that are followed by their next one", neighbours), ("Pairs of lines in their order", pairs)]
    if arguments.url:
        tables.append(("Likeness of the text that was read", _on_readings(arguments, samples)))
    report = "\n".join(f"### {title}, per cent\n{_table(scores)}\n" for title, scores in tables if scores)
    sys.stdout.write(report)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(report, encoding="utf-8")
    return 0 if all(_is_better(scores) for _, scores in tables) else 1


def by_layout(lines: Sequence[Line]) -> list[int]:
    """Return the places of *lines* as the service orders them."""
    return [index for block in blocks_of(lines) for index in block.lines]


def by_paddleocr(lines: Sequence[Line]) -> list[int]:
    """Return the places of *lines* as PaddleOCR orders them."""
    return reading_order(np.array([line.polygon for line in lines], np.int32).reshape(-1, 4, 2))


def by_tops(lines: Sequence[Line]) -> list[int]:
    """Return the places of *lines* from the highest top to the lowest, then from left to right."""
    return sorted(range(len(lines)), key=lambda index: (lines[index].box[1], lines[index].box[0]))


def neighbours_kept(order: Sequence[int]) -> float:
    """Return the share of the items 0, 1, 2, … that the next one directly follows, in 0..1; 1 for a single item."""
    kept = sum(second == first + 1 for first, second in pairwise(order))
    return kept / (len(order) - 1) if len(order) > 1 else 1.0


def pairs_kept(order: Sequence[int]) -> float:
    """Return the share of all pairs of items that are in ascending order, in 0..1 (half of Kendall's tau plus 1)."""
    places = np.asarray(order)
    count = len(places) * (len(places) - 1) // 2
    kept = sum(int((places[index + 1 :] > places[index]).sum()) for index in range(len(places)))
    return kept / count if count else 1.0


def likeness(text: str, truth: str) -> float:
    """Return 1 less the edits between both texts, without case and white space, by the longer one's length."""
    return Levenshtein.normalized_similarity(comparable(text), comparable(truth))


def _labelled_lines(sample: Sample) -> list[Line]:
    """Return the labelled lines that have a quad and text, in the order of the labels."""
    return [
        Line(line.text, 1.0, _quad(line.quad))
        for line in sample.lines
        if line.quad and line.text.strip() and not line.ignore
    ]


def _quad(polygon: Polygon) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return four whole corners: the polygon's own, else those of the rectangle around it."""
    xs, ys = ([round(value) for value in values] for values in zip(*polygon, strict=True))
    if len(polygon) == 4:
        first, second, third, fourth = zip(xs, ys, strict=True)
        return first, second, third, fourth
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _on_labels(sample: Sample, measure: Callable[[Sequence[int]], float]) -> Scores:
    """Return the scores of the sample's labelled lines, shuffled and put into each order."""
    lines = _labelled_lines(sample)
    places = random.Random(_SEED).sample(range(len(lines)), len(lines))  # noqa: S311 - an order, no secrets
    shuffled = [lines[place] for place in places]
    first, second, third = (
        measure([places[index] for index in order(shuffled)]) for order in (by_layout, by_paddleocr, by_tops)
    )
    return Scores(sample, (first, second, third))


def _on_readings(arguments: argparse.Namespace, samples: Sequence[Sample]) -> list[Scores]:
    """Return the scores of what the service reads. Its own order is that of its answer."""
    scores = []
    with OcrClient(arguments.url, {"det_max_side": str(arguments.det_max_side)}) as client:
        for sample in track(samples, "reading", console=Console(stderr=True), transient=True):
            read = [Line(line.text, 1.0, _quad(line.polygon)) for line in client.read(sample.path).lines]
            orders = (list(range(len(read))), by_paddleocr(read), by_tops(read))
            texts = ("".join(read[index].text for index in order) for order in orders)
            first, second, third = (likeness(text, sample.text) for text in texts)
            scores.append(Scores(sample, (first, second, third)))
    return scores


def _is_better(scores: Sequence[Scores]) -> bool:
    """Return whether the service's order is as good as PaddleOCR's on the pages of several columns."""
    several = [each.by_order for each in scores if each.sample.key in COLUMNS]
    return not several or fmean(ours for ours, _, _ in several) >= fmean(theirs for _, theirs, _ in several)


def _table(scores: Sequence[Scores]) -> str:
    """Return the table: a row a page of several columns, one for all of them, and one a set."""
    several = [each for each in scores if each.sample.key in COLUMNS]
    rows = [_row(each.sample.key, [each]) for each in several]
    rows += [_row(SEVERAL, several)] if several else []
    names = dict.fromkeys(each.sample.set_name for each in scores)
    rows += [_row(name, [each for each in scores if each.sample.set_name == name]) for name in names]
    return "\n".join([_HEADING, *rows])


def _row(what: str, scores: Sequence[Scores]) -> str:
    means = (100 * fmean(values) for values in zip(*(each.by_order for each in scores), strict=True))
    return f"| {what} | {len(scores)} | " + " | ".join(f"{mean:.1f}" for mean in means) + " |"
