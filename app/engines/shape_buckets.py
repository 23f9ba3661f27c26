"""The few shapes that the models are run at.

OpenVINO compiles kernels and keeps buffers for each new input shape: with a shape an image, memory grows with every
new image size and each first request of a size is slow. So pictures are laid on canvases whose sides come from the
short lists below, and the warm-up runs each of them once.
"""

from dataclasses import dataclass
from itertools import product

DETECTOR_STRIDE = 32
LINE_HEIGHT = 48
LINE_MAX_WIDTH = 3200

MIN_CANVAS_RATIO = 320 / LINE_HEIGHT
"""Width by height of the canvas on which PaddleOCR lays lines that are shorter than that."""

MAX_CANVAS_RATIO = LINE_MAX_WIDTH / LINE_HEIGHT

DETECTOR_MIN_SIDE = 64
"""PaddleOCR enlarges a picture whose shorter side has fewer pixels."""

_DETECTOR_SIDES = (320, 640, 960, 1280, 1600, 2240, 3040, 4000)
_LINE_WIDTHS = (160, 320, 480, 640, 800, 960, 1280, 1600, 2240, LINE_MAX_WIDTH)


@dataclass(frozen=True, slots=True)
class DetectorBuckets:
    """Canvas sides of the detector, ascending, in pixels."""

    sides: tuple[int, ...]

    @classmethod
    def up_to(cls, max_side: int) -> "DetectorBuckets":
        """The sides for a detector that sees at most *max_side* pixels on a side (a multiple of 32)."""
        return cls((*(side for side in _DETECTOR_SIDES if side < max_side), max_side))

    def canvas(self, height: int, width: int) -> tuple[int, int]:
        """The smallest canvas that holds *height* x *width*."""
        return _at_least(self.sides, height), _at_least(self.sides, width)

    def shapes(self) -> list[tuple[int, int]]:
        """Every canvas (height, width), the largest first: its buffers then serve all others.

        In the other order each shape's buffers are outgrown by the next, and the heap ends twice as large.
        """
        return sorted(product(self.sides, self.sides), key=lambda shape: shape[0] * shape[1], reverse=True)


def line_widths() -> tuple[int, ...]:
    """Every canvas width of the recogniser, the widest first, for the same reason."""
    return _LINE_WIDTHS[::-1]


def line_width(width: int) -> int:
    """The smallest canvas width that holds a line of *width* pixels."""
    return _at_least(_LINE_WIDTHS, width)


def _at_least(sides: tuple[int, ...], length: int) -> int:
    return next(side for side in sides if side >= length)
