"""Cuts a page into regions that are read one after the other: its columns, and what stands above, below and between.

A recursive XY-cut. The classical one (Nagy and Seth, 1984) cuts at the widest gap between the projections of a page;
this one first looks for gutters, gaps that run down between lines for as long as no line crosses them, so that a
heading across two columns ends them however close it stands. The gaps of a table look the same: `gutters.py` tells.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from app.pipeline.gutters import Gap, divided, dividing_gaps, without_running_heads
from app.pipeline.pieces import Piece

_DEEPEST = 8
"""Columns within columns."""

_NARROWEST = 0.5
"""Of the usual height of a line: the least width of a gutter."""

_BESIDE = 0.5
"""Of the lower one's height: how much higher or lower a line's neighbour may stand."""

_NEIGHBOURS = 8
"""How many of the next lines down a page may be the neighbour of one."""

_MOST_GAPS = 64
"""Side by side; the narrowest are forgotten, so that no page takes long."""

_SLACK = 0.1
"""Of its height: how far into a line, at either end, a gap may reach; detectors draw lines a little too long."""


def regions_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """*pieces* in regions, in reading order; the pieces of a region go from top to bottom, by their middles."""
    done: list[list[Piece]] = []
    pending = [(sorted(pieces, key=lambda piece: (piece.middle, piece)), 0)] if pieces else []
    while pending:
        some, depth = pending.pop()
        parts = _parts(some) if depth < _DEEPEST else [[some]]
        if len(parts) == 1 and len(parts[0]) == 1:
            done.append(some)
            continue
        pending += [(strip, depth + 1 if len(part) > 1 else _DEEPEST) for part in parts[::-1] for strip in part[::-1]]
    return done


def _parts(pieces: list[Piece]) -> list[list[list[Piece]]]:
    """*pieces* from top to bottom in parts: a part is its columns, one where it has no gutter."""
    parts: list[list[list[Piece]]] = []
    plain: list[Piece] = []
    for band, gutters in _bands(pieces):
        head, body, foot = without_running_heads(band, gutters) if gutters else (band, [], [])
        plain += head
        if body:
            parts += [[plain]] if plain else []
            parts.append([strip for strip in divided(body, gutters) if strip])
            plain = foot
    return parts + ([[plain]] if plain else [])


def _bands(pieces: list[Piece]) -> Iterator[tuple[list[Piece], list[Gap]]]:
    """*pieces* cut across, from top to bottom, each band with the gutters that run down the whole of it.

    A band grows from two neighbours. One that has no gutter is left where it is: a band from below may still grow into
    it, where a gutter begins beside a gap that did not last.
    """
    least = max(_NARROWEST * median([piece.height for piece in pieces]), 1.0)
    page = min([piece.left for piece in pieces]), max([piece.right for piece in pieces])
    begun = at = 0
    while at < len(pieces):
        last = _neighbour(pieces, at, least)
        if last is None:
            at += 1
            continue
        top, bottom, gaps = _grown(pieces, (begun, at, last + 1), _Clear(page, least, pieces[at : last + 1]))
        at = max(bottom, at + 1)
        if gutters := dividing_gaps(pieces[top:bottom], gaps):
            top, bottom = _trimmed(pieces, begun, top, bottom)
            yield pieces[begun:top], []
            yield pieces[top:bottom], gutters
            begun = at = bottom
    yield pieces[begun:], []


def _grown(pieces: list[Piece], place: tuple[int, int, int], clear: "_Clear") -> tuple[int, int, list[Gap]]:
    """Where a band begins and ends, and its gaps. *place*: where it may begin; where those begin and end that it has.

    It grows upwards and downwards for as long as a gap between lines remains.
    """
    first, top, bottom = place
    if not clear.gaps:
        return top, top, []
    while top > first and clear.adds(pieces[top - 1]):
        top -= 1
    while bottom < len(pieces) and clear.adds(pieces[bottom]):
        bottom += 1
    return top, bottom, clear.gaps


def _trimmed(pieces: list[Piece], begun: int, top: int, bottom: int) -> tuple[int, int]:
    """Where the band from *top* to *bottom* begins and ends without what stands beside the lines that ended it.

    *begun*: where the pieces begin that are not in a band yet.
    """
    first, last = top, bottom
    if top > begun:
        while first < bottom - 1 and _are_level(pieces[top - 1], pieces[first]):
            first += 1
    if bottom < len(pieces):
        while last > first + 1 and _are_level(pieces[last - 1], pieces[bottom]):
            last -= 1
    return first, last


def _neighbour(pieces: Sequence[Piece], index: int, least: float) -> int | None:
    """The place of one that stands beside the piece at *index*, *least* away or more."""
    piece = pieces[index]
    for place in range(index + 1, min(index + 1 + _NEIGHBOURS, len(pieces))):
        other = pieces[place]
        if not _are_level(piece, other):
            return None
        if max(piece.left, other.left) - min(piece.right, other.right) >= least:
            return place
    return None


def _are_level(piece: Piece, lower: Piece) -> bool:
    return lower.middle - piece.middle <= _BESIDE * lower.height


class _Clear:
    """What of the width of a page lies between pieces and is covered by none; gaps: from left to right."""

    def __init__(self, page: Gap, least: float, pieces: Sequence[Piece]) -> None:
        self._least = least
        self._first_end, self._last_begin = page[1], page[0]
        self._free = [page]
        for piece in pieces:
            self._free, self._first_end, self._last_begin = self._with(piece)
        self.gaps = self._between(self._free, self._first_end, self._last_begin)

    def adds(self, piece: Piece) -> bool:
        """Cover what *piece* covers, unless no gap would remain; whether it did."""
        covered = self._with(piece)
        gaps = self._between(*covered)
        if gaps:
            self._free, self._first_end, self._last_begin = covered
            self.gaps = gaps
        return bool(gaps)

    def _with(self, piece: Piece) -> tuple[list[Gap], float, float]:
        slack = _SLACK * piece.height
        left, right = piece.left + slack, max(piece.right - slack, piece.left + slack)
        free: list[Gap] = []
        for begin, end in self._free:
            if right <= begin or end <= left:
                free.append((begin, end))
            else:
                free += [(one, other) for one, other in ((begin, left), (right, end)) if other - one >= self._least]
        if len(free) > _MOST_GAPS:
            free.remove(min(free, key=lambda gap: gap[1] - gap[0]))
        return free, min(self._first_end, right), max(self._last_begin, left)

    @staticmethod
    def _between(free: Sequence[Gap], first_end: float, last_begin: float) -> list[Gap]:
        return [(begin, end) for begin, end in free if first_end <= begin and end <= last_begin]
