"""Something that is made when it is first asked for."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.scheduling.once import Once


def test_it_is_made_when_asked_for_and_once():
    """Nothing happens before; many who ask at the same time wait for the one that makes it, and get the same."""
    made = []
    gate = threading.Barrier(8)

    def make():
        made.append(object())
        time.sleep(0.05)
        return made[-1]

    once = Once(make)
    assert made == []

    def ask(_):
        gate.wait()
        return once()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    assert answers == made * 8
    assert once() is made[0]


def test_a_failure_is_tried_again():
    """Whoever asked hears of it; it is not remembered."""
    attempts = []

    def make():
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("not yet")
        return "made"

    once = Once(make)
    with pytest.raises(OSError, match="not yet"):
        once()
    assert once() == "made"
    assert len(attempts) == 2


def test_what_is_made_may_be_nothing():
    """None is an answer like any other: it is not made twice."""
    made = []
    once = Once(lambda: made.append(1))
    assert once() is None
    assert once() is None
    assert made == [1]
