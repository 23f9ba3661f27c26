"""Text detection on any runtime that can run the model's graph: resize, run, binarise."""

from collections.abc import Sequence

import cv2
import numpy as np

from app.engines.base import Detection, Image, Session
from app.engines.db_postprocess import DbThresholds, quads_from_map
from app.engines.shape_buckets import DETECTOR_STRIDE, DetectorBuckets

_MIN_SIDE = 64
"""PaddleOCR enlarges a picture whose shorter side has fewer pixels."""


class GraphDetector:
    """A :class:`~app.engines.base.TextDetector` around one session.

    The session takes a canvas of uint8 (height, width, 3) and answers with float32 (1, 1, height, width).
    """

    def __init__(self, session: Session, buckets: DetectorBuckets, limits: DbThresholds) -> None:
        self._session = session
        self._buckets = buckets
        self._limits = limits

    def detect(self, images: Sequence[Image], max_side: int) -> list[Detection]:
        """See :meth:`app.engines.base.TextDetector.detect`."""
        return [self._detect(image, max_side) for image in images]

    def warm_up(self) -> None:
        """Run every canvas once."""
        for height, width in self._buckets.shapes():
            self._session.run(np.zeros((height, width, 3), np.uint8))

    def _detect(self, image: Image, max_side: int) -> Detection:
        full_height, full_width = image.shape[:2]
        height, width = detection_size(full_height, full_width, max_side)
        canvas = _extend(cv2.resize(image, (width, height)), *self._buckets.canvas(height, width))
        probability = self._session.run(canvas)[0, 0, :height, :width]
        return quads_from_map(probability, full_height, full_width, self._limits)


def _extend(picture: cv2.typing.MatLike, height: int, width: int) -> Image:
    """*picture* on a canvas of *height* x *width*, its last row and column drawn out to the edges.

    The model averages over the whole canvas to weigh its channels: a frame of one colour shifts that average and
    loses lines (0.4 points of character F1 over the corpus), the picture's own paper does not.
    """
    bottom, right = height - picture.shape[0], width - picture.shape[1]
    return np.asarray(cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_REPLICATE), np.uint8)


def detection_size(height: int, width: int, max_side: int) -> tuple[int, int]:
    """Height and width at which a picture of *height* x *width* is looked at.

    As PaddleOCR resizes: a short side below 64 pixels is enlarged to it, then the long side is brought within
    *max_side* (a multiple of 32), then both are rounded to the nearest multiple of the model's stride.
    """
    scale = max(1.0, _MIN_SIDE / min(height, width))
    scale = min(scale, max_side / max(height, width))
    return _to_stride(height * scale), _to_stride(width * scale)


def _to_stride(length: float) -> int:
    return max(round(int(length) / DETECTOR_STRIDE) * DETECTOR_STRIDE, DETECTOR_STRIDE)
