"""Where the words of a line stand, for text that is laid over a picture: along the line, however it lies."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from app.pipeline.result import Line
from app.render.stretches import is_steep, stretches_of

Vector = tuple[float, float]

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

    @property
    def corners(self) -> tuple[Vector, Vector, Vector, Vector]:
        """Those of the room that it takes, from the bottom left."""
        start, end = self.start, _sum(self.start, self.along)
        return start, end, _sum(end, self.up), _sum(start, self.up)


def placed_words(line: Line) -> Iterator[Placed]:
    """The words of *line*, and the spaces between them, as they follow each other."""
    corners = line.polygon
    if is_steep(line):  # its letters lie on their side: what is to the right is their top
        corners = corners[1], corners[2], corners[3], corners[0]
    top_left, top_right, bottom_right, bottom_left = corners
    for stretch in stretches_of(line):
        start, stop = (_between(bottom_left, bottom_right, end) for end in (stretch.begin, stretch.end))
        along, up = _difference(stop, start), _difference(_between(top_left, top_right, stretch.begin), start)
        along = _or_one(along, (-up[1], up[0]))
        yield Placed(stretch.text, start, along, _or_one(up, (along[1], -along[0])))


def _between(one: Vector, other: Vector, share: float) -> Vector:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _sum(one: Vector, other: Vector) -> Vector:
    return one[0] + other[0], one[1] + other[1]


def _difference(end: Vector, start: Vector) -> Vector:
    return end[0] - start[0], end[1] - start[1]


def _or_one(vector: Vector, direction: Vector) -> Vector:
    """*vector*; where it has no length, a pixel in this *direction*, or to the right."""
    if math.hypot(*vector) >= _LEAST:
        return vector
    length = math.hypot(*direction)
    return (direction[0] / length, direction[1] / length) if length else (1.0, 0.0)
