"""Lines cut out of a picture."""

import numpy as np
import pytest

from app.pipeline.cut_lines import cut_lines, whole_picture
from tests.pipeline.pipeline_fakes import Detector, page_of


def test_lines_are_cut_in_reading_order_each_with_its_score():
    """Quads, scores and crops go together however the detector orders them; what has no area is left out."""
    picture, boxes = page_of(40, 80, 120)
    detection = Detector(boxes[2], boxes[0], (5, 5, 5, 5), boxes[1]).detection
    detection.scores[:] = (0.75, 0.25, 1.0, 0.5)
    lines = cut_lines(picture, detection)
    assert [(line.quad[0].tolist(), line.score, line.crop[10, 80, 0]) for line in lines] == [
        ([20, 10], 0.25, 40),
        ([20, 40], 0.5, 80),
        ([20, 70], 0.75, 120),
    ]
    assert {type(line.score) for line in lines} == {float}
    assert not any(line.is_whole for line in lines)


@pytest.mark.parametrize("size", [(30, 200), (200, 30), (1, 1)])
def test_a_whole_picture_is_one_line_pixel_by_pixel(size):
    """Its quad are the picture's corners, and it is turned by nobody, however tall."""
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    line = whole_picture(picture)
    height, width = size
    assert line.quad.tolist() == [[0, 0], [width, 0], [width, height], [0, height]]
    assert line.quad.dtype == np.int32
    assert np.array_equal(line.crop, picture)
    assert (line.score, line.is_whole) == (1.0, True)
