"""What an OCR engine said about one image, whoever said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
Polygon = tuple[Point, ...]

CORNERS = 3
"""The fewest corners a polygon has."""


class MalformedPredictionError(ValueError):
    """A document that has not the promised members or types."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line and its box: left, top, right and bottom in pixels of the image as shown."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class SecondBest:
    """How a line would read had its closest decision gone the other way; ``margin`` is by how much it was decided."""

    text: str
    margin: float


@dataclass(frozen=True, slots=True)
class Line:
    """One recognised line: its text, its confidence in 0..1 (None if the engine gives none) and its outline.

    The polygon's corners are pixels of the image as shown, origin at the top left, x to the right, y down. ``words``
    and ``second_best`` are None where nobody asked for them.
    """

    text: str
    score: float | None
    polygon: Polygon
    words: tuple[Word, ...] | None = None
    second_best: SecondBest | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The lines of one image in reading order, the picture's size in pixels, and the wall time in seconds.

    ``angle``: the degrees by which the picture lay turned clockwise, and was turned back before it was read.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    seconds: float
    angle: int = 0

    @classmethod
    def from_service(cls, document: Any, seconds: float) -> Prediction:
        """Read the JSON document of ``POST /ocr`` for one single-page image.

        Raises MalformedPredictionError when a promised member is missing, has another type, or there is not one page.
        """
        try:
            pages = document["pages"]
            if len(pages) != 1:
                raise MalformedPredictionError(f"{len(pages)} pages where one was expected")
            page = pages[0]
            lines = tuple(
                _line(item["text"], item["score"], item["polygon"], item.get("words")) for item in page["lines"]
            )
            return cls(lines, int(page["width"]), int(page["height"]), seconds, int(page.get("angle", 0)))
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise MalformedPredictionError(f"{type(error).__name__}: {error}") from error

    @classmethod
    def from_reference(cls, record: Any) -> Prediction:
        """Read one record of ``bench/peers/paddleocr_predict.py``.

        Raises MalformedPredictionError when a promised member is missing, has another type or another length.
        """
        try:
            texts = record["texts"]
            absent = [None] * len(texts)
            words, second_best = record.get("words", absent), record.get("second_best", absent)
            columns = zip(texts, record["scores"], record["polys"], words, second_best, strict=True)
            lines = tuple(_line(*column) for column in columns)
            angle = int(record.get("angle", 0))
            return cls(lines, int(record["width"]), int(record["height"]), float(record["seconds"]), angle)
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise MalformedPredictionError(f"{type(error).__name__}: {error}") from error


def _line(text: Any, score: Any, polygon: Any, words: Any = None, second_best: Any = None) -> Line:
    """Return a checked line; raises MalformedPredictionError, or ValueError and TypeError for wrong numbers."""
    if not isinstance(text, str):
        raise MalformedPredictionError("a line's text is not a string")
    corners = tuple((float(x), float(y)) for x, y in polygon)
    if len(corners) < CORNERS:
        raise MalformedPredictionError(f"a polygon of {len(corners)} corners")
    return Line(
        text,
        None if score is None else float(score),
        corners,
        None if words is None else tuple(_word(word) for word in words),
        None if second_best is None else SecondBest(str(second_best["text"]), float(second_best["margin"])),
    )


def _word(word: Any) -> Word:
    """Return a checked word; raises KeyError, ValueError or TypeError for one of another form."""
    left, top, right, bottom = (int(side) for side in word["box"])
    return Word(str(word["text"]), (left, top, right, bottom))
