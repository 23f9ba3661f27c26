"""Which lines stand together, apart from all others."""

from collections.abc import Callable, Sequence
from statistics import median

from app.pipeline.pieces import Piece

_NEAR = 1.0
"""Line heights: what lies between lines that stand together."""

_Span = Callable[[Piece], tuple[float, float]]

_SPANS: tuple[_Span, _Span] = (lambda piece: (piece.left, piece.right), lambda piece: (piece.top, piece.bottom))


def clusters_of(pieces: Sequence[Piece]) -> list[tuple[int, ...]]:
    """The members of *pieces* in groups that no line's height of empty paper cuts in two, across or down."""
    if not pieces:
        return []
    apart = _NEAR * median(min(piece.height, piece.right - piece.left) for piece in pieces)
    done: list[tuple[int, ...]] = []
    pending = [(list(pieces), 0, 0)]
    while pending:
        some, axis, whole = pending.pop()
        parts = _cut(some, _SPANS[axis], apart)
        whole = whole + 1 if len(parts) == 1 else 0
        if whole == len(_SPANS):
            done.append(tuple(member for piece in some for member in piece.members))
        else:
            pending += [(part, 1 - axis, whole) for part in parts]
    return done


def _cut(pieces: Sequence[Piece], span: _Span, apart: float) -> list[list[Piece]]:
    parts: list[list[Piece]] = []
    reached = 0.0
    for piece in sorted(pieces, key=lambda piece: (span(piece), piece)):
        begin, end = span(piece)
        if parts and begin - reached < apart:
            parts[-1].append(piece)
            reached = max(reached, end)
        else:
            parts.append([piece])
            reached = end
    return parts
