"""Turning pages upright."""

import numpy as np
import pytest

from app.pipeline.turning import turned_upright


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_picture_is_turned_back(angle):
    """What lies turned clockwise by an angle comes out upright, as an array of its own order."""
    upright = np.random.default_rng(1).integers(0, 256, (4, 7, 3), np.uint8)
    clockwise = np.rot90(upright, -angle // 90)
    assert np.array_equal(turned_upright(clockwise, angle), upright)
