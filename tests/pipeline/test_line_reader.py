"""Lines on their way to the recognisers and back, on real pools whose slots are fakes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.engines.base import Batching, Recognition
from app.errors import DeadlineExceededError, EngineError
from app.pipeline.line_groups import by_canvas, by_six, one_by_one
from app.pipeline.line_reader import LineReader
from app.pipeline.result import Run
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool
from tests.options import page_options

PATIENCE_SECONDS = 20


class Reader:
    """Reads a crop as its grey, keeps what it was asked, and can do something before."""

    def __init__(self, before=lambda _: None):
        self.before, self.calls = before, []

    def recognise(self, crops, canvas_ratio):
        """Answer for each crop."""
        greys = [int(crop[0, 0, 0]) for crop in crops]
        self.before(greys)
        self.calls.append((greys, canvas_ratio))
        return [Recognition(str(grey), grey / 100) for grey in greys]


def reader_on(slots, grouping=by_six, lines_per_call=1, *, across_requests=False):
    """Return a line reader on a warm pool."""
    batching = Batching(lambda _: lines_per_call, across_requests=across_requests)
    pool = InferencePool("r", slots, lambda _: None)
    for future in pool.start():
        future.result(PATIENCE_SECONDS)
    return LineReader(pool, grouping, batching)


def line(grey, width=100, height=10):
    """Return a crop of one grey."""
    return np.full((height, width, 3), grey, np.uint8)


def run_of(deadline=None, ticket=0):
    """Return a request under way."""
    return Run(ticket, deadline or Deadline(60), page_options(960))


@pytest.mark.parametrize("across_requests", [False, True])
@pytest.mark.parametrize("grouping", [by_six, by_canvas, one_by_one])
@pytest.mark.parametrize("lines_per_call", [1, 4, 6])
@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_answers_come_in_the_order_of_the_lines(grouping, lines_per_call, count, across_requests):
    """However lines are grouped and spread over slots, each gets its own answer."""
    widths = np.random.default_rng(count).permutation(count) * 13 + 20
    crops = [line(number + 1, int(width)) for number, width in enumerate(widths)]
    slots = [Reader(), Reader()]
    read = reader_on(slots, grouping, lines_per_call, across_requests=across_requests).read(crops, run_of())
    assert [recognition.text for recognition in read] == [str(number + 1) for number in range(count)]


def test_order_holds_when_the_first_line_is_finished_last():
    """The first line is read only after all others are; it is still the first."""
    others = threading.Semaphore(0)

    def before(greys):
        if greys == [1]:
            for _ in range(4):
                assert others.acquire(timeout=PATIENCE_SECONDS)
        else:
            others.release()

    reader = reader_on([Reader(before), Reader(before)], one_by_one)
    assert [one.text for one in reader.read([line(grey) for grey in (1, 2, 3, 4, 5)], run_of())] == list("12345")


def test_each_line_has_its_groups_canvas():
    """Eight lines: the six shortest on the canvas of the longest of them, the two longest on theirs."""
    slot = Reader()
    widths = [900, 100, 200, 80, 120, 300, 90, 110]
    reader_on([slot]).read([line(number, width) for number, width in enumerate(widths)], run_of())
    asked = {grey: ratio for greys, ratio in slot.calls for grey in greys}
    assert asked == {0: 90, 5: 90} | dict.fromkeys((1, 2, 3, 4, 6, 7), 20)


@pytest.mark.parametrize(
    ("lines_per_call", "sizes"), [(1, [1] * 8), (2, [2, 2, 2, 2]), (4, [4, 2, 2]), (6, [6, 2]), (9, [6, 2])]
)
def test_a_call_takes_as_many_lines_as_the_engine_wants(lines_per_call, sizes):
    """Never more, and never lines of two groups: their canvases differ."""
    slot = Reader()
    reader_on([slot], by_six, lines_per_call).read([line(grey, 100 + grey) for grey in range(8)], run_of())
    assert [len(greys) for greys, _ in slot.calls] == sizes


class Held:
    """A slot whose first call waits until it is let go, so that what comes meanwhile waits together."""

    def __init__(self):
        self.entered, self.released = threading.Event(), threading.Event()
        self.slot = Reader(self.before)

    def before(self, _):
        """Wait."""
        self.entered.set()
        assert self.released.wait(PATIENCE_SECONDS)


@pytest.fixture
def two_pages():
    """Have two requests read while the slot is busy, together; returns their texts and the slot's calls."""

    def read(pages, grouping, **batching):
        held = Held()
        reader = reader_on([held.slot], grouping, 4, **batching)
        with ThreadPoolExecutor(3) as threads:
            try:
                first = threads.submit(reader.read, [line(255)], run_of())
                assert held.entered.wait(PATIENCE_SECONDS)
                futures = []
                waiting = 0
                for ticket, crops in enumerate(pages, 1):
                    futures.append(threads.submit(reader.read, crops, run_of(ticket=ticket)))
                    waiting += len(crops) if batching["across_requests"] or grouping is one_by_one else 1
                    while len(reader._recognizers._jobs) < waiting:
                        time.sleep(0.001)
            finally:
                held.released.set()
            first.result(PATIENCE_SECONDS)
            texts = [[one.text for one in future.result(PATIENCE_SECONDS)] for future in futures]
        return texts, held.slot.calls[1:]

    return read


