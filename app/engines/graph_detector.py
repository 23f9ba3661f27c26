"""Text detection on any runtime that can run the model's graph: resize, run, binarise."""

import math
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from app.engines.base import Detection, FloatArray, Image, Shape
from app.engines.db_postprocess import quads_from_map
from app.engines.detection_options import DetectionOptions
from app.engines.shape_buckets import DETECTOR_STRIDE


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

    def __init__(self, session: TextMapSession, max_candidates: int, max_pixels: int) -> None:
        """*max_candidates*: contours looked at, the model's own. *max_pixels*: of the picture that it sees, at most."""
        self._session = session
        self._max_candidates = max_candidates
        self._max_pixels = max_pixels

    def detect(self, images: Sequence[Image], options: DetectionOptions) -> list[Detection]:
        """See :meth:`app.engines.base.TextDetector.detect`."""
        return [self._detect(image, options) for image in images]

    def warm_up(self) -> None:
        """See :meth:`app.engines.base.TextDetector.warm_up`."""
        self._session.warm_up()

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextDetector.shapes_ahead`."""
        return self._session.shapes_ahead()

    def warm_shape(self, shape: Shape) -> None:
        """See :meth:`app.engines.base.TextDetector.warm_shape`."""
        self._session.text_map(np.zeros((*shape, 3), np.uint8))

    def _detect(self, image: Image, options: DetectionOptions) -> Detection:
        full_height, full_width = image.shape[:2]
        height, width = detection_size(full_height, full_width, options, self._max_pixels)
        picture = np.asarray(cv2.resize(image, (width, height)), np.uint8)
        probability = self._session.text_map(picture)
        return quads_from_map(probability, full_height, full_width, options, self._max_candidates)


def detection_size(height: int, width: int, options: DetectionOptions, max_pixels: int) -> tuple[int, int]:
    """Height and width at which a picture of *height* x *width* is looked at.

    As PaddleOCR resizes, step by step and with its roundings: by the limit of *options*, then the long side is brought
    within the longest (at least 32, rounded down to a multiple of it), then both sides are rounded to the nearest
    multiple of the model's stride, 32. Beyond what PaddleOCR does, there may be about *max_pixels* at most.
    """
    scale = _limit_scale(height, width, options)
    height, width = int(height * scale), int(width * scale)
    longest = options.max_side // DETECTOR_STRIDE * DETECTOR_STRIDE
    scale = min(1.0, longest / max(height, width, 1), math.sqrt(max_pixels / max(height * width, 1)))
    return _to_stride(height * scale), _to_stride(width * scale)


def _limit_scale(height: int, width: int, options: DetectionOptions) -> float:
    match options.limit_type:
        case "min":
            return max(1.0, options.limit_side / min(height, width))
        case "max":
            return min(1.0, options.limit_side / max(height, width))
        case "resize_long":
            return options.limit_side / max(height, width)


def _to_stride(length: float) -> int:
    return max(round(int(length) / DETECTOR_STRIDE) * DETECTOR_STRIDE, DETECTOR_STRIDE)
