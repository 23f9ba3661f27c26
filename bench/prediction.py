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
class Line:
    """One recognised line: its text, its confidence in 0..1 (None if the engine gives none) and its outline.

    The polygon's corners are pixels of the image as shown, origin at the top left, x to the right, y down.
    """

    text: str
    score: float | None
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Prediction:
    """The lines of one image in reading order, the picture's size in pixels, and the wall time in seconds."""

    lines: tuple[Line, ...]
    width: int
    height: int
    seconds: float

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
            lines = tuple(_line(item["text"], item["score"], item["polygon"]) for item in page["lines"])
            return cls(lines, int(page["width"]), int(page["height"]), seconds)
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise MalformedPredictionError(f"{type(error).__name__}: {error}") from error

    @classmethod
    def from_reference(cls, record: Any) -> Prediction:
        """Read one record of ``bench/peers/paddleocr_predict.py``.

        Raises MalformedPredictionError when a promised member is missing, has another type or another length.
        """
        try:
            columns = zip(record["texts"], record["scores"], record["polys"], strict=True)
            lines = tuple(_line(*column) for column in columns)
            return cls(lines, int(record["width"]), int(record["height"]), float(record["seconds"]))
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise MalformedPredictionError(f"{type(error).__name__}: {error}") from error


def _line(text: Any, score: Any, polygon: Any) -> Line:
    """Return a checked line; raises MalformedPredictionError, or ValueError and TypeError for wrong numbers."""
    if not isinstance(text, str):
        raise MalformedPredictionError("a line's text is not a string")
    corners = tuple((float(x), float(y)) for x, y in polygon)
    if len(corners) < CORNERS:
        raise MalformedPredictionError(f"a polygon of {len(corners)} corners")
    return Line(text, None if score is None else float(score), corners)
