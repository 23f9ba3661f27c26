"""The few shapes that the models are run at.

OpenVINO compiles kernels for each new input shape, 30 to 60 ms and some 5 MB: with a shape an image, memory grows with
every new image size and each first request of a size is slow. So pictures are laid on canvases whose sides come from
the short lists below.
"""

from dataclasses import dataclass

DETECTOR_STRIDE = 32
LINE_HEIGHT = 48
LINE_MIN_WIDTH, LINE_MAX_WIDTH = 160, 3200
"""Of the canvases that lines are laid on."""

MIN_CANVAS_RATIO = 320 / LINE_HEIGHT
"""Width by height of the canvas on which PaddleOCR lays lines that are shorter than that."""

MAX_CANVAS_RATIO = LINE_MAX_WIDTH / LINE_HEIGHT

_DETECTOR_SIDES = (160, 320, 480, 640, 800, 960, 1120, 1280, 1440, 1600, 1920, 2240, 2560, 3040, 3520, 4000)


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


@dataclass(frozen=True, slots=True)
class LineBuckets:
    """Canvas widths of the recogniser, ascending, and how many lines of one canvas are run together, the most first."""

    widths: tuple[int, ...]
    counts: tuple[int, ...]

    def width(self, length: int) -> int:
        """The narrowest canvas that holds a line of *length* pixels."""
        return _at_least(self.widths, length)

    def lines_at_once(self, width: int) -> int:
        """How many lines of a canvas of *width* are run together at most: no more pixels than the longest line has."""
        return next(count for count in self.counts if count * width <= LINE_MAX_WIDTH)

    def batches(self, lines: int, width: int) -> list[int]:
        """So many *lines* of a canvas of *width* in batches, of the few sizes that there are, the largest first."""
        sizes = []
        while lines:
            most = min(lines, self.lines_at_once(width))
            sizes.append(next(count for count in self.counts if count <= most))
            lines -= sizes[-1]
        return sizes

    def shapes(self) -> list[tuple[int, int]]:
        """Every batch that there is: how many lines, and their canvas width; the most common first."""
        return [
            (count, width)
            for count in reversed(self.counts)
            for width in self.widths
            if count <= self.lines_at_once(width)
        ]


LINE_BUCKETS = LineBuckets(
    (LINE_MIN_WIDTH, 192, 256, 336, 432, 544, 672, 832, 1056, 1280, 1600, 2240, LINE_MAX_WIDTH), (2, 1)
)
"""Nearly the fewest pixels beyond the lines of the corpus that so many widths can have: 10 %.

Two lines in one run save 4 to 9 % of the time of two runs. Four would save 2 to 7 % more, but then one line in 70 is
computed in another order and rounded otherwise, so that what is read in it would depend on its neighbours."""

FEW_LINE_BUCKETS = LineBuckets((LINE_MIN_WIDTH, 336, 672, 1280, 2240, LINE_MAX_WIDTH), (1,))
"""Where memory is short, and not all kernels can be kept: every one of these is, so that none is compiled twice.

They are among those above, which lines are grouped by."""


def _at_least(sides: tuple[int, ...], length: int) -> int:
    return next(side for side in sides if side >= length)
