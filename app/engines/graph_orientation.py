"""Tells how pictures lie, on any runtime that can run the classifiers' graphs.

The page's model is PP-LCNet_x1_0_doc_ori of PaddleOCR 3, the line's the angle classifier of PaddleOCR 2
(ch_ppocr_mobile_v2.0_cls); pictures are prepared for each as PaddleOCR does.
"""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, Orientation

RunGraph = Callable[[FloatArray], FloatArray]
"""Takes float32 (1, 3, height, width), gives the probability of each class, float32 (classes,)."""

PAGE_ANGLES = (0, 90, 180, 270)
LINE_ANGLES = (0, 180)

_PAGE_SHORT_SIDE, _PAGE_SIDE = 256, 224
_STRIP = 8
"""Times as long as wide a picture may be to be scaled as a whole."""

_PAGE_MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
_PAGE_SCALE = np.array([0.229, 0.224, 0.225], np.float32) * 255
_LINE_HEIGHT, _LINE_WIDTH = 48, 192


class GraphOrientationClassifier:
    """A :class:`~app.engines.base.OrientationClassifier` around one graph."""

    def __init__(self, run: RunGraph, prepare: Callable[[Image], FloatArray], angles: Sequence[int]) -> None:
        self._run = run
        self._prepare = prepare
        self._angles = angles

    def classify(self, images: Sequence[Image]) -> list[Orientation]:
        """See :meth:`app.engines.base.OrientationClassifier.classify`."""
        return [self._classify(image) for image in images]

    def warm_up(self) -> None:
        """See :meth:`app.engines.base.OrientationClassifier.warm_up`."""
        self._classify(np.zeros((_LINE_HEIGHT, _LINE_WIDTH, 3), np.uint8))

    def _classify(self, image: Image) -> Orientation:
        probabilities = self._run(self._prepare(image))
        best = int(probabilities.argmax())
        return Orientation(self._angles[best], float(probabilities[best]))


def page_tensor(image: Image) -> FloatArray:
    """The middle of *image* at a shorter side of 256 pixels: float32 (1, 3, 224, 224), red first, normalised."""
    short = min(image.shape[:2])
    # Of a long strip only the middle is scaled: all of it could be gigabytes.
    image = _middle(image, min(image.shape[0], _STRIP * short), min(image.shape[1], _STRIP * short))
    height, width = (round(side * _PAGE_SHORT_SIDE / short) for side in image.shape[:2])
    small = _middle(np.asarray(cv2.resize(image, (width, height)), np.uint8), _PAGE_SIDE, _PAGE_SIDE)
    normalised = (small[..., ::-1].astype(np.float32) - _PAGE_MEAN) / _PAGE_SCALE
    return np.ascontiguousarray(normalised.transpose(2, 0, 1)[np.newaxis])


def line_tensor(crop: Image) -> FloatArray:
    """*crop* at 48 pixels height, squeezed to 192 where it is longer: float32 (1, 3, 48, 192), black -1, white 1."""
    length = min(_LINE_WIDTH, math.ceil(_LINE_HEIGHT * crop.shape[1] / crop.shape[0]))
    tensor = np.zeros((1, 3, _LINE_HEIGHT, _LINE_WIDTH), np.float32)
    tensor[0, :, :, :length] = cv2.resize(crop, (length, _LINE_HEIGHT)).transpose(2, 0, 1)
    tensor[..., :length] = tensor[..., :length] / 127.5 - 1
    return tensor


def _middle(image: Image, height: int, width: int) -> Image:
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]
