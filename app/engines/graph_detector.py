"""Text detection on any runtime that can run the model's graph: resize, run, binarise."""

import math
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from app.engines.base import Detection, FloatArray, Image, Shape
from app.engines.db_postprocess import DbThresholds, quads_from_map
from app.engines.shape_buckets import DETECTOR_MIN_SIDE, DETECTOR_STRIDE


class TextMapSession(Protocol):
    """A loaded detection model on one slot."""

    def text_map(self, picture: Image) -> FloatArray:
        """The text probability of each pixel, float32 (height, width), of a picture with sides in multiples of 32.

        Valid until the next call.
        """
        ...

    def warm_up(self) -> None:
        """Run whatever shapes must have been run before the first picture."""
        ...

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextDetector.shapes_ahead`."""
        ...


class GraphDetector:
    """A :class:`~app.engines.base.TextDetector` around one session."""

    def __init__(self, session: TextMapSession, limits: DbThresholds, max_pixels: int) -> None:
        """*max_pixels*: of the picture that the model sees, at most."""
        self._session = session
        self._limits = limits
        self._max_pixels = max_pixels

    def detect(self, images: Sequence[Image], max_side: int) -> list[Detection]:
        """See :meth:`app.engines.base.TextDetector.detect`."""
        return [self._detect(image, max_side) for image in images]

    def warm_up(self) -> None:
        """See :meth:`app.engines.base.TextDetector.warm_up`."""
        self._session.warm_up()

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextDetector.shapes_ahead`."""
        return self._session.shapes_ahead()

    def warm_shape(self, shape: Shape) -> None:
        """See :meth:`app.engines.base.TextDetector.warm_shape`."""
        self._session.text_map(np.zeros((*shape, 3), np.uint8))

    def _detect(self, image: Image, max_side: int) -> Detection:
        full_height, full_width = image.shape[:2]
        height, width = detection_size(full_height, full_width, max_side, self._max_pixels)
        picture = np.asarray(cv2.resize(image, (width, height)), np.uint8)
        return quads_from_map(self._session.text_map(picture), full_height, full_width, self._limits)


def detection_size(height: int, width: int, max_side: int, max_pixels: int) -> tuple[int, int]:
    """Height and width at which a picture of *height* x *width* is looked at.

    As PaddleOCR resizes: a short side below 64 pixels is enlarged to it, then the long side is brought within
    *max_side* (at least 32, rounded down to a multiple of it), then both are rounded to the nearest multiple of the
    model's stride, 32. Beyond what PaddleOCR does, there may then be about *max_pixels* at most.
    """
    limit = max_side // DETECTOR_STRIDE * DETECTOR_STRIDE
    scale = max(1.0, DETECTOR_MIN_SIDE / min(height, width))
    scale = min(scale, limit / max(height, width), math.sqrt(max_pixels / (height * width)))
    return _to_stride(height * scale), _to_stride(width * scale)


def _to_stride(length: float) -> int:
    return max(round(int(length) / DETECTOR_STRIDE) * DETECTOR_STRIDE, DETECTOR_STRIDE)
