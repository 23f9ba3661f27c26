"""Finding out how pages and lines lie: classifiers and recogniser are fakes whose answers are given."""

import cv2
import numpy as np
import pytest

from app.engines.base import Detection, Orientation, OrientationSlot, Recognition
from app.errors import DeadlineExceededError
from app.pipeline.orientation import Orienter
from app.pipeline.result import Run
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool
from tests.options import page_options

PATIENCE_SECONDS = 20
GREEN, RED = (0, 255, 0), (0, 0, 255)


class Classifier:
    """Answers with what it was told, picture by picture, and keeps their shapes."""

    def __init__(self, *answers):
        self.answers, self.shapes = list(answers), []

    def classify(self, images):
        """Answer for each."""
        self.shapes += [image.shape for image in images]
        return [self.answers.pop(0) for _ in images]


class Reader:
    """Takes a line that is green at its left for upright. upright, turned: the scores of such lines, and of others."""

    def __init__(self, upright=0.9, turned=0.1):
        self.scores, self.crops = (turned, upright), []

    def read(self, crops, _):
        """Answer for each crop."""
        self.crops.append(len(crops))
        return [self._read(crop) for crop in crops]

    def _read(self, crop):
        assert crop.shape[1] >= crop.shape[0], "lines are handed over lying"
        ahead = bool(crop[crop.shape[0] // 2, crop.shape[1] // 4, 1] > 128)
        return Recognition("upright" if ahead else "turned", self.scores[ahead])


def quads_of(*boxes):
    """Return a detection of upright boxes."""
    corners = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in boxes]
    return Detection(np.array(corners, np.int32).reshape(-1, 4, 2), np.ones(len(boxes), np.float32))


def page(angle, lines=3):
    """Return an upright page of lines, green at their beginning and red at their end, turned clockwise by *angle*."""
    picture = np.full((40 + 40 * lines, 300, 3), 255, np.uint8)
    for number in range(lines):
        top = 20 + 40 * number
        picture[top : top + 24, 30:150], picture[top : top + 24, 150:270] = GREEN, RED
    return np.rot90(picture, -angle // 90).copy()


def boxes_in(picture):
    """Return where the lines of a page stand, however it lies."""
    ink = (picture != 255).any(axis=2).astype(np.uint8)
    found = [
        cv2.boundingRect(contour) for contour in cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    ]
    return quads_of(*((x, y, x + width, y + height) for x, y, width, height in found))


def orienter_with(page_answers=(), line_answers=(), reader=None, detect=lambda image, _: boxes_in(image)):
    """Return an orienter on one warm slot."""
    slot = OrientationSlot(Classifier(*page_answers), Classifier(*line_answers))
    pool = InferencePool("o", [slot], lambda _: None)
    for future in pool.start():
        future.result(PATIENCE_SECONDS)
    return Orienter(lambda: pool, detect, reader or Reader())


def run_of(deadline=None):
    """Return a request under way."""
    return Run(0, deadline or Deadline(60), page_options(960))


def never(*_):
    """Fail: this must not be asked."""
    pytest.fail("asked in vain")


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("score", [0.8, 0.99])
def test_a_sure_class_is_taken(angle, score):
    """From 0.8 on nobody else is asked."""
    orienter = orienter_with([Orientation(angle, score)], reader=None, detect=never)
    assert orienter.page_angle(page(0), run_of()) == angle


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("said", [0, 90, 180, 270])
def test_in_doubt_the_better_reading_decides(angle, said):
    """Below 0.8 the class counts for nothing where the lines can be read one way."""
    orienter = orienter_with([Orientation(said, 0.79)])
    assert orienter.page_angle(page(angle), run_of()) == angle


@pytest.mark.parametrize("said", [0, 90, 180, 270])
def test_where_nothing_is_legible_either_way_the_class_stands(said):
    """Two bad readings say nothing: 0.59 is no better than 0.1."""
    orienter = orienter_with([Orientation(said, 0.5)], reader=Reader(upright=0.59, turned=0.1))
    assert orienter.page_angle(page(180), run_of()) == said


@pytest.mark.parametrize("said", [0, 90, 180, 270])
def test_a_page_without_lines_is_left_as_it_is(said):
    """Nothing to read, nothing to turn."""
    reader = Reader()
    orienter = orienter_with([Orientation(said, 0.5)], reader=reader)
    assert orienter.page_angle(np.full((50, 60, 3), 255, np.uint8), run_of()) == 0
    assert reader.crops == []


def test_equal_readings_leave_a_page_upright():
    """A tie is no reason to turn anything."""
    orienter = orienter_with([Orientation(180, 0.5)], reader=Reader(upright=0.9, turned=0.9))
    assert orienter.page_angle(page(0), run_of()) == 0


def test_the_largest_lines_are_the_sample():
    """Of many lines six are read, both ways round, and those are the largest."""
    picture, reader = page(180, lines=10), Reader()
    small = quads_of(*((5, 5 + 2 * number, 9, 6 + 2 * number) for number in range(10)))
    large = boxes_in(picture)
    both = Detection(np.concatenate([small.quads, large.quads]), np.ones(20, np.float32))
    orienter = orienter_with([Orientation(0, 0.5)], reader=reader, detect=lambda *_: both)
    assert orienter.page_angle(picture, run_of()) == 180
    assert reader.crops == [6, 6]


def test_the_majority_of_the_lines_tells_whether_they_lie_or_stand():
    """One standing line, a margin note, does not turn a page of lying ones."""
    picture = page(180)
    picture = np.concatenate([picture, np.full((picture.shape[0], 60, 3), 255, np.uint8)], axis=1)
    picture[30:130, 310:330] = RED
    orienter = orienter_with([Orientation(90, 0.5)])
    assert orienter.page_angle(picture, run_of()) == 180


def test_a_line_on_its_head_is_a_suspect():
    """A line a job; 180 degrees make a suspect, however unsure."""
    answers = [Orientation(0, 0.99), Orientation(180, 0.51), Orientation(180, 0.99), Orientation(0, 0.51)]
    orienter = orienter_with(line_answers=answers)
    crops = [np.zeros((10, 20 + number, 3), np.uint8) for number in range(4)]
    assert orienter.suspects(crops, run_of()) == [False, True, True, False]
    assert orienter.suspects([], run_of()) == []


def reading(score):
    """Return a recognition of that score."""
    return Recognition("first", score)


def lines_of(*upright):
    """Return crops of lines, green at their beginning, on their heads where they are not upright."""
    crop = np.full((20, 100, 3), RED, np.uint8)
    crop[:, :50] = GREEN
    return [crop if stands else crop[::-1, ::-1] for stands in upright]


def test_only_lines_in_doubt_are_read_again():
    """Suspects, and what was read below 0.85; the others cost nothing, and nothing is read better on its head."""
    reader = Reader()
    orienter = orienter_with(reader=reader)
    read = [reading(score) for score in (0.95, 0.95, 0.849, 0.85)]
    again = orienter.turned_readings(lines_of(True, True, True, True), [False, True, False, False], read, run_of())
    assert reader.crops == [2]
    assert again == [None] * 4  # on their heads they are read as badly as can be


def test_only_a_clearly_better_reading_is_taken():
    """A line on its head is read better the other way; one that the classifier maligned is left as it was."""
    orienter = orienter_with(reader=Reader(upright=0.9, turned=0.3))
    read = [reading(score) for score in (0.3, 0.9, 0.9, 0.81, 0.9)]
    crops = lines_of(False, True, False, False, True)
    again = orienter.turned_readings(crops, [True, True, True, True, False], read, run_of())
    assert again == [Recognition("upright", 0.9), None, None, None, None]  # a tie, and 0.09, are not clear


def test_where_most_lines_are_on_their_heads_the_others_are_so_too():
    """What could be either way then follows the majority, also where nobody had suspected it."""
    reader = Reader(upright=0.95, turned=0.3)
    orienter = orienter_with(reader=reader)
    read = [reading(score) for score in (0.3, 0.3, 0.3, 1.0)]
    crops = lines_of(False, False, False, False)
    again = orienter.turned_readings(crops, [True, True, True, False], read, run_of())
    assert again == [Recognition("upright", 0.95)] * 4  # the last is read worse by 0.05 only
    assert reader.crops == [3, 1]


def test_a_line_that_stands_clearly_upright_does_not_follow_the_majority():
    """Three lines on their heads do not turn a fourth that is read much better as it stands."""
    orienter = orienter_with(reader=Reader(upright=0.95, turned=0.3))
    read = [reading(score) for score in (0.3, 0.3, 0.3, 0.99)]
    again = orienter.turned_readings(lines_of(False, False, False, True), [True] * 3 + [False], read, run_of())
    assert again == [Recognition("upright", 0.95)] * 3 + [None]


def test_half_of_the_lines_are_no_majority():
    """Two of four decide nothing about a line that could be either."""
    orienter = orienter_with(reader=Reader(upright=0.95, turned=0.3))
    read = [reading(score) for score in (0.3, 0.3, 1.0, 1.0)]
    again = orienter.turned_readings(lines_of(False, False, False, True), [True] * 3 + [False], read, run_of())
    assert again == [Recognition("upright", 0.95)] * 2 + [None, None]


def test_the_deadline_holds():
    """A request out of time asks no classifier."""
    deadline = Deadline(60)
    deadline.abandon()
    orienter = orienter_with([Orientation(0, 0.99)], [Orientation(0, 0.99)])
    with pytest.raises(DeadlineExceededError):
        orienter.page_angle(page(0), run_of(deadline))
    with pytest.raises(DeadlineExceededError):
        orienter.suspects(lines_of(True), run_of(deadline))
