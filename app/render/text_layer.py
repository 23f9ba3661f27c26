"""Where the words of a line stand, for text that is laid over a picture: along the line, however it lies."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from app.pipeline.result import Line, Word
from app.render.passages import is_steep

Vector = tuple[float, float]

_RUN = re.compile(r"\s+|\S+")
_LEAST = 1.0
"""Pixels that a word and a line take at least: text without any extent cannot be laid out."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Text, and where it stands, in pixels of the page.

    start: the bottom left corner of its first letter. along: from there to the end of the last one. up: from there to
    the top of the line.
    """

    text: str
    start: Vector
    along: Vector
    up: Vector


@dataclass(slots=True)
class _Stretch:
    """Letters or spaces of a line. begin, end: shares of the line's length."""

    text: str
    begin: float
    end: float


def placed_words(line: Line) -> Iterator[Placed]:
    """The words of *line*, and the spaces between them, as they follow each other.

    What no space divides has no gap, else readers would see a space there: a comma would be a word of its own. Where
    nobody told words apart the line is divided evenly.
    """
    corners = line.polygon
    if is_steep(line):  # its letters lie on their side: what is to the right is their top
        corners = corners[1], corners[2], corners[3], corners[0]
    top_left, top_right, bottom_right, bottom_left = corners
    for stretch in _joined(list(_stretches(line))):
        start, stop = (_between(bottom_left, bottom_right, end) for end in (stretch.begin, stretch.end))
        along, up = _difference(stop, start), _difference(_between(top_left, top_right, stretch.begin), start)
        along = _or_one(along, (-up[1], up[0]))
        yield Placed(stretch.text, start, along, _or_one(up, (along[1], -along[0])))


def _stretches(line: Line) -> Iterator[_Stretch]:
    """Runs of letters and of spaces. Words are measured on the page's axis that is nearest to the line."""
    axis, last = (1, line.polygon[3]) if is_steep(line) else (0, line.polygon[1])
    first = line.polygon[0][axis]
    length = last[axis] - first or 1
    for word in line.words or (Word(line.text, line.box),):
        begin, end = sorted((word.box[side] - first) / length for side in (axis, axis + 2))
        letter = (end - begin) / len(word.text)
        for run in _RUN.finditer(word.text):
            yield _Stretch(run[0], begin + letter * run.start(), begin + letter * run.end())


def _joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """*stretches*, each of which now ends where the next begins: spaces have all the room that letters leave."""
    for one, other in pairwise(stretches):
        edge = (one.end + other.begin) / 2
        if other.text.isspace():
            edge = one.end
        elif one.text.isspace():
            edge = other.begin
        one.end = other.begin = edge
    return stretches


def _between(one: Vector, other: Vector, share: float) -> Vector:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _difference(end: Vector, start: Vector) -> Vector:
    return end[0] - start[0], end[1] - start[1]


def _or_one(vector: Vector, direction: Vector) -> Vector:
    """*vector*; where it has no length, a pixel in this *direction*, or to the right."""
    if math.hypot(*vector) >= _LEAST:
        return vector
    length = math.hypot(*direction)
    return (direction[0] / length, direction[1] / length) if length else (1.0, 0.0)
