"""The sequence of the stages, on real pools whose slots are fakes."""

import threading
import time
from concurrent.futures import Future

import numpy as np
import pytest

from app.engines.base import Batching, OrientationSlot
from app.errors import DeadlineExceededError, EngineError
from app.pipeline.line_groups import one_by_one
from app.pipeline.line_reader import LineReader
from app.pipeline.pipeline import Pipeline
from app.scheduling.deadline import Deadline
from tests.options import detection
from tests.pipeline.pipeline_fakes import (
    PATIENCE_SECONDS,
    Classifier,
    Detector,
    Reader,
    page_of,
    pipeline,
    run_of,
    texts,
)


def test_a_page_is_read():
    """Size, lines in reading order, their polygons and scores come out; the detector was given the run's options."""
    picture, boxes = page_of(40, 80, 120)
    detector = Detector(boxes[2], boxes[0], boxes[1])
    page = pipeline([detector], [Reader({"line 80": 0.5})]).recognise(picture, run_of())
    assert (page.index, page.width, page.height, page.angle) == (0, 200, 100, 0)
    assert texts(page) == ["line 40", "line 80", "line 120"]
    assert [line.score for line in page.lines] == [0.9, 0.5, 0.9]
    assert [line.box for line in page.lines] == boxes
    assert page.lines[0].polygon == ((20, 10), (180, 10), (180, 30), (20, 30))
    assert detector.asked == [([(100, 200, 3)], detection(960))]


def test_coordinates_are_plain_integers():
    """The result can be written as JSON: no number of NumPy's is in it."""
    picture, boxes = page_of(40)
    page = pipeline([Detector(*boxes)], [Reader()]).recognise(picture, run_of())
    assert {type(number) for point in page.lines[0].polygon for number in point} == {int}
    assert type(page.lines[0].score) is float
    assert {type(page.width), type(page.height)} == {int}


def test_a_page_without_text_is_a_page_without_lines():
    """Nothing found is an answer, and nobody is asked to read it."""
    seen = []
    page = pipeline([Detector()], [Reader(seen=seen)]).recognise(np.zeros((50, 70, 3), np.uint8), run_of())
    assert (page.width, page.height, page.lines, page.text) == (70, 50, (), "")
    assert seen == []


def test_lines_keep_their_order_when_they_finish_out_of_order():
    """The first line is read only after all others are; it is still the first."""
    picture, boxes = page_of(10, 20, 30, 40, 50)
    others_read, seen = threading.Semaphore(0), []

    def before(text):
        if text == "line 10":
            for _ in range(4):
                assert others_read.acquire(timeout=PATIENCE_SECONDS)
        else:
            others_read.release()

    readers = [Reader(before=before, seen=seen) for _ in range(2)]
    page = pipeline([Detector(*boxes)], readers).recognise(picture, run_of())
    assert seen[-1] == "line 10"
    assert texts(page) == ["line 10", "line 20", "line 30", "line 40", "line 50"]


def test_lines_of_one_request_spread_over_the_slots():
    """Two lines are read at the same time by two slots: each waits until the other has begun."""
    picture, boxes = page_of(10, 20)
    barrier = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    readers = [Reader(before=lambda _: barrier.wait()) for _ in range(2)]
    assert texts(pipeline([Detector(*boxes)], readers).recognise(picture, run_of())) == ["line 10", "line 20"]


