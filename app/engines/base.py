"""The seam between the pipeline and whatever computes: a detector and a recogniser, one of each a slot.

A slot is used by one thread at a time, so implementations need no locks of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture: uint8, (height, width, 3), channels blue, green, red."""

FloatArray = npt.NDArray[np.float32]
QuadArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Detection:
    """Where text stands in one picture.

    quads: int32, (n, 4, 2), x and y in pixels of the picture, clockwise from the top left corner of the text.
    scores: float32, (n,), mean text probability inside each quad, 0 to 1.
    """

    quads: QuadArray
    scores: FloatArray


@dataclass(frozen=True, slots=True)
class Recognition:
    """The text of one crop and the mean probability of its characters (0 where there are none)."""

    text: str
    score: float


class TextDetector(Protocol):
    """Finds lines of text."""

    def detect(self, images: Sequence[Image], max_side: int) -> list[Detection]:
        """One detection a picture, in order; the model sees no side longer than *max_side* pixels."""
        ...

    def warm_up(self) -> None:
        """Run every shape that :meth:`detect` can meet once."""
        ...


class TextRecognizer(Protocol):
    """Reads lines of text."""

    def recognise(self, crops: Sequence[Image]) -> list[Recognition]:
        """One recognition a crop, in order; a result depends on its own crop alone."""
        ...

    def warm_up(self) -> None:
        """Run every shape that :meth:`recognise` can meet once."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded engine: its slots."""

    detectors: tuple[TextDetector, ...]
    recognizers: tuple[TextRecognizer, ...]
