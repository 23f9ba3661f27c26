"""What ``bench accuracy`` finds out, as it is written to disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.accuracy.evaluation import ImageResult, Row, image_document, most_different

SHOWN_IMAGES = 10
SHOWN_LINES = 3


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One set, or the whole: F1, recall and shares in 0..1, seconds an image; ``difference`` in points of char-F1.

    What has to do with the reference is None where there is none.
    """

    name: str
    images: int
    char_f1: float
    word_f1: float | None
    line_recall: float | None
    seconds: float | None
    reference_char_f1: float | None
    difference: float | None
    identical_lines: float | None
    mean_iou: float | None

    @classmethod
    def of(cls, row: Row) -> ScoreRow:
        """Return a row with its agreement as shares."""
        agreement = row.agreement
        return cls(
            row.name,
            row.images,
            row.char_f1,
            row.word_f1,
            row.line_recall,
            row.seconds,
            row.reference_char_f1,
            row.difference,
            agreement.identical_share,
            agreement.mean_iou,
        )


@dataclass(frozen=True, slots=True)
class DifferentImage:
    """An image on which ours and the reference differ, with some of the lines that do."""

    image: str
    characters: int
    lines: str
    char_f1: float
    reference_char_f1: float
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccuracyResult:
    """The sets' rows, then ``totals`` over all images and as the mean of the sets; failures by image; every image."""

    rows: tuple[ScoreRow, ...]
    totals: tuple[ScoreRow, ...]
    failures: Mapping[str, str]
    different: tuple[DifferentImage, ...]
    reference: Mapping[str, Any] | None
    images: tuple[Mapping[str, Any], ...]


def accuracy_result(
    results: Sequence[ImageResult], rows: Sequence[Row], totals: Sequence[Row], reference: Mapping[str, Any] | None
) -> AccuracyResult:
    """Return what is kept of the images' results, their rows and the reference's description."""
    return AccuracyResult(
        rows=tuple(ScoreRow.of(row) for row in rows),
        totals=tuple(ScoreRow.of(row) for row in totals),
        failures={result.sample.key: str(result.failure) for result in results if result.failure is not None},
        different=tuple(_different(result) for result in most_different(results, SHOWN_IMAGES)),
        reference=reference,
        images=tuple(image_document(result) for result in results),
    )


def _different(result: ImageResult) -> DifferentImage:
    comparison, reference = result.comparison, result.reference
    if comparison is None or reference is None:
        raise AssertionError("only what was compared differs")
    agreement = comparison.agreement
    lines = [
        *([] if comparison.same_picture else ["another picture size: turned or scaled"]),
        *(f"{pair.ours.text} → {pair.theirs.text}" for pair in comparison.pairs if not pair.is_identical),
        *(f"{line.text} → (none)" for line in comparison.only_ours),
        *(f"(none) → {line.text}" for line in comparison.only_theirs),
    ]
    return DifferentImage(
        result.sample.key,
        comparison.character_gap,
        f"{agreement.lines - agreement.identical} of {agreement.lines}",
        result.score.characters.f1,
        reference.characters.f1,
        tuple(lines[:SHOWN_LINES]),
    )
