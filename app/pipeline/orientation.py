"""Finds out how a page lies and which lines stand on their heads.

Classifiers are quick, but wrong on one page in twenty and one line in nine. Where one is in doubt the recogniser
decides: what stands on its head it reads with a lower score.
"""

from collections.abc import Callable, Sequence

import cv2

from app.engines.base import Detection, Image, Orientation, OrientationSlot, QuadArray, Recognition
from app.pipeline.line_crop import crop_line, runs_downwards
from app.pipeline.line_reader import LineReader
from app.pipeline.result import Run
from app.pipeline.turning import turned_upright
from app.scheduling.inference_pool import InferencePool, result_of

_SURE_PAGE = 0.8
"""From this score on a page's class is taken: of 384 pages of the corpus, turned all four ways, none was wrong."""

_SURE_LINE = 0.85
"""A line that is read with a lower score may stand on its head, whatever its class."""

_CLEAR = 0.1
"""By so much a line must be read better one way round for that to decide: 6 and 9 are read as well either way."""

_LEGIBLE = 0.6
_SAMPLE_LINES = 6


class Orienter:
    """Tells how pages and lines lie. Thread-safe."""

    def __init__(
        self,
        slots: Callable[[], InferencePool[OrientationSlot]],
        detect: Callable[[Image, Run], Detection],
        reader: LineReader,
    ) -> None:
        self._slots = slots
        self._detect = detect
        self._reader = reader

    def page_angle(self, image: Image, run: Run) -> int:
        """The degrees by which the page lies turned clockwise: 0, 90, 180 or 270.

        Raises:
            DeadlineExceededError: The time ran out.
        """
        job = self._slots().submit(lambda slot: slot.page.classify([image]), run.ticket, run.deadline)
        orientation = result_of(job, run.deadline, "orient")[0]
        if orientation.score >= _SURE_PAGE:
            return orientation.angle
        return self._angle_by_reading(image, run, otherwise=orientation.angle)

    def suspects(self, crops: Sequence[Image], run: Run) -> list[bool]:
        """Which lines are taken to stand on their heads; a line a job, so that they spread over every slot.

        Raises:
            DeadlineExceededError: The time ran out.
        """
        slots = self._slots()
        jobs = [slots.submit(_line_work(crop), run.ticket, run.deadline) for crop in crops]
        return [result_of(job, run.deadline, "orient")[0].angle == 180 for job in jobs]

    def turned_readings(
        self, crops: Sequence[Image], suspects: Sequence[bool], read: Sequence[Recognition], run: Run
    ) -> list[Recognition | None]:
        """What stands in each line that stands on its head, read the other way round; None for the others.

        Where most lines of the page clearly stand on their heads, those that could be either do so, too.

        Raises:
            DeadlineExceededError: The time ran out.
        """
        doubtful = [index for index, suspect in enumerate(suspects) if suspect or read[index].score < _SURE_LINE]
        gains = self._gains(doubtful, crops, read, run)
        least = _CLEAR
        if 2 * sum(gain > _CLEAR for gain, _ in gains.values()) > len(crops):
            least = -_CLEAR
            gains |= self._gains([index for index in range(len(crops)) if index not in gains], crops, read, run)
        chosen = {index: turned for index, (gain, turned) in gains.items() if gain > least}
        return [chosen.get(index) for index in range(len(crops))]

    def _gains(
        self, lines: Sequence[int], crops: Sequence[Image], read: Sequence[Recognition], run: Run
    ) -> dict[int, tuple[float, Recognition]]:
        """Of each of *lines*, by how much it is read better the other way round, and what."""
        turned = self._reader.read([turned_upright(crops[index], 180) for index in lines], run)
        return {index: (other.score - read[index].score, other) for index, other in zip(lines, turned, strict=True)}

    def _angle_by_reading(self, image: Image, run: Run, *, otherwise: int) -> int:
        """The angle at which the largest lines are read best: whether they lie or stand tells two of the four.

        *otherwise* where nothing can be read either way, and 0 where there is nothing to read.
        """
        quads = sorted(self._detect(image, run).quads, key=_area, reverse=True)[:_SAMPLE_LINES]
        if not quads:
            return 0
        standing = [quad for quad in quads if runs_downwards(quad)]
        lying = [quad for quad in quads if not runs_downwards(quad)]
        chosen, angles = (standing, (90, 270)) if len(standing) > len(lying) else (lying, (0, 180))
        crops = [crop for quad in chosen if (crop := crop_line(image, quad)) is not None]
        scores = [
            sum(recognition.score for recognition in self._reader.read(lines, run)) / len(chosen)
            for lines in (crops, [turned_upright(crop, 180) for crop in crops])
        ]
        return angles[scores[1] > scores[0]] if max(scores) >= _LEGIBLE else otherwise


def _line_work(crop: Image) -> Callable[[OrientationSlot], list[Orientation]]:
    return lambda slot: slot.line.classify([crop])


def _area(quad: QuadArray) -> float:
    return float(cv2.contourArea(quad))
