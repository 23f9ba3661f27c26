"""Lines of a page as upright boxes in a frame in which text runs from left to right and rows follow from the top."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.pipeline.result import Line

Corners: TypeAlias = NDArray[np.float64]
"""Corners of quads, pixels, (n, 4, 2)."""

_LONG = 3.0
"""Line heights of the others: how long a line that runs across them is at least. Fractions are higher than wide too."""

_TALL = 1.5
"""From this height by width on a line runs downwards: it was turned before it was read."""


class Piece(NamedTuple):
    """What lies in one place, and its members: a line, or several that run across the others.

    begin, end: the height of its middle at its left and at its right end, which differ where the paper is not flat.
    worded: there are more letters than digits and signs in it, or it was not read.
    """

    left: float
    top: float
    right: float
    bottom: float
    middle: float
    height: float
    begin: float
    end: float
    members: tuple[int, ...]
    worded: bool = True


@dataclass(frozen=True, slots=True)
class Directions:
    """Indexes of the lines that run as most of the text does, and of those that run across. vertical: the former do."""

    along: list[int]
    across: list[int]
    vertical: bool


def corners_of(lines: Sequence[Line]) -> Corners:
    """The corners of *lines*, clockwise from the top left one of the page, wherever the text begins."""
    corners = np.array([line.polygon for line in lines], np.float64).reshape(-1, 4, 2)
    along, down = _sides(corners)
    on_its_head = np.where(_are_tall(along, down), down[:, 1] < 0, along[:, 0] < 0)
    corners[on_its_head] = np.roll(corners[on_its_head], 2, axis=1)
    return corners


def directions_of(lines: Sequence[Line], corners: Corners) -> Directions:
    """Which of *lines* run as most do and which across.

    What is short, as wide as high, or a lone character is taken to run as the others.
    """
    along, down = _sides(corners)
    tall, wide = _are_tall(along, down), _are_tall(down, along)
    lengths = np.maximum(np.linalg.norm(along, axis=1), np.linalg.norm(down, axis=1))
    is_run = np.array([len(line.text) != 1 for line in lines], bool)
    vertical = bool(lengths[is_run & tall].sum() > lengths[is_run & wide].sum())
    across = is_run & (wide if vertical else tall)
    thick = np.minimum(np.linalg.norm(along, axis=1), np.linalg.norm(down, axis=1))
    across &= lengths >= _LONG * np.median(thick[~across])
    return Directions(np.flatnonzero(~across).tolist(), np.flatnonzero(across).tolist(), vertical)


def framed(corners: Corners, like: Corners, *, vertical: bool) -> Corners:
    """*corners* in the frame of text that lies as slanted as *like* does.

    Vertical text is laid on its side: its first character is then on the left, its first line on top.
    """
    angle = _slant(like, vertical=vertical)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned: Corners = corners @ np.array([[cosine, -sine], [sine, cosine]])
    if not vertical:
        return turned
    on_its_side = np.stack([turned[..., 1], -turned[..., 0]], axis=-1)
    return np.roll(on_its_side, -1, axis=1)


def pieces_of(lines: Sequence[Line], corners: Corners, members: Sequence[int]) -> list[Piece]:
    """A piece for each of *lines* that *members* name; a slanted quad's sides are where their middles are.

    *corners*: those of all *lines*, in the frame.
    """
    corners = corners[list(members)]
    begin, end = corners[:, [0, 3]].mean(axis=1), corners[:, [1, 2]].mean(axis=1)
    top, bottom = corners[:, [0, 1], 1].mean(axis=1), corners[:, [2, 3], 1].mean(axis=1)
    lefts, rights = np.minimum(begin[:, 0], end[:, 0]), np.maximum(begin[:, 0], end[:, 0])
    tops, bottoms = np.minimum(top, bottom), np.maximum(top, bottom)
    middles, heights = (tops + bottoms) / 2, bottoms - tops
    columns = np.stack([lefts, tops, rights, bottoms, middles, heights, begin[:, 1], end[:, 1]], axis=1).tolist()
    return [
        Piece._make([*row, (member,), _is_worded(lines[member].text)])
        for row, member in zip(columns, members, strict=True)
    ]


def piece_around(corners: Corners, members: tuple[int, ...]) -> Piece:
    """One piece for all quads of *corners*, which stand in the frame."""
    left, top = corners.min(axis=(0, 1)).tolist()
    right, bottom = corners.max(axis=(0, 1)).tolist()
    middle = (top + bottom) / 2
    return Piece(left, top, right, bottom, middle, bottom - top, middle, middle, members)


def _is_worded(text: str) -> bool:
    return 2 * sum(map(str.isalpha, text)) >= len(text) - text.count(" ")


def _sides(corners: Corners) -> tuple[Corners, Corners]:
    """The vectors along and down each quad, (n, 2)."""
    along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
    down = (corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1]) / 2
    return along, down


def _are_tall(along: Corners, down: Corners) -> NDArray[np.bool_]:
    length = np.linalg.norm(down, axis=1)
    tall: NDArray[np.bool_] = (length > 0) & (length >= _TALL * np.linalg.norm(along, axis=1))
    return tall


def _slant(corners: Corners, *, vertical: bool) -> float:
    """The angle, radians clockwise, at which half of the text lies more and half of it less slanted."""
    along, down = _sides(corners)
    vectors = np.stack([down[:, 1], -down[:, 0]], axis=1) if vertical else along
    angles = np.arctan2(vectors[:, 1], vectors[:, 0])
    order = np.argsort(angles, kind="stable")
    weights = np.cumsum(np.linalg.norm(vectors, axis=1)[order])
    half = int(np.searchsorted(weights, weights[-1] / 2))
    return float(angles[order[half]])
