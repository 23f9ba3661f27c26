"""A whole corpus: every image scored, alone and beside the reference, and summed by set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from bench.accuracy.corpus import Sample
from bench.accuracy.parity import Agreement, Comparison, compare
from bench.accuracy.scoring import Score, add_up, score
from bench.errors import RequestFailedError
from bench.prediction import Prediction

Source = Callable[[Sample], Prediction]
"""Reads one image; raises RequestFailedError when that brings no answer."""

NOTHING = Prediction((), 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class ImageResult:
    """One image's scores. An image without an answer scores as if nothing were read on it, and ``failure`` says why.

    ``reference`` is None for an image that the reference file has not.
    """

    sample: Sample
    score: Score
    seconds: float | None
    failure: RequestFailedError | None = None
    reference: Score | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result, fractions in 0..1 and wall seconds; None where there is nothing to say.

    ``difference`` is ours minus the reference in points (hundredths), over the images that both have, whose
    char-F1 of the reference is ``reference_char_f1``.
    """

    name: str
    images: int
    char_f1: float
    word_f1: float | None
    line_recall: float | None
    seconds: float | None
    reference_char_f1: float | None = None
    difference: float | None = None
    agreement: Agreement = field(default_factory=Agreement)


def evaluate(sample: Sample, source: Source, references: dict[str, Prediction]) -> ImageResult:
    """Read one image and score it, beside the reference where that has the image."""
    theirs = references.get(sample.key)
    reference = None if theirs is None else score(sample, theirs)
    try:
        ours = source(sample)
    except RequestFailedError as failure:
        missed = None if theirs is None else compare(NOTHING, theirs)
        return ImageResult(sample, score(sample, NOTHING), None, failure, reference, missed)
    comparison = None if theirs is None else compare(ours, theirs)
    return ImageResult(sample, score(sample, ours), ours.seconds, None, reference, comparison)


def rows_by_set(results: Sequence[ImageResult]) -> list[Row]:
    """Return a row a set, in the order in which the sets first appear; each sums its images' counts."""
    names = dict.fromkeys(result.sample.set_name for result in results)
    return [sum_up(name, [result for result in results if result.sample.set_name == name]) for name in names]


def sum_up(name: str, results: Sequence[ImageResult]) -> Row:
    """Return the row of these images taken together: counts are added first, so long pages weigh more."""
    total = add_up([result.score for result in results])
    timed = [result.seconds for result in results if result.seconds is not None]
    shared = [result for result in results if result.reference is not None]
    theirs = add_up([result.reference for result in shared if result.reference is not None]).characters.f1
    ours = add_up([result.score for result in shared]).characters.f1
    comparisons = [result.comparison for result in shared if result.comparison is not None]
    return Row(
        name=name,
        images=total.images,
        char_f1=total.characters.f1,
        word_f1=None if total.words is None else total.words.f1,
        line_recall=total.lines.value,
        seconds=fmean(timed) if timed else None,
        reference_char_f1=theirs if shared else None,
        difference=100 * (ours - theirs) if shared else None,
        agreement=sum((comparison.agreement for comparison in comparisons), Agreement()),
    )


def mean_of_sets(name: str, rows: Sequence[Row]) -> Row:
    """Return the mean over the sets, each weighing the same; sets without a value are left out of its mean."""
    return Row(
        name=name,
        images=sum(row.images for row in rows),
        char_f1=fmean(row.char_f1 for row in rows),
        word_f1=_mean([row.word_f1 for row in rows]),
        line_recall=_mean([row.line_recall for row in rows]),
        seconds=_mean([row.seconds for row in rows]),
        reference_char_f1=_mean([row.reference_char_f1 for row in rows]),
        difference=_mean([row.difference for row in rows]),
    )


def most_different(results: Sequence[ImageResult], count: int) -> list[ImageResult]:
    """Return the images on which ours and the reference differ, the widest character gap first."""
    differing = [result for result in results if _distance(result) > (0, 0)]
    return sorted(differing, key=_distance, reverse=True)[:count]


def image_document(result: ImageResult) -> dict[str, Any]:
    """Return one image's result as JSON values: F1 in 0..1, seconds, and every line that differs from the reference."""
    document: dict[str, Any] = {
        "image": result.sample.key,
        "char_f1": result.score.characters.f1,
        "word_f1": None if result.score.words is None else result.score.words.f1,
        "line_recall": result.score.lines.value,
        "seconds": result.seconds,
    }
    if result.failure is not None:
        document["failure"] = {"cause": result.failure.cause, "detail": result.failure.detail}
    if result.reference is not None and result.comparison is not None:
        document["reference_char_f1"] = result.reference.characters.f1
        document["comparison"] = _comparison_document(result.comparison)
    return document


def _comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values."""
    agreement = comparison.agreement
    return {
        "same_picture": comparison.same_picture,
        "character_gap": comparison.character_gap,
        "identical_lines": agreement.identical_share,
        "mean_iou": agreement.mean_iou,
        "changed": [
            {"ours": pair.ours.text, "reference": pair.theirs.text, "iou": round(pair.iou, 4)}
            for pair in comparison.pairs
            if not pair.is_identical
        ],
        "only_ours": [line.text for line in comparison.only_ours],
        "only_reference": [line.text for line in comparison.only_theirs],
    }


def _distance(result: ImageResult) -> tuple[int, int]:
    """Return how far ours is from the reference: characters that differ, then lines that do."""
    if result.comparison is None:
        return (0, 0)
    agreement = result.comparison.agreement
    return (result.comparison.character_gap, agreement.lines - agreement.identical)


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the values that are there, or None when none is."""
    present = [value for value in values if value is not None]
    return fmean(present) if present else None
