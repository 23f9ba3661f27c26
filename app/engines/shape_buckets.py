"""The few shapes that the models are run at.

OpenVINO compiles kernels for each new input shape, 30 to 60 ms and some 5 MB: with a shape an image, memory grows with
every new image size and each first request of a size is slow. So pictures are laid on canvases whose sides come from
the short lists below.
"""

from dataclasses import dataclass

DETECTOR_STRIDE = 32
LINE_HEIGHT = 48
LINE_MAX_WIDTH = 3200

MIN_CANVAS_RATIO = 320 / LINE_HEIGHT
"""Width by height of the canvas on which PaddleOCR lays lines that are shorter than that."""

MAX_CANVAS_RATIO = LINE_MAX_WIDTH / LINE_HEIGHT

_DETECTOR_SIDES = (160, 320, 480, 640, 800, 960, 1120, 1280, 1440, 1600, 1920, 2240, 2560, 3040, 3520, 4000)
_LINE_WIDTHS = (160, 192, 256, 336, 432, 544, 672, 832, 1056, 1280, 1600, 2240, LINE_MAX_WIDTH)
"""Nearly the fewest pixels beyond the lines of the corpus that so many widths can have: 10 %."""

_BATCHES = (2, 1)
"""Lines in one run. Two save 4 to 9 % of the time of two runs. Four would save 2 to 7 % more, but then one line in 70
is computed in another order and rounded otherwise, so that what is read in it would depend on its neighbours."""


@dataclass(frozen=True, slots=True)
class DetectorBuckets:
    """Canvas sides of the detector, ascending, and the most pixels of a picture."""

    sides: tuple[int, ...]
    max_pixels: int

    @classmethod
    def up_to(cls, max_side: int, max_pixels: int) -> "DetectorBuckets":
        """Those of a detector that sees at most *max_side* pixels on a side (a multiple of 32), *max_pixels* in all."""
        return cls((*(side for side in _DETECTOR_SIDES if side < max_side), max_side), max_pixels)

    def canvas(self, height: int, width: int) -> tuple[int, int]:
        """The smallest canvas that holds *height* x *width*."""
        return _at_least(self.sides, height), _at_least(self.sides, width)

    @property
    def smallest(self) -> tuple[int, int]:
        """The smallest canvas, height and width."""
        return self.sides[0], self.sides[0]

    @property
    def largest(self) -> tuple[int, int]:
        """The canvas of the largest picture, height and width."""
        longest = self.sides[-1]
        return self.canvas(longest, min(longest, self.max_pixels // longest))


def line_widths() -> tuple[int, ...]:
    """Every canvas width of the recogniser, the narrowest first."""
    return _LINE_WIDTHS


def line_width(width: int) -> int:
    """The smallest canvas width that holds a line of *width* pixels."""
    return _at_least(_LINE_WIDTHS, width)


def lines_at_once(width: int) -> int:
    """How many lines of a canvas of *width* are run together at most: no more pixels than the longest line has."""
    return next(count for count in _BATCHES if count * width <= LINE_MAX_WIDTH)


def batches(count: int, width: int) -> list[int]:
    """*count* lines of a canvas of *width* in batches, of the few sizes that there are, the largest first."""
    sizes = []
    while count:
        sizes.append(next(size for size in _BATCHES if size <= min(count, lines_at_once(width))))
        count -= sizes[-1]
    return sizes


def batch_shapes() -> list[tuple[int, int]]:
    """Every batch that there is: how many lines, and their canvas width; the most common first."""
    return [(count, width) for count in reversed(_BATCHES) for width in _LINE_WIDTHS if count <= lines_at_once(width)]


def _at_least(sides: tuple[int, ...], length: int) -> int:
    return next(side for side in sides if side >= length)
