"""The way of one picture: orient, detect, crop, recognise, assemble. It sequences; each step lives in its own file."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.engines.base import Detection, Image, OrientationSlot, QuadArray, Recognition, TextDetector
from app.pipeline.line_crop import crop_line
from app.pipeline.line_reader import LineReader
from app.pipeline.orientation import Orienter
from app.pipeline.reading_order import reading_order
from app.pipeline.result import Line, Page, PageOptions, Run
from app.pipeline.turning import turned_upright
from app.pipeline.words import words_of
from app.scheduling.inference_pool import InferencePool, result_of


@dataclass(frozen=True, slots=True)
class _FoundLine:
    """A line in the picture, its quad int32 (4, 2), and cut out of it."""

    quad: QuadArray
    crop: Image


@dataclass(frozen=True, slots=True)
class _ReadLine:
    """flipped: the line stands on its head, and was read the other way round."""

    recognition: Recognition
    flipped: bool = False


class Pipeline:
    """Recognises pictures on pools of detectors, recognisers and orientation slots. Thread-safe."""

    def __init__(
        self,
        detectors: InferencePool[TextDetector],
        reader: LineReader,
        orientation: Callable[[], InferencePool[OrientationSlot]],
    ) -> None:
        """*orientation* is called when a request is the first to need it."""
        self._detectors = detectors
        self._reader = reader
        self._orienter = Orienter(orientation, self._detect, reader)

    def recognise(self, image: Image, run: Run) -> Page:
        """The text of *image*; the seconds spent are added to the timings of *run*.

        Raises:
            DeadlineExceededError: The time ran out; work not yet begun is not begun.
        """
        clock, timings, options = _Stopwatch(), run.timings, run.options
        angle = self._orienter.page_angle(image, run) if options.turn_page else 0
        image = turned_upright(image, angle)
        timings.orient += clock.lap()
        detection = self._detect(image, run)
        timings.detect += clock.lap()
        run.deadline.check("crop")
        found = _crop(image, detection)
        timings.crop += clock.lap()
        suspects = self._orienter.suspects([line.crop for line in found], run) if options.turn_lines else []
        timings.orient += clock.lap()
        read = self._read(found, suspects, run)
        timings.recognise += clock.lap()
        height, width = image.shape[:2]
        lines = _assemble(found, read, (width, height), options)
        timings.assemble += clock.lap()
        return Page(index=0, width=width, height=height, angle=angle, lines=lines)

    def _detect(self, image: Image, run: Run) -> Detection:
        max_side = run.options.det_max_side
        job = self._detectors.submit(lambda slot: slot.detect([image], max_side), run.ticket, run.deadline)
        return result_of(job, run.deadline, "detect")[0]

    def _read(self, found: Sequence[_FoundLine], suspects: Sequence[bool], run: Run) -> list[_ReadLine]:
        """Read each line, and where there are *suspects* those in doubt the other way round too."""
        crops = [line.crop for line in found]
        read = self._reader.read(crops, run)
        if not suspects:
            return [_ReadLine(recognition) for recognition in read]
        turned = self._orienter.turned_readings(crops, suspects, read, run)
        return [_ReadLine(other or one, other is not None) for one, other in zip(read, turned, strict=True)]


class _Stopwatch:
    """Tells how long each stage took, one after the other."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        last, self._last = self._last, time.perf_counter()
        return self._last - last


def _crop(image: Image, detection: Detection) -> list[_FoundLine]:
    """The lines in reading order, without those that have no area."""
    quads = [detection.quads[index] for index in reading_order(detection.quads)]
    crops = [(quad, crop_line(image, quad)) for quad in quads]
    return [_FoundLine(quad, crop) for quad, crop in crops if crop is not None]


def _assemble(
    found: Sequence[_FoundLine], read: Sequence[_ReadLine], page: tuple[int, int], options: PageOptions
) -> tuple[Line, ...]:
    """The lines that have text and score enough."""
    return tuple(
        _line(line.quad, reading, page if options.words else None)
        for line, reading in zip(found, read, strict=True)
        if reading.recognition.text and reading.recognition.score >= options.min_score
    )


def _line(quad: QuadArray, read: _ReadLine, page: tuple[int, int] | None) -> Line:
    """*page*: width and height, where its words are told apart."""
    corners = [(x, y) for x, y in quad.tolist()]
    if read.flipped:
        corners = corners[2:] + corners[:2]
    recognition = read.recognition
    words = None if page is None else words_of(recognition, quad, page, flipped=read.flipped)
    return Line(recognition.text, recognition.score, tuple(corners), words)  # type: ignore[arg-type]
