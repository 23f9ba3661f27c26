"""Tells the gutters between columns of text from the gaps between the cells of a table.

Both run down between lines. Beside a gutter stand lines that fill their column, one close below the other; or ones
that do not stand in rows with those across it. The cells of a row stand at one height, and most of them are short.
"""

from bisect import bisect, bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from app.pipeline.pieces import Piece

Gap: TypeAlias = tuple[float, float]
"""Where it begins and where it ends, from left to right."""

_LEAST_ROWS = 3
_WIDE = 8.0
_NARROW = 4.0
"""Line heights: what a column of text is at least wide, and what it is where it stands in no rows with the next."""

_FULL = 0.6
_VERY_FULL = 0.8
"""Of its width: how long a column's lines are, long ones counting for more; and where all stand level with others."""

_CLOSE = 1.2
"""Line heights between a line and the next one, in running text."""

_DENSE = 0.4
"""Of the rows of running text: how many are that close at least, with figures and formulas between them."""

_WORDED = 0.5
"""Of the length of running text: how much of it has more letters than digits and signs."""

_IN_ROWS = 0.6
"""Of the rows of the strip that has fewer: from this share on, what stands level with another is no coincidence."""

_LOCKED = 0.85
"""Of the same rows: from this share on, the two are a table, or columns on one grid of lines."""

_LEVEL = 0.3
"""Line heights by which the middles of two cells of a row may differ."""

_SAME_ROW = 0.5

_APART = 0.8
"""Line heights that lie between a running head and the columns beside what usually lies between lines."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """What stands between two gaps: its rows' middles from the top, and what it looks like."""

    middles: list[float]
    height: float
    wide: float
    full: float
    close: float
    worded: float

    @property
    def is_stacked(self) -> bool:
        return (
            len(self.middles) >= _LEAST_ROWS
            and self.wide >= _NARROW
            and self.close >= _DENSE
            and self.worded >= _WORDED
        )


def dividing_gaps(pieces: Sequence[Piece], gaps: Sequence[Gap]) -> list[Gap]:
    """Those of *gaps* that part columns. *pieces*: from top to bottom; *gaps*: from left to right."""
    if not gaps:
        return []
    strips = [_strip(some) for some in divided(pieces, gaps)]
    return [gap for gap, left, right in zip(gaps, strips, strips[1:], strict=False) if _parts_columns(left, right)]


def divided(pieces: Sequence[Piece], gaps: Sequence[Gap]) -> list[list[Piece]]:
    """*pieces* between the *gaps*, from left to right."""
    strips: list[list[Piece]] = [[] for _ in range(len(gaps) + 1)]
    begins = [begin for begin, _ in gaps]
    for piece in pieces:
        strips[bisect(begins, (piece.left + piece.right) / 2)].append(piece)
    return strips


def _parts_columns(left: _Strip, right: _Strip) -> bool:
    if not left.is_stacked or not right.is_stacked:
        return False
    level = _level_share(left, right)
    if level < _IN_ROWS:
        return True
    full = _FULL if level < _LOCKED else _VERY_FULL
    return min(left.wide, right.wide) >= _WIDE and min(left.full, right.full) >= full


def _level_share(left: _Strip, right: _Strip) -> float:
    """The share of the rows of the one with fewer that stand at the height of one of the other's."""
    few, many = sorted((left, right), key=lambda strip: len(strip.middles))
    reach = _LEVEL * min(few.height, many.height)
    level = 0
    for middle in few.middles:
        place = bisect_left(many.middles, middle - reach)
        level += place < len(many.middles) and many.middles[place] <= middle + reach
    return level / len(few.middles)


def _strip(pieces: Sequence[Piece]) -> _Strip:
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and piece.middle - rows[-1][0].middle < _SAME_ROW * min(piece.height, rows[-1][0].height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    if not rows:
        return _Strip([], 0, 0, 0, 0, 0)
    height = median(piece.height for piece in pieces) or 1.0
    widths = [sum(piece.right - piece.left for piece in row) for row in rows]
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    usual = sum(each * each for each in widths) / (sum(widths) or 1.0)
    middles = [row[0].middle for row in rows]
    close = sum(below[0].top - above[-1].bottom <= _CLOSE * height for above, below in pairwise(rows))
    worded = sum(piece.right - piece.left for piece in pieces if piece.worded) / (sum(widths) or 1.0)
    return _Strip(middles, height, usual / height, usual / (width or 1.0), close / max(len(rows) - 1, 1), worded)


def without_running_heads(pieces: Sequence[Piece], gaps: Sequence[Gap]) -> tuple[list[Piece], list[Piece], list[Piece]]:
    """*pieces*, from top to bottom, in three: single rows above the columns, the columns, single rows below them."""
    height = median(piece.height for piece in pieces)
    usual = max(_usual_gap(strip) for strip in divided(pieces, gaps))
    slices = _slices(pieces, _APART * height + usual)
    first, last = 0, len(slices)
    while last - first > 1 and _is_row(slices[first], height) and any(divided(slices[first], gaps)[1:]):
        first += 1
    while last - first > 1 and _is_row(slices[last - 1], height):
        last -= 1
    head, body, foot = (
        [piece for one in some for piece in one] for some in (slices[:first], slices[first:last], slices[last:])
    )
    return head, body, foot


def _usual_gap(pieces: Sequence[Piece]) -> float:
    gaps = [below.top - above.bottom for above, below in pairwise(pieces)]
    return max(median(gaps), 0.0) if gaps else 0.0


def _slices(pieces: Sequence[Piece], apart: float) -> list[list[Piece]]:
    """*pieces* cut across wherever nothing stands for *apart* pixels or more."""
    slices: list[list[Piece]] = []
    bottom = 0.0
    for piece in pieces:
        if slices and piece.top - bottom < apart:
            slices[-1].append(piece)
            bottom = max(bottom, piece.bottom)
        else:
            slices.append([piece])
            bottom = piece.bottom
    return slices


def _is_row(pieces: Sequence[Piece], height: float) -> bool:
    return pieces[-1].middle - pieces[0].middle <= _SAME_ROW * height