def test_lines_of_two_requests_on_the_same_canvas_are_read_together(two_pages):
    """Lines of several canvases from two requests: those of one canvas go together, and each gets its own text."""
    long, short = 100, 40
    pages = [[line(1, short), line(2, long), line(3, short)], [line(11, long), line(12, short)]]
    texts, calls = two_pages(pages, by_canvas, across_requests=True)
    assert texts == [["1", "2", "3"], ["11", "12"]]
    assert calls == [([1, 3, 12], 192 / 48), ([2, 11], 544 / 48)]


@pytest.mark.parametrize(("grouping", "sizes"), [(by_six, [2, 2]), (one_by_one, [1] * 4)])
def test_lines_of_two_requests_are_never_read_together_where_the_engine_forbids_it(two_pages, grouping, sizes):
    """Even on the same canvas: an engine whose answers depend on who else is in the batch sees one page's at a time."""
    pages = [[line(1), line(2)], [line(11), line(12)]]
    texts, calls = two_pages(pages, grouping, across_requests=False)
    assert texts == [["1", "2"], ["11", "12"]]
    assert [len(greys) for greys, _ in calls] == sizes
    assert all(len({grey > 10 for grey in greys}) == 1 for greys, _ in calls)


def test_lines_of_one_page_spread_over_the_slots():
    """Two lines are read at the same time by two slots: each waits until the other has begun."""
    barrier = threading.Barrier(2, timeout=PATIENCE_SECONDS)
    slots = [Reader(lambda _: barrier.wait()) for _ in range(2)]
    assert [one.text for one in reader_on(slots).read([line(1), line(2)], run_of())] == ["1", "2"]


def test_lines_not_yet_begun_are_not_begun_when_the_time_runs_out():
    """Whoever is out of time gets the error, and what waits is dropped."""
    deadline = Deadline(60)
    slot = Reader(lambda _: deadline.abandon())
    reader = reader_on([slot])
    with pytest.raises(DeadlineExceededError):
        reader.read([line(grey) for grey in (1, 2, 3)], run_of(deadline))
    reader.read([line(9)], run_of(ticket=1))
    assert [greys for greys, _ in slot.calls] == [[1], [9]]


def test_a_slot_that_hangs_costs_the_deadline_alone():
    """The error names the stage."""
    release = threading.Event()
    reader = reader_on([Reader(lambda _: release.wait(PATIENCE_SECONDS))])
    try:
        with pytest.raises(DeadlineExceededError, match="recognise"):
            reader.read([line(1)], run_of(Deadline(0.05)))
    finally:
        release.set()


def test_an_engines_error_comes_out_as_it_is():
    """And the slot serves the next page."""
    error, failing = EngineError("the runtime refused"), [True]

    def fail(_):
        if failing.pop():
            raise error

    reader = reader_on([Reader(fail)])
    with pytest.raises(EngineError) as caught:
        reader.read([line(1)], run_of())
    assert caught.value is error
    failing.append(False)
    assert reader.read([line(2)], run_of(ticket=1))[0].text == "2"


def test_an_engine_that_answers_too_few_is_an_error():
    """Answers are not shifted from one line to another."""
    slot = Reader()
    slot.recognise = lambda crops, _: [Recognition("x", 1.0)] * (len(crops) - 1)
    with pytest.raises(ValueError, match="shorter"):
        reader_on([slot], by_six, 6).read([line(1), line(2)], run_of())
