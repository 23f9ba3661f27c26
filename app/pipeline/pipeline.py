"""The way of one picture: orient, detect, crop, recognise, assemble. It sequences; each step lives in its own file."""

from collections.abc import Callable, Sequence

from app.engines.base import Detection, Image, OrientationSlot, Recognition, TextDetector
from app.pipeline.assembly import Reading, found_lines, kept_lines, unread
from app.pipeline.cut_lines import CutLine, cut_lines, whole_picture
from app.pipeline.layout import blocks_of
from app.pipeline.likely_spaces import with_likely_spaces
from app.pipeline.line_reader import LineReader
from app.pipeline.orientation import Orienter
from app.pipeline.result import Page, Run
from app.pipeline.turning import turned_upright
from app.scheduling.inference_pool import InferencePool, result_of


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
        options, angle, suspects = run.options, 0, list[bool]()
        detection: Detection | None = None
        if options.turn_page:
            with run.stage("orient"):
                angle = self._orienter.page_angle(image, run)
                image = turned_upright(image, angle)
        if options.find_lines:
            with run.stage("detect"):
                detection = self._detect(image, run)
        run.deadline.check("crop")
        with run.stage("crop"):
            lines = [whole_picture(image)] if detection is None else cut_lines(image, detection)
        if options.turn_lines and options.read_lines:
            with run.stage("orient"):
                suspects = self._orienter.suspects([line.crop for line in lines], run)
        readings = [unread(line) for line in lines]
        if options.read_lines:
            with run.stage("recognise"):
                readings = self._read(lines, suspects, run)
        with run.stage("assemble"):
            height, width = image.shape[:2]
            found = found_lines(lines, readings, (width, height), options)
            kept = kept_lines(found, options)
            blocks = blocks_of(kept)
        return Page(index=0, width=width, height=height, angle=angle, lines=kept, found=found, blocks=blocks)

    def _detect(self, image: Image, run: Run) -> Detection:
        options = run.options.detection
        job = self._detectors.submit(lambda slot: slot.detect([image], options), run.ticket, run.deadline)
        return result_of(job, run.deadline, "detect")[0]

    def _read(self, lines: Sequence[CutLine], suspects: Sequence[bool], run: Run) -> list[Reading]:
        """Read each line, and where there are *suspects* those in doubt the other way round too."""
        crops = [line.crop for line in lines]
        read = self._reader.read(crops, run)
        turned = self._orienter.turned_readings(crops, suspects, read, run) if suspects else [None] * len(read)
        finished = with_likely_spaces if run.options.likely_spaces else _as_read
        return [Reading(finished(other or one), other is not None) for one, other in zip(read, turned, strict=True)]


def _as_read(recognition: Recognition) -> Recognition:
    return recognition
