"""How wide the canvas of each line of a page is: it shows in what is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.engines.db_postprocess import min_area_quad
from app.engines.shape_buckets import LINE_BUCKETS, LINE_HEIGHT, LINE_MAX_WIDTH
from bench.parity.configurations import Padding
from bench.prediction import Polygon

_TALL = 1.5
"""From this height by width on, PaddleOCR turns a line by a quarter before it reads it."""


def canvas_widths(polygons: Sequence[Polygon], padding: Padding) -> list[int]:
    """Return the width in pixels of each line's canvas, 48 pixels high: that of the widest in its group.

    Groups are made from the line that is the shortest, for its height, to the one that is the longest.
    """
    ratios = [_ratio(polygon) for polygon in polygons]
    order = sorted(range(len(ratios)), key=ratios.__getitem__)
    widths = [0] * len(ratios)
    for start in range(0, len(order), padding.group):
        group = order[start : start + padding.group]
        width = min(int(LINE_HEIGHT * max(padding.narrowest, ratios[group[-1]])), LINE_MAX_WIDTH)
        width = LINE_BUCKETS.width(width) if padding.rounded else width
        for place in group:
            widths[place] = width
    return widths


def _ratio(polygon: Polygon) -> float:
    """Return width by height of a line that was cut out along its outline and laid flat; 0 where it has no area."""
    corners, _ = min_area_quad(np.array(polygon, np.int32))
    top, right, bottom, left = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1).tolist()
    width, height = int(max(top, bottom)), int(max(left, right))
    if not width or not height:
        return 0.0
    return height / width if height >= _TALL * width else width / height
