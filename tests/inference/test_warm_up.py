"""Shapes that are warmed while nobody waits: never before a request, and never at its cost."""

import threading
import time

import pytest

from app.inference import warm_up
from app.inference.warm_up import warm_ahead
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool

PATIENCE = 30
SHAPES = [(48, 160), (48, 320), (48, 640)]


class Slot:
    """Names three shapes, keeps in which order it was asked to do what, and fails at those of *bad*."""

    def __init__(self, bad=()):
        self.bad, self.done = bad, []

    def shapes_ahead(self):
        """Name them."""
        return SHAPES

    def warm_shape(self, shape):
        """Note it, or fail."""
        if shape in self.bad:
            raise RuntimeError(f"no memory for {shape}")
        self.done.append(shape)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """The test need not wait between shapes."""
    monkeypatch.setattr(warm_up, "_PAUSE_SECONDS", 0.001)


def started(slot):
    """Return a pool of one slot, running."""
    pool = InferencePool("test", [slot], lambda _: None)
    for warm in pool.start():
        warm.result(PATIENCE)
    return pool


def test_every_shape_is_warmed_in_order():
    """While nobody is in, all that the slot names is run on the pool."""
    slot = Slot()
    warm_ahead(started(slot), slot, lambda: True)
    assert slot.done == SHAPES


def test_nothing_is_begun_while_somebody_is_in():
    """Whether anybody is in is asked anew before each shape; meanwhile the warm-up waits."""
    slot, asked = Slot(), []
    answers = iter([False, False, True, False, True, True])

    def is_idle():
        asked.append(len(slot.done))
        return next(answers)

    warm_ahead(started(slot), slot, is_idle)
    assert slot.done == SHAPES
    assert asked == [0, 0, 0, 1, 1, 2]  # how many were done when it was asked


def test_a_service_that_is_never_idle_is_warmed_all_the_same(monkeypatch):
    """With somebody in at all times each shape is run after a while, behind what waits."""
    monkeypatch.setattr(warm_up, "_PATIENCE_WITH_REQUESTS_SECONDS", 0.01)
    slot = Slot()
    warm_ahead(started(slot), slot, lambda: False)
    assert slot.done == SHAPES


def test_requests_go_first():
    """A request that comes between the question and the job is worked on before the shape, however late its ticket."""
    slot = Slot()
    pool = started(slot)
    occupied, leave = threading.Event(), threading.Event()
    pool.submit(lambda _: (occupied.set(), leave.wait(PATIENCE)), 0, Deadline(PATIENCE))
    assert occupied.wait(PATIENCE)
    warming = threading.Thread(target=warm_ahead, args=(pool, slot, lambda: True))
    warming.start()
    while not pool._jobs:  # the first shape has been submitted
        time.sleep(0.001)
    requests = [
        pool.submit(lambda slot: slot.done.append("request"), ticket, Deadline(PATIENCE)) for ticket in (7, 10**9)
    ]
    leave.set()
    for request in requests:
        request.result(PATIENCE)
    warming.join(PATIENCE)
    assert slot.done == ["request", "request", *SHAPES]


def test_a_shape_waits_for_its_turn_as_long_as_it_takes(monkeypatch):
    """However long requests keep the slots busy, the shape is run in the end: it has no time limit."""
    seen = []
    slot = Slot()
    pool = started(slot)
    submit = pool.submit
    monkeypatch.setattr(pool, "submit", lambda work, ticket, limit: seen.append(limit) or submit(work, ticket, limit))
    warm_ahead(pool, slot, lambda: True)
    assert [limit.remaining() for limit in seen] == [float("inf")] * 3


def test_a_shape_that_fails_is_logged_and_the_others_are_warmed(caplog):
    """The service goes on, and so does the warm-up."""
    slot = Slot(bad=[SHAPES[1]])
    warm_ahead(started(slot), slot, lambda: True)
    assert slot.done == [SHAPES[0], SHAPES[2]]
    (record,) = caplog.records
    assert (record.message, record.shape) == ("warm-up ahead failed", SHAPES[1])
    assert "no memory" in str(record.exc_info[1])
