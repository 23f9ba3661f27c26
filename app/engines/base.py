"""The seam between the pipeline and whatever computes: a detector and a recogniser, one of each a slot.

A slot is used by one thread at a time, so implementations need no locks of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.engines.detection_options import DetectionOptions

Image = npt.NDArray[np.uint8]
"""A picture: uint8, (height, width, 3), channels blue, green, red."""

Shape = tuple[int, int]
"""Of a picture: height and width in pixels. Of lines: how many there are, and how wide their canvas is."""

FloatArray = npt.NDArray[np.float32]
QuadArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Detection:
    """Where text stands in one picture.

    quads: int32, (n, 4, 2), x and y in pixels of the picture, clockwise from the top left corner.
    scores: float32, (n,), mean text probability inside each quad, 0 to 1.
    """

    quads: QuadArray
    scores: FloatArray


@dataclass(frozen=True, slots=True)
class Recognition:
    """The text of one crop, the mean probability of its characters (0 where there are none), and where they stand.

    columns: for each character the step of the model's output at which it was read, ascending; none where that is not
        known.
    steps: how many such steps lie over the crop itself, without the canvas behind it.
    likely_spaces: where a space was nearly read: before which character of the text, and at which step, ascending.
    """

    text: str
    score: float
    columns: tuple[int, ...] = ()
    steps: float = 0.0
    likely_spaces: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a picture lies: the degrees by which it is turned clockwise from upright, and how sure that is, 0 to 1."""

    angle: int
    score: float


class TextDetector(Protocol):
    """Finds lines of text."""

    def detect(self, images: Sequence[Image], options: DetectionOptions) -> list[Detection]:
        """One detection a picture, in order; each depends on its picture and *options* alone."""
        ...

    def warm_up(self) -> None:
        """Run once what must have been run before the first picture."""
        ...

    def shapes_ahead(self) -> Sequence[Shape]:
        """Shapes that later pictures may have; the first of each is quicker if it was warmed, while nobody waits."""
        ...

    def warm_shape(self, shape: Shape) -> None:
        """Run one of :meth:`shapes_ahead`, which takes a fraction of a second."""
        ...


class TextRecognizer(Protocol):
    """Reads lines of text."""

    def recognise(self, crops: Sequence[Image], canvas_ratio: float) -> list[Recognition]:
        """One recognition a crop, in order; each depends on its crop and *canvas_ratio* alone.

        *canvas_ratio*: width by height of the canvas on which each crop is laid from the left, at least the crops' own.
        Canvases longer than the model takes are cut down to that, and crops longer than that squeezed.
        """
        ...

    def warm_up(self) -> None:
        """Run once what must have been run before the first line."""
        ...

    def shapes_ahead(self) -> Sequence[Shape]:
        """Shapes that later lines may have; the first of each is quicker if it was warmed, while nobody waits."""
        ...

    def warm_shape(self, shape: Shape) -> None:
        """Run one of :meth:`shapes_ahead`, which takes a fraction of a second."""
        ...


class OrientationClassifier(Protocol):
    """Tells how pictures lie."""

    def classify(self, images: Sequence[Image]) -> list[Orientation]:
        """One orientation a picture, in order."""
        ...

    def warm_up(self) -> None:
        """Run what :meth:`classify` runs once."""
        ...


@dataclass(frozen=True, slots=True)
class OrientationSlot:
    """What one thread needs: page tells 0, 90, 180 and 270 degrees, line tells 0 and 180."""

    page: OrientationClassifier
    line: OrientationClassifier

    def warm_up(self) -> None:
        """Warm both."""
        self.page.warm_up()
        self.line.warm_up()


@dataclass(frozen=True, slots=True)
class Batching:
    """How many lines a recogniser is handed at a time, all of one canvas ratio.

    most: of a canvas ratio, so many at most. across_requests: lines of several requests go together, since what is read
    in each is the same to the last bit whatever else is in its batch.
    """

    most: Callable[[float], int]
    across_requests: bool


ONE_BY_ONE = Batching(lambda _: 1, across_requests=False)


@dataclass(frozen=True, slots=True)
class Engine:
    """A loaded engine: its slots, and how its recognisers want lines."""

    detectors: tuple[TextDetector, ...]
    recognizers: tuple[TextRecognizer, ...]
    batching: Batching = ONE_BY_ONE
