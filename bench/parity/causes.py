"""Why a line does not read as PaddleOCR read it: told by what both engines saw, not by looking at the text.

The first cause that applies is taken, in the order of :class:`Cause`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.accuracy.geometry import overlaps
from bench.accuracy.normalization import comparable
from bench.accuracy.parity import Comparison
from bench.accuracy.scoring import MIN_IOU
from bench.parity.canvases import canvas_widths
from bench.parity.configurations import PADDINGS, Padding
from bench.prediction import Line, Polygon, Prediction

NEAR_TIE = 0.1
"""A step whose best two characters differ by less than this in probability is a near tie: bf16 moves them by that."""

_TOUCHING = 0.05
"""Outlines with at least this IoU are about the same text, cut otherwise where they are not about the same line."""


class Cause(StrEnum):
    """What differed before the text did."""

    PICTURE = "another picture"
    CUT = "cut otherwise"
    ALONE = "one side only"
    CROP = "another crop"
    CANVAS = "another canvas"
    TIE = "near tie"
    OTHER = "other"


MEANINGS = {
    Cause.PICTURE: "the engines do not agree about the picture's size",
    Cause.CUT: "one line here is two there, or reaches further: IoU below 0.5",
    Cause.ALONE: "found, or read at all, by one engine only",
    Cause.CROP: "a corner of the line's outline differs by a pixel or more, so another picture was read",
    Cause.CANVAS: "the same outline, but more or less empty canvas behind the line",
    Cause.TIE: f"outline and canvas are the same; PaddleOCR's closest decision was by less than {NEAR_TIE}, or ours is "
    "how it would read had that gone the other way",
    Cause.OTHER: "none of these",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that differs; None for the side that has none. ``margin``: by how much PaddleOCR's reading was decided."""

    image: str
    cause: Cause
    ours: str | None
    theirs: str | None
    margin: float | None

    @property
    def is_white_space(self) -> bool:
        """Whether both sides read the same but for spaces."""
        sides = ["".join((side or "").split()) for side in (self.ours, self.theirs)]
        return sides[0] == sides[1]


def differences(
    image: str, ours: Prediction, theirs: Prediction, comparison: Comparison, padding: Padding
) -> list[Difference]:
    """Return every line that differs, with its cause; *padding* is that of our lines."""
    view = _View(image, ours, theirs, padding, comparison.same_picture)
    return [
        *(view.changed(pair.ours, pair.theirs) for pair in comparison.pairs if not pair.is_identical),
        *(view.only_ours(line) for line in comparison.only_ours),
        *(view.only_theirs(line) for line in comparison.only_theirs),
    ]


class _View:
    """One image as both engines saw it."""

    def __init__(self, image: str, ours: Prediction, theirs: Prediction, padding: Padding, same_picture: bool) -> None:  # noqa: FBT001 - a fact
        self._image, self._ours, self._theirs = image, ours.lines, theirs.lines
        self._same_picture = same_picture
        self._our_canvases = _canvases([*ours.lines, *_silent(ours, theirs)], padding)
        self._their_canvases = _canvases(theirs.lines, PADDINGS["exact"])

    def changed(self, ours: Line, theirs: Line) -> Difference:
        """A line that both found."""
        return self._difference(self._cause(ours, theirs), ours, theirs)

    def only_ours(self, line: Line) -> Difference:
        """A line that only we have; PaddleOCR may have found it and read nothing."""
        if same := _silent_at(line, self._theirs):
            return self._difference(self._cause(line, same), line, same)
        return self._difference(self._lonely(line, self._theirs), line, None)

    def only_theirs(self, line: Line) -> Difference:
        """A line that only PaddleOCR has; where it nearly read nothing, we may have found it and read nothing."""
        if same := _silent_at(line, self._ours):
            return self._difference(self._cause(same, line), same, line)
        nearly = line.second_best is not None and not line.second_best.text and line.second_best.margin < NEAR_TIE
        return self._difference(Cause.TIE if nearly else self._lonely(line, self._ours), None, line)

    def _difference(self, cause: Cause, ours: Line | None, theirs: Line | None) -> Difference:
        margin = theirs.second_best.margin if theirs is not None and theirs.second_best is not None else None
        our_text, their_text = (None if line is None else line.text for line in (ours, theirs))
        return Difference(self._image, cause, our_text, their_text, margin)

    def _cause(self, ours: Line, theirs: Line) -> Cause:
        if not self._same_picture:
            return Cause.PICTURE
        if ours.polygon != theirs.polygon:
            return Cause.CROP
        if self._our_canvases[ours.polygon] != self._their_canvases[theirs.polygon]:
            return Cause.CANVAS
        second = theirs.second_best
        if second is not None and (second.margin < NEAR_TIE or second.text == ours.text):
            return Cause.TIE
        return Cause.OTHER

    def _lonely(self, line: Line, others: Sequence[Line]) -> Cause:
        if not self._same_picture:
            return Cause.PICTURE
        return Cause.CUT if any(_overlapping(line, others, _TOUCHING)) else Cause.ALONE


def _canvases(lines: Sequence[Line], padding: Padding) -> dict[Polygon, int]:
    polygons = [line.polygon for line in lines]
    return dict(zip(polygons, canvas_widths(polygons, padding), strict=True))


def _silent(ours: Prediction, theirs: Prediction) -> list[Line]:
    """The lines that PaddleOCR found without reading anything, and that we do not name for the same reason."""
    named = {line.polygon for line in ours.lines}
    return [line for line in theirs.lines if not line.text and line.polygon not in named]


def _silent_at(line: Line, others: Sequence[Line]) -> Line | None:
    """The line in the place of *line* in which the other engine read nothing; None where there is none."""
    return next((other for other in _overlapping(line, others, MIN_IOU) if not comparable(other.text)), None)


def _overlapping(line: Line, others: Sequence[Line], least: float) -> Iterator[Line]:
    """Yield the lines that share at least this IoU with *line*."""
    for overlap in overlaps([line.polygon], [other.polygon for other in others]):
        if overlap.iou >= least:
            yield others[overlap.second]
