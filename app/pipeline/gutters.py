"""Tells the gutters between columns of text from the gaps between the cells of a table.

Both run down between lines. Beside a gutter stand lines that fill their column, one close below the other; or ones
that do not stand in rows with those across it. The cells of a row stand at one height, and most of them are short.
"""

from bisect import bisect, bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median
from typing import TypeAlias

from app.pipeline.pieces import Piece

Gap: TypeAlias = tuple[float, float]
"""Where it begins and where it ends, from left to right."""

_LEAST_ROWS = 3
_MANY_ROWS = 5
"""What a column has at least; and where nothing but its not standing level with the next one tells that it is one."""

_WIDE = 8.0
_NARROW = 4.0
"""Line heights: what a column of text is at least wide, and what it is where it stands in no rows with the next."""

_FULL = 0.6
"""Of its width: how long a column's lines are, long ones counting for more."""

_EVEN = 0.6
_ALIKE = 0.15
"""Of running text: how many lines are as long as the one above or below, but for so much; it flows round pictures."""

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

_JOINED = 0.5
"""Line heights: what lies nearer to the next piece of a row is one line with it."""

_LONGER = 1.5
"""Of the usual length: from here on a line is a heading that crosses columns, and tells nothing of this one."""


_APART = 0.8
"""Line heights that lie between a running head and the columns beside what usually lies between lines."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """What stands at one side of a gap, of each row what is next to it.

    middles: of the rows, from the top. height: of a line. wide: how long lines are, in line heights. full: the same, of
    the longest one. close: the share of rows that follow closely. worded: the share of their length that has letters.
    even: the share of rows that are as long as one next to them.
    """

    middles: list[float]
    height: float
    wide: float
    full: float
    close: float
    worded: float
    even: float

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
    strips = divided(pieces, gaps)
    sides = ((_strip(left, left_of_gap=True), _strip(right, left_of_gap=False)) for left, right in pairwise(strips))
    return [gap for gap, (left, right) in zip(gaps, sides, strict=True) if _parts_columns(left, right)]


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
    if level < _IN_ROWS and min(len(left.middles), len(right.middles)) >= _MANY_ROWS:
        return True
    if level >= _LOCKED and min(left.even, right.even) < _EVEN:
        return False
    return min(left.wide, right.wide) >= _WIDE and min(left.full, right.full) >= _FULL


def _level_share(left: _Strip, right: _Strip) -> float:
    """The share of the rows of the one with fewer that stand at the height of one of the other's."""
    few, many = sorted((left, right), key=lambda strip: len(strip.middles))
    reach = _LEVEL * min(few.height, many.height)
    level = 0
    for middle in few.middles:
        place = bisect_left(many.middles, middle - reach)
        level += place < len(many.middles) and many.middles[place] <= middle + reach
    return level / len(few.middles)


def _strip(pieces: Sequence[Piece], *, left_of_gap: bool) -> _Strip:
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and piece.middle - rows[-1][0].middle < _SAME_ROW * min(piece.height, rows[-1][0].height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    if not rows:
        return _Strip([], 0, 0, 0, 0, 0, 0)
    height = median([piece.height for piece in pieces]) or 1.0
    runs = [_run(row, _JOINED * height, from_right=left_of_gap) if len(row) > 1 else row for row in rows]
    widths = [sum([piece.right - piece.left for piece in run]) for run in runs]
    column = _of_the_column(widths)
    usual = sum([each * each for each in column]) / (sum(column) or 1.0)
    close = sum(below[0].top - above[-1].bottom <= _CLOSE * height for above, below in pairwise(rows))
    worded = sum([piece.right - piece.left for run in runs for piece in run if piece.worded]) / (sum(widths) or 1.0)
    return _Strip(
        middles=[run[0].middle for run in runs],
        height=height,
        wide=usual / height,
        full=usual / (column[-1] or 1.0),
        close=close / max(len(rows) - 1, 1),
        worded=worded,
        even=_even_share(widths),
    )


def _even_share(widths: Sequence[float]) -> float:
    alike = [abs(below - above) <= _ALIKE * max(above, below) for above, below in pairwise(widths)]
    return sum(before or after for before, after in zip([False, *alike], [*alike, False], strict=True)) / len(widths)


def _run(row: Sequence[Piece], joined: float, *, from_right: bool) -> list[Piece]:
    """Those pieces of *row* that follow each other without a gap, from the one on that stands beside the gutter."""
    ordered = sorted(row, key=lambda piece: piece.left, reverse=from_right)
    run = ordered[:1]
    for piece in ordered[1:]:
        before, after = (piece, run[-1]) if from_right else (run[-1], piece)
        if after.left - before.right >= joined:
            break
        run.append(piece)
    return run


def _of_the_column(widths: Sequence[float]) -> list[float]:
    """Those of *widths* that are not much longer than half of the text is, as a heading across columns would be."""
    ordered = sorted(widths)
    half = bisect(list(accumulate(ordered)), sum(ordered) / 2)
    return ordered[: bisect(ordered, _LONGER * ordered[min(half, len(ordered) - 1)])]


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
