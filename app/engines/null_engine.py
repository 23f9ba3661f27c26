"""The engine without a model: one line a picture, whose text is a checksum of the pixels.

It shows what the service itself costs, and lets tests tell whose answer they got.
"""

import time
import zlib
from collections.abc import Sequence

import numpy as np

from app.engines.base import Detection, Engine, Image, Orientation, OrientationSlot, Recognition, Shape
from app.engines.detection_options import DetectionOptions
from app.slot_plan import SlotPlan


class NullDetector:
    """Takes the whole picture for one line."""

    def detect(self, images: Sequence[Image], options: DetectionOptions) -> list[Detection]:
        """See :meth:`app.engines.base.TextDetector.detect`."""
        del options
        return [_whole(*image.shape[:2]) for image in images]

    def warm_up(self) -> None:
        """Nothing to warm."""

    def shapes_ahead(self) -> Sequence[Shape]:
        """None: there are no kernels to keep."""
        return ()

    def warm_shape(self, shape: Shape) -> None:
        """Nothing to warm."""


class NullRecognizer:
    """Answers with ``null-`` and the crop's CRC-32 after *delay_seconds*."""

    def __init__(self, delay_seconds: float) -> None:
        self._delay_seconds = delay_seconds

    def recognise(self, crops: Sequence[Image], canvas_ratio: float) -> list[Recognition]:
        """See :meth:`app.engines.base.TextRecognizer.recognise`."""
        del canvas_ratio
        return [self._recognise(crop) for crop in crops]

    def warm_up(self) -> None:
        """Nothing to warm."""

    def shapes_ahead(self) -> Sequence[Shape]:
        """None: there are no kernels to keep."""
        return ()

    def warm_shape(self, shape: Shape) -> None:
        """Nothing to warm."""

    def _recognise(self, crop: Image) -> Recognition:
        time.sleep(self._delay_seconds)
        text = f"null-{zlib.crc32(crop.tobytes()):08x}"
        return Recognition(text, 1.0, tuple(range(len(text))), len(text))


class NullOrientationClassifier:
    """Finds everything upright."""

    def classify(self, images: Sequence[Image]) -> list[Orientation]:
        """See :meth:`app.engines.base.OrientationClassifier.classify`."""
        return [Orientation(0, 1.0) for _ in images]

    def warm_up(self) -> None:
        """Nothing to warm."""


def load(plan: SlotPlan, delay_seconds: float) -> Engine:
    """As many slots as *plan* has; a line takes *delay_seconds*."""
    return Engine(
        detectors=tuple(NullDetector() for _ in range(plan.detector_slots)),
        recognizers=tuple(NullRecognizer(delay_seconds) for _ in range(plan.recognizer_slots)),
    )


def load_orientation(plan: SlotPlan) -> tuple[OrientationSlot, ...]:
    """As many slots as *plan* has for lines."""
    classifier = NullOrientationClassifier()
    return (OrientationSlot(classifier, classifier),) * plan.recognizer_slots


def _whole(height: int, width: int) -> Detection:
    corners = [[0, 0], [width, 0], [width, height], [0, height]]
    return Detection(np.array([corners], np.int32), np.ones(1, np.float32))
