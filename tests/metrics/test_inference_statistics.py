"""Sums of how often the model was used and how long each part took."""

import threading
import time

import pytest

from app.metrics.inference_statistics import Computed, InferenceStatistics, Spent, Statistics

STAGES = {"queue": 0.25, "decode": 0.5, "detect": 1.0, "crop": 0.0, "recognise": 2.0}


@pytest.fixture
def statistics():
    """Nothing counted yet."""
    return InferenceStatistics()


def answer(statistics, images=1, stages=STAGES):
    """One request that is answered."""
    with statistics.inference() as inference:
        inference.has_read(images, stages)


def fail(statistics, *, is_read):
    """One request that ends with an error, before its images are read or behind that."""
    with statistics.inference() as inference:
        if is_read:
            inference.has_read(1, STAGES)
        raise ValueError("broken")


def test_nothing_is_counted_before_something_is_read(statistics):
    """All is zero at the start."""
    assert statistics.now() == Statistics()


def test_a_request_is_counted_by_its_parts(statistics):
    """Waiting, decoding and everything between are told apart, in nanoseconds."""
    answer(statistics)
    answer(statistics)
    now = statistics.now()
    assert (now.images, now.requests) == (2, 2)
    assert now.queued == Spent(2, 500_000_000)
    assert now.computed.decoding == Spent(2, 1_000_000_000)
    assert now.computed.inference == Spent(2, 6_000_000_000)


def test_what_comes_after_the_reading_is_the_writing(statistics):
    """The answer's time is that from the result to the end of the block; the whole request's holds it."""
    with statistics.inference() as inference:
        time.sleep(0.02)
        inference.has_read(1, {})
        time.sleep(0.01)
    now = statistics.now()
    assert now.computed.encoding.count == now.succeeded.count == 1
    assert 10_000_000 <= now.computed.encoding.ns <= now.succeeded.ns - 20_000_000


def test_images_are_counted_by_how_many_there_were_together(statistics):
    """Requests of one size are summed up, apart from those of another."""
    for images in (1, 3, 3):
        answer(statistics, images)
    now = statistics.now()
    assert (now.images, now.requests) == (7, 3)
    assert {images: computed.decoding.count for images, computed in now.by_images.items()} == {1: 1, 3: 2}
    assert now.by_images[3].inference == Spent(2, 6_000_000_000)


def test_a_request_that_fails_is_counted_as_that(statistics):
    """Whether it was read or not: its parts are not among those of requests that succeeded; the error goes on."""
    for is_read in (True, False):
        with pytest.raises(ValueError, match="broken"):
            fail(statistics, is_read=is_read)
    now = statistics.now()
    assert (now.failed.count, now.succeeded, now.computed, now.requests) == (2, Spent(), Computed(), 0)
    assert now.last > 0


def test_the_last_one_has_a_time(statistics):
    """In milliseconds since 1970."""
    before = time.time_ns() // 1_000_000
    answer(statistics)
    assert before <= statistics.now().last <= time.time_ns() // 1_000_000


def test_threads_lose_no_count(statistics):
    """Every request is in the sums, however many end at a time."""
    threads = [threading.Thread(target=lambda: [answer(statistics) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statistics.now().queued == Spent(4000, 1_000_000_000_000)
    assert statistics.now().by_images[1].encoding.count == 4000
