"""The way of one picture: detect, crop, recognise, assemble. It sequences; each step lives in a file of its own."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TypeVar

from app.engines.base import Detection, Image, QuadArray, Recognition, TextDetector, TextRecognizer
from app.pipeline.line_crop import crop_line
from app.pipeline.reading_order import reading_order
from app.pipeline.result import Line, Page, Run
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool

T = TypeVar("T")


class Pipeline:
    """Recognises pictures on two pools, one of detectors and one of recognisers. Thread-safe."""

    def __init__(self, detectors: InferencePool[TextDetector], recognizers: InferencePool[TextRecognizer]) -> None:
        self._detectors = detectors
        self._recognizers = recognizers

    def recognise(self, image: Image, run: Run) -> Page:
        """The text of *image*; the seconds spent are added to the timings of *run*.

        Raises:
            DeadlineExceededError: The time ran out; work not yet begun is not begun.
        """
        clock = time.perf_counter
        begun = clock()
        detection = self._detect(image, run)
        detected = clock()
        run.deadline.check("crop")
        quads, crops = _crop(image, detection)
        cropped = clock()
        recognitions = self._recognise(crops, run)
        recognised = clock()
        lines = _assemble(quads, recognitions, run.options.min_score)
        run.timings.detect += detected - begun
        run.timings.crop += cropped - detected
        run.timings.recognise += recognised - cropped
        run.timings.assemble += clock() - recognised
        height, width = image.shape[:2]
        return Page(index=0, width=width, height=height, angle=0, lines=lines)

    def _detect(self, image: Image, run: Run) -> Detection:
        max_side = run.options.det_max_side
        job = self._detectors.submit(lambda slot: slot.detect([image], max_side), run.ticket, run.deadline)
        return _result(job, run.deadline, "detect")[0]

    def _recognise(self, crops: list[Image], run: Run) -> list[Recognition]:
        """A job a line, so that the lines of one request spread over every slot."""
        jobs = [self._recognizers.submit(_reader(crop), run.ticket, run.deadline) for crop in crops]
        return [_result(job, run.deadline, "recognise")[0] for job in jobs]


def _reader(crop: Image) -> Callable[[TextRecognizer], list[Recognition]]:
    return lambda slot: slot.recognise([crop])


def _result(job: Future[T], deadline: Deadline, stage: str) -> T:
    try:
        return job.result(deadline.remaining())
    except FutureTimeoutError:
        raise deadline.error(stage) from None


def _crop(image: Image, detection: Detection) -> tuple[list[QuadArray], list[Image]]:
    """The quads in reading order, without those that have no area, and their crops."""
    quads, crops = [], []
    for index in reading_order(detection.quads):
        quad = detection.quads[index]
        crop = crop_line(image, quad)
        if crop is not None:
            quads.append(quad)
            crops.append(crop)
    return quads, crops


def _assemble(quads: list[QuadArray], recognitions: list[Recognition], min_score: float) -> tuple[Line, ...]:
    """The lines that have text and score enough."""
    return tuple(
        Line(recognition.text, recognition.score, tuple((x, y) for x, y in quad.tolist()))  # type: ignore[arg-type]
        for quad, recognition in zip(quads, recognitions, strict=True)
        if recognition.text and recognition.score >= min_score
    )
