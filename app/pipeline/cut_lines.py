"""The lines of a picture, cut out of it."""

from dataclasses import dataclass

import numpy as np

from app.engines.base import Detection, Image, QuadArray
from app.pipeline.line_crop import crop_line
from app.pipeline.reading_order import reading_order


@dataclass(frozen=True, slots=True)
class CutLine:
    """A line's quad, int32 (4, 2) in pixels of the picture, the detector's score, and what was cut out.

    is_whole: nobody looked for lines, the picture was taken for one as it is.
    """

    quad: QuadArray
    score: float
    crop: Image
    is_whole: bool = False


def cut_lines(image: Image, detection: Detection) -> list[CutLine]:
    """The lines of *image* in reading order, without those that have no area."""
    order = reading_order(detection.quads)
    lines = [(detection.quads[index], float(detection.scores[index])) for index in order]
    cut = [(quad, score, crop_line(image, quad)) for quad, score in lines]
    return [CutLine(quad, score, crop) for quad, score, crop in cut if crop is not None]


def whole_picture(image: Image) -> CutLine:
    """*image* as a line. However tall it is it stays upright: it may be a single letter."""
    height, width = image.shape[:2]
    quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.int32)
    return CutLine(quad, 1.0, image, is_whole=True)
