"""Cuts a line out of a picture and lays it flat."""

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, QuadArray
from app.engines.db_postprocess import min_area_quad

_UPRIGHT = 1.5
"""From this height to width on, a crop is taken for vertical text and turned a quarter counter-clockwise."""


def crop_line(image: Image, quad: QuadArray) -> Image | None:
    """The part of *image* inside *quad*, int32 (4, 2), as an upright picture; None where it has no area.

    The smallest rectangle around the quad is mapped onto its own size with cubic interpolation, as PaddleOCR does.
    """
    corners, width, height = _rectangle(quad)
    if not width or not height:
        return None
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    transform = cv2.getPerspectiveTransform(corners, flat)
    crop = cv2.warpPerspective(
        image, transform, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(np.rot90(crop) if _is_tall(width, height) else crop, np.uint8)


def runs_downwards(quad: QuadArray) -> bool:
    """Whether the crop of *quad* is turned."""
    _, width, height = _rectangle(quad)
    return _is_tall(width, height)


def _rectangle(quad: QuadArray) -> tuple[FloatArray, int, int]:
    """The corners of the smallest rectangle around *quad*, float32 (4, 2), and its width and height in whole pixels."""
    corners, _ = min_area_quad(quad)
    top_left, top_right, bottom_right, bottom_left = corners
    width = int(max(np.linalg.norm(top_left - top_right), np.linalg.norm(bottom_right - bottom_left)))
    height = int(max(np.linalg.norm(top_left - bottom_left), np.linalg.norm(top_right - bottom_right)))
    return corners, width, height


def _is_tall(width: int, height: int) -> bool:
    return height >= _UPRIGHT * width