@pytest.mark.parametrize(
    ("min_score", "left"), [(0.0, [10, 20, 30]), (0.5, [20, 30]), (0.51, [30]), (0.9, [30]), (1.0, [])]
)
def test_lines_below_the_least_score_are_left_out(min_score, left):
    """A line is kept from the least score on; the others keep their own boxes."""
    picture, boxes = page_of(10, 20, 30)
    reader = Reader({"line 10": 0.2, "line 20": 0.5, "line 30": 0.9})
    page = pipeline([Detector(*boxes)], [reader]).recognise(picture, run_of(min_score=min_score))
    assert texts(page) == [f"line {grey}" for grey in left]
    assert [line.box for line in page.lines] == [boxes[grey // 10 - 1] for grey in left]


def test_lines_without_text_are_left_out():
    """A box in which nothing is read is no line, and takes no other line's place."""
    picture, boxes = page_of(10, 0, 30)
    page = pipeline([Detector(*boxes)], [Reader()]).recognise(picture, run_of())
    assert [(line.text, line.box) for line in page.lines] == [("line 10", boxes[0]), ("line 30", boxes[2])]


def test_boxes_without_area_are_left_out():
    """A quad that is a point is not read, and the other lines keep their boxes."""
    picture, boxes = page_of(10, 20)
    seen = []
    detector = Detector((50, 5, 50, 5), *boxes)
    page = pipeline([detector], [Reader(seen=seen)]).recognise(picture, run_of())
    assert [(line.text, line.box) for line in page.lines] == [("line 10", boxes[0]), ("line 20", boxes[1])]
    assert len(seen) == 2


def test_no_line_is_read_once_the_time_ran_out_in_detection():
    """The deadline stops the request between stages: the recogniser never hears of it."""
    picture, boxes = page_of(10, 20)
    deadline, seen = Deadline(60), []
    detector = Detector(*boxes, meanwhile=deadline.abandon)
    with pytest.raises(DeadlineExceededError, match="crop"):
        pipeline([detector], [Reader(seen=seen)]).recognise(picture, run_of(deadline=deadline))
    assert len(detector.asked) == 1
    assert seen == []


def test_nothing_is_detected_once_the_time_is_over():
    """A request that comes too late for its first stage does not run it."""
    picture, boxes = page_of(10)
    deadline, detector = Deadline(60), Detector(*boxes)
    deadline.abandon()
    made = pipeline([detector], [Reader()])
    with pytest.raises(DeadlineExceededError):
        made.recognise(picture, run_of(deadline=deadline))
    made.recognise(picture, run_of(ticket=1))  # the pool has worked off what came before
    assert len(detector.asked) == 1


def test_lines_not_yet_begun_are_not_begun_when_the_time_runs_out():
    """In the middle of recognition the lines that still wait are dropped, and the next request is served."""
    picture, boxes = page_of(10, 20, 30, 40)
    deadline, seen = Deadline(60), []
    made = pipeline([Detector(*boxes)], [Reader(before=lambda _: deadline.abandon(), seen=seen)])
    with pytest.raises(DeadlineExceededError):
        made.recognise(picture, run_of(deadline=deadline))
    made.recognise(np.full_like(picture, 90), run_of(ticket=1))
    assert seen == ["line 10"] + ["line 90"] * 4


def test_a_stage_that_hangs_does_not_hold_the_request():
    """A detector that does not come back costs the request its deadline, no more, and the error names the stage."""
    picture, boxes = page_of(10)
    release = threading.Event()
    detector = Detector(*boxes, meanwhile=lambda: release.wait(PATIENCE_SECONDS))
    try:
        with pytest.raises(DeadlineExceededError, match="detect"):
            pipeline([detector], [Reader()]).recognise(picture, run_of(seconds=0.05))
    finally:
        release.set()


@pytest.mark.parametrize("stage", ["detect", "recognise"])
def test_an_engines_error_is_the_requests_error(stage):
    """What an engine raises comes out as it is, and the next request is served by the same slots."""
    picture, boxes = page_of(10, 20)
    error, failing = EngineError("the runtime refused"), [True]

    def fail(*_):
        if failing[0]:
            raise error

    detector = Detector(*boxes, meanwhile=fail if stage == "detect" else lambda: None)
    reader = Reader(before=fail if stage == "recognise" else lambda _: None)
    made = pipeline([detector], [reader])
    with pytest.raises(EngineError) as caught:
        made.recognise(picture, run_of())
    assert caught.value is error
    failing[0] = False
    assert texts(made.recognise(picture, run_of(ticket=1))) == ["line 10", "line 20"]


def test_timings_add_up():
    """Each stage has at least the time spent in it, their sum at most that of the call; a second page adds to them."""
    picture, boxes = page_of(10, 20)
    detector = Detector(*boxes, meanwhile=lambda: time.sleep(0.02))
    made = pipeline([detector], [Reader(before=lambda _: time.sleep(0.01))])
    run = run_of()
    begun = time.perf_counter()
    made.recognise(picture, run)
    first = dict(run.timings.items())
    made.recognise(picture, run)
    elapsed = time.perf_counter() - begun
    both = dict(run.timings.items())
    assert first["detect"] >= 0.02
    assert first["recognise"] >= 0.02
    assert all(first[stage] > 0 for stage in ("crop", "assemble"))
    assert all(first[stage] == 0 for stage in ("queue", "decode"))
    assert both["detect"] >= first["detect"] + 0.02
    assert both["recognise"] >= first["recognise"] + 0.02
    assert sum(both.values()) <= elapsed


class InlinePool:
    """Runs each job at once and keeps what it was submitted with."""

    def __init__(self, slot):
        self.slot, self.submitted = slot, []

    def submit(self, work, ticket, deadline):
        """Run *work* here and now."""
        self.submitted.append((ticket, deadline))
        future = Future()
        future.set_result(work(self.slot))
        return future

    def submit_joinable(self, parts, ticket, deadline):
        """Run each of *parts* on its own."""
        return [
            self.submit(lambda slot, part=part: part.work(slot, [part.item])[0], ticket, deadline) for part in parts
        ]


@pytest.mark.parametrize("across_requests", [False, True])
def test_every_job_carries_the_requests_ticket_and_deadline(across_requests):
    """Orientation, detection and each line are queued under the request's place in the order, and end with it."""
    picture, boxes = page_of(10, 20, 30)
    pools = [
        InlinePool(Detector(*boxes)),
        InlinePool(Reader()),
        InlinePool(OrientationSlot(Classifier(), Classifier())),
    ]
    detectors, readers, orienters = pools
    run = run_of(ticket=17, turn_page=True, turn_lines=True)
    batching = Batching(lambda _: 1, across_requests=across_requests)
    Pipeline(detectors, LineReader(readers, one_by_one, batching), lambda: orienters).recognise(picture, run)
    assert detectors.submitted == [(17, run.deadline)]
    assert readers.submitted == [(17, run.deadline)] * 3
    assert orienters.submitted == [(17, run.deadline)] * 4
