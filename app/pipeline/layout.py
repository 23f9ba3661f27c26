"""A page's lines as a person reads them: columns, paragraphs and rows, of horizontal and of vertical text."""

import math
from collections.abc import Sequence
from statistics import median

import numpy as np

from app.pipeline.block import Block, Box, Row, box_around
from app.pipeline.clusters import clusters_of
from app.pipeline.columns import regions_of
from app.pipeline.pieces import Piece, corners_of, directions_of, framed, piece_around, pieces_of
from app.pipeline.result import Line
from app.pipeline.rows import paragraphs_of, rows_of
from app.pipeline.spacing import separator


def blocks_of(lines: Sequence[Line]) -> tuple[Block, ...]:
    """*lines* in blocks, in reading order; each line is in one of them.

    In which order *lines* are given does not matter. Lines that run across most of the others, such as a horizontal
    heading over vertical text, are read by themselves, where they stand.
    """
    if not lines:
        return ()
    return _Page(lines, sorted(range(len(lines)), key=lambda index: (lines[index].polygon, lines[index].text))).blocks()


class _Page:
    """Lines while they are laid out."""

    def __init__(self, lines: Sequence[Line], order: Sequence[int]) -> None:
        """*order*: that in which *lines* are gone through."""
        self._order = order
        self._lines = lines = [lines[index] for index in order]
        self._corners = corners_of(lines)
        self._directions = directions_of(lines, self._corners)
        ends = np.hstack([self._corners.min(axis=1), self._corners.max(axis=1)])
        self._boxes: list[Box] = [(left, top, right, bottom) for left, top, right, bottom in ends.astype(int).tolist()]

    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the page."""
        along, vertical = self._directions.along, self._directions.vertical
        frame = framed(self._corners, self._corners[along], vertical=vertical)
        groups = clusters_of(pieces_of(self._lines, frame, self._directions.across))
        pieces = pieces_of(self._lines, frame, along)
        pieces += [piece_around(frame[list(group)], group) for group in groups]
        across = set(groups)
        return tuple(block for region in regions_of(pieces) for block in self._region(region, across))

    def _region(self, region: Sequence[Piece], across: set[tuple[int, ...]]) -> list[Block]:
        """The blocks of *region*, and among them, by their height, the groups that run *across*."""
        vertical = self._directions.vertical
        along = [piece for piece in region if piece.members not in across]
        placed = [(_middle(rows), self._block(rows, vertical=vertical)) for rows in paragraphs_of(rows_of(along))]
        for piece in region:
            if piece.members in across:
                place = _place(piece, along)
                placed += [(place, block) for block in self._group(piece.members)]
        return [block for _, block in sorted(placed, key=lambda each: each[0])]

    def _group(self, members: tuple[int, ...]) -> list[Block]:
        """The blocks of *members*, lines that run across the others."""
        vertical = not self._directions.vertical
        frame = framed(self._corners, self._corners[list(members)], vertical=vertical)
        regions = regions_of(pieces_of(self._lines, frame, members))
        paragraphs = [paragraph for region in regions for paragraph in paragraphs_of(rows_of(region))]
        return [self._block(rows, vertical=vertical) for rows in paragraphs]

    def _block(self, rows: Sequence[Sequence[Piece]], *, vertical: bool) -> Block:
        return Block(tuple(map(self._row, rows)), vertical)

    def _row(self, pieces: Sequence[Piece]) -> Row:
        indexes = [index for piece in pieces for index in piece.members]
        lines = [self._lines[index] for index in indexes]
        text = lines[0].text
        for line, before, after in zip(lines[1:], pieces, pieces[1:], strict=False):
            height = (before.height + after.height) / 2 or 1.0
            text += separator(text, line.text, (after.left - before.right) / height) + line.text
        return Row(
            tuple(self._order[index] for index in indexes), text, box_around([self._boxes[index] for index in indexes])
        )


def _middle(rows: Sequence[Sequence[Piece]]) -> float:
    return median(piece.middle for row in rows for piece in row)


def _place(group: Piece, pieces: Sequence[Piece]) -> float:
    """The height at which *group* is read among *pieces*: before all of them if it is left of them, else after them.

    A heading above vertical text stands left of it in the frame. Where it is neither its own height counts.
    """
    if all(group.right <= piece.left for piece in pieces):
        return -math.inf
    return math.inf if all(group.left >= piece.right for piece in pieces) else group.middle
