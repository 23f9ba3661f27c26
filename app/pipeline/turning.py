"""Turns a page upright."""

import cv2
import numpy as np

from app.engines.base import Image

_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


def turned_upright(image: Image, angle: int) -> Image:
    """*image*, which lies turned clockwise by *angle* degrees, turned back; itself where that is 0."""
    return np.asarray(cv2.rotate(image, _TURNS[angle]), np.uint8) if angle else image
