"""How far two engines agree on the same image, whatever its labels say.

Lines are paired one to one by IoU >= 0.5, best pair first. Lines without text count on neither side: one engine
keeps them, another drops them, and no reader sees the difference. Texts are compared exactly, white space included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.accuracy.geometry import overlaps, pair_up
from bench.accuracy.normalization import comparable
from bench.accuracy.scoring import MIN_IOU
from bench.prediction import Line, Prediction


@dataclass(frozen=True, slots=True)
class LinePair:
    """One line as both engines saw it."""

    ours: Line
    theirs: Line
    iou: float

    @property
    def is_identical(self) -> bool:
        """Whether both texts are the same, character by character."""
        return self.ours.text == self.theirs.text


@dataclass(frozen=True, slots=True)
class Agreement:
    """Sums over images; they add up. ``lines`` counts pairs and the lines that only one engine has.

    ``identical_images`` counts the images of which both say the same lines, in whatever order.
    """

    images: int = 0
    lines: int = 0
    pairs: int = 0
    identical: int = 0
    iou_sum: float = 0.0
    identical_images: int = 0

    def __add__(self, other: Agreement) -> Agreement:
        """Return the sums."""
        return Agreement(
            self.images + other.images,
            self.lines + other.lines,
            self.pairs + other.pairs,
            self.identical + other.identical,
            self.iou_sum + other.iou_sum,
            self.identical_images + other.identical_images,
        )

    @property
    def identical_share(self) -> float | None:
        """The share of all lines of either engine that both have with the same text, in 0..1; None without lines."""
        return self.identical / self.lines if self.lines else None

    @property
    def identical_images_share(self) -> float | None:
        """The share of images of which both say the same lines, in 0..1; None without images."""
        return self.identical_images / self.images if self.images else None

    @property
    def mean_iou(self) -> float | None:
        """The mean IoU of the paired lines, in 0..1; None without pairs."""
        return self.iou_sum / self.pairs if self.pairs else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One image as two engines saw it.

    ``character_gap`` is how many characters one has and the other has not (bags of comparable characters).
    ``same_text`` is True when they say the same lines; engines may read columns in another order.
    ``same_picture`` is False when they disagree about the picture's size: then one of them turned or scaled it.
    """

    pairs: tuple[LinePair, ...]
    only_ours: tuple[Line, ...]
    only_theirs: tuple[Line, ...]
    character_gap: int
    same_text: bool
    same_picture: bool

    @property
    def agreement(self) -> Agreement:
        """What the image adds to the sums."""
        return Agreement(
            images=1,
            lines=len(self.pairs) + len(self.only_ours) + len(self.only_theirs),
            pairs=len(self.pairs),
            identical=sum(pair.is_identical for pair in self.pairs),
            iou_sum=sum(pair.iou for pair in self.pairs),
            identical_images=int(self.same_text),
        )


def compare(ours: Prediction, theirs: Prediction) -> Comparison:
    """Compare two predictions of one image."""
    left, right = _with_text(ours.lines), _with_text(theirs.lines)
    matches = pair_up(overlaps([line.polygon for line in left], [line.polygon for line in right]), MIN_IOU)
    matches.sort(key=lambda match: match.first)
    paired_left, paired_right = {match.first for match in matches}, {match.second for match in matches}
    return Comparison(
        pairs=tuple(LinePair(left[match.first], right[match.second], match.iou) for match in matches),
        only_ours=tuple(line for place, line in enumerate(left) if place not in paired_left),
        only_theirs=tuple(line for place, line in enumerate(right) if place not in paired_right),
        character_gap=_character_gap(left, right),
        same_text=sorted(line.text for line in left) == sorted(line.text for line in right),
        same_picture=(ours.width, ours.height) == (theirs.width, theirs.height),
    )


def _with_text(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that say something."""
    return [line for line in lines if comparable(line.text)]


def _character_gap(left: Sequence[Line], right: Sequence[Line]) -> int:
    """Return the size of the symmetric difference of both sides' bags of characters."""
    ours = Counter(comparable("".join(line.text for line in left)))
    theirs = Counter(comparable("".join(line.text for line in right)))
    return (ours - theirs).total() + (theirs - ours).total()
