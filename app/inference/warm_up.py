"""Work that nobody asked for, so that the first real requests find every import done and every kernel there."""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from app.engines.base import Shape, TextDetector, TextRecognizer
from app.engines.detection_options import DetectionOptions
from app.pipeline.pipeline import Pipeline
from app.pipeline.result import PageOptions, Run
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool

_LOG = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.2
_PATIENCE_WITH_REQUESTS_SECONDS = 1.0
_NOBODYS_TICKET = 1 << 62
"""Behind every request's."""


def run_once(pipeline: Pipeline, detection: DetectionOptions, *, turns: bool) -> None:
    """Draw a line of text and send it the whole way. *turns*: find out how page and line lie, too."""
    picture = np.full((64, 320, 3), 255, np.uint8)
    cv2.putText(picture, "warm up", (20, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    options = PageOptions(detection, 0.0, turn_page=turns, turn_lines=turns)
    pipeline.recognise(picture, Run(0, Deadline(_PATIENCE_SECONDS), options))


def warm_ahead(pool: InferencePool[Any], slot: TextDetector | TextRecognizer, is_idle: Callable[[], bool]) -> None:
    """Run the shapes that *slot* names on *pool*, one after the other, on as many slots as there are.

    Each is begun when nobody's request is worked on or, where the service is never idle, behind the requests that wait:
    memory is at its level soon, whatever comes. A shape that fails is logged, and the others are warmed: whoever needs
    it hears of it, too.
    """
    for shape in slot.shapes_ahead():
        _await_quiet(is_idle)
        jobs = [pool.submit(_warming(shape), _NOBODYS_TICKET, Deadline(math.inf)) for _ in range(pool.size)]
        try:
            for job in jobs:
                job.result()
        except Exception:  # noqa: BLE001 - whatever it is, the service goes on without that shape
            _LOG.warning("warm-up ahead failed", extra={"shape": shape}, exc_info=True)


def _await_quiet(is_idle: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_WITH_REQUESTS_SECONDS
    time.sleep(_PAUSE_SECONDS)
    while not is_idle() and time.monotonic() < end:
        time.sleep(_PAUSE_SECONDS)


def _warming(shape: Shape) -> Callable[[TextDetector | TextRecognizer], None]:
    return lambda slot: slot.warm_shape(shape)
