"""Coloured polygons over the lines of a page."""

import colorsys

import cv2
import numpy as np

from app.engines.base import Image, QuadArray

_GOLDEN_RATIO = 0.618034
"""Of the colour circle from one line to the next: no two of a few dozen lines in a row come close to each other."""

_OPACITY = 0.35
_PIXELS_AN_OUTLINE = 1000
"""Of a page's longest side, for each pixel of an outline's thickness."""

Colour = tuple[int, int, int]


def line_colour(index: int) -> Colour:
    """The colour (blue, green, red) of a page's line by its place in the reading order: always the same."""
    red, green, blue = colorsys.hsv_to_rgb(index * _GOLDEN_RATIO % 1.0, 0.9, 0.85)
    return round(255 * blue), round(255 * green), round(255 * red)


def overlaid(page: Image, quads: QuadArray) -> Image:
    """A copy of *page* with a translucent polygon and its outline over each of *quads*, int32 (n, 4, 2)."""
    layer = page.copy()
    for index, quad in enumerate(quads):
        cv2.fillPoly(layer, [quad], line_colour(index))
    drawn = np.asarray(cv2.addWeighted(layer, _OPACITY, page, 1 - _OPACITY, 0), np.uint8)
    for index, quad in enumerate(quads):
        outline(drawn, quad, index)
    return drawn


def outline(page: Image, quad: QuadArray, index: int) -> None:
    """Draw the outline of the line at *index*, int32 (4, 2), on *page* itself."""
    thickness = 1 + max(page.shape[:2]) // _PIXELS_AN_OUTLINE
    cv2.polylines(page, [quad], isClosed=True, color=line_colour(index), thickness=thickness, lineType=cv2.LINE_AA)
