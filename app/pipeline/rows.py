"""Puts the pieces of a region into rows, and its rows into paragraphs."""

from bisect import bisect, insort
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from app.pipeline.pieces import Piece

_LEVEL = 0.7
"""Of the lower one's height: how much higher or lower one neighbour of a row may begin than the other ends."""

_OVERLAP = 0.5
"""Of the shorter one's length: what two pieces of a row may share."""

_OPEN_ROWS = 6
"""The lowest ones; a piece that belongs to none of them begins another."""

_STEP = 1.4
"""Of the usual step from row to row: the longest within a paragraph."""

_LOOSE_STEP = 1.8
"""Line heights: the usual step where there are too few rows to tell."""

_UNSURE = 2
"""Pixels by which a detector may be wrong about where a line begins or ends."""

_FEW_STEPS = 2
_ANOTHER_SIZE = 1.4
"""By which heights of rows differ of which one is a heading."""

_INDENT = 0.8
"""Line heights by which a paragraph's first row stands in at least."""

_FLUSH = 0.4
"""Line heights within which rows begin at the same place."""


class _Row:
    """Pieces from left to right, and the lowest of their bottoms."""

    __slots__ = ("bottom", "pieces")

    def __init__(self, piece: Piece) -> None:
        self.pieces = [piece]
        self.bottom = piece.bottom

    def add(self, piece: Piece) -> None:
        insort(self.pieces, piece)
        self.bottom = max(self.bottom, piece.bottom)

    def distance(self, piece: Piece) -> float | None:
        """How much higher or lower than its neighbours *piece* would stand; None where it has no place in the row."""
        if self.bottom <= piece.top:
            return None
        place = bisect(self.pieces, piece)
        before, after = self.pieces[place - 1 : place], self.pieces[place : place + 1]
        steps = [(abs(other.end - piece.begin), other) for other in before]
        steps += [(abs(other.begin - piece.end), other) for other in after]
        step, nearest = min(steps)
        if step >= _LEVEL * min(piece.height, nearest.height) or any(_overlap(piece, other) for _, other in steps):
            return None
        return step


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """*pieces*, which go from top to bottom, in rows from top to bottom, a row's from left to right.

    A piece joins the row whose end it continues, which follows rows over paper that is not flat.
    """
    rows: list[_Row] = []
    for piece in pieces:
        steps = [(step, row) for row in rows[-_OPEN_ROWS:] if (step := row.distance(piece)) is not None]
        if steps:
            min(steps, key=lambda each: each[0])[1].add(piece)
        else:
            rows.append(_Row(piece))
    return sorted((row.pieces for row in rows), key=lambda row: (median([piece.middle for piece in row]), row))


class _Shape(NamedTuple):
    """Of a row: the height at which it stands, how high it is, where it begins, whether it is more than one piece."""

    middle: float
    height: float
    left: float
    parted: bool

    @classmethod
    def of(cls, row: Sequence[Piece]) -> "_Shape":
        if len(row) == 1:
            return cls(row[0].middle, row[0].height, row[0].left, parted=False)
        middle, height = median([piece.middle for piece in row]), max([piece.height for piece in row])
        return cls(middle, height, row[0].left, parted=True)


def paragraphs_of(rows: Sequence[Sequence[Piece]]) -> list[list[Sequence[Piece]]]:
    """*rows* of a region in paragraphs.

    Another begins where the step to the next row is longer than usual, where the letters have another size, and where
    one row stands in between two that do not.
    """
    shapes = [_Shape.of(row) for row in rows]
    steps = [below.middle - above.middle for above, below in pairwise(shapes)]
    usual = median(steps) if len(steps) > _FEW_STEPS else None
    paragraphs: list[list[Sequence[Piece]]] = []
    for index, row in enumerate(rows):
        if index and not _begins(shapes[index - 1 : index + 2], usual):
            paragraphs[-1].append(row)
        else:
            paragraphs.append([row])
    return paragraphs


def _begins(rows: Sequence[_Shape], usual: float | None) -> bool:
    """Whether the second of up to three *rows* begins a paragraph."""
    above, row = rows[:2]
    height = min(above.height, row.height)
    longest = max(_STEP * usual, height) if usual is not None else _LOOSE_STEP * height
    highest = _ANOTHER_SIZE * height + 2 * _UNSURE
    if row.middle - above.middle > longest + _UNSURE or max(above.height, row.height) > highest:
        return True
    if len(rows) == 2 or above.parted or row.parted or rows[2].parted:
        return False
    return row.left - rows[2].left >= _INDENT * height and abs(above.left - rows[2].left) <= _FLUSH * height


def _overlap(one: Piece, other: Piece) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > _OVERLAP * min(one.right - one.left, other.right - other.left)
