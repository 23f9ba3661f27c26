"""Work at the same time, handed on in order."""

import itertools
import threading
from contextlib import closing

import pytest

from app.command_line.turns import in_turn


def test_what_is_done_first_waits_for_its_turn():
    """The second is done before the first is, and comes behind it."""
    second_is_done = threading.Event()

    def work(item):
        if item == 0:
            assert second_is_done.wait(30)
        if item == 1:
            second_is_done.set()
        return item

    assert list(in_turn(range(20), work, 2)) == list(range(20))


def test_no_more_are_worked_on_than_there_are_threads():
    """And as many are, where each waits for the others."""
    together = threading.Barrier(3)
    assert list(in_turn(range(9), lambda item: together.wait(30) >= 0 and item, 3)) == list(range(9))


def test_what_nobody_takes_is_not_made():
    """Of endless items as many are begun as are soon wanted."""
    begun = []
    with closing(in_turn(itertools.count(), lambda item: begun.append(item) or item, 2)) as results:
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        assert len(begun) <= 3 + 2 * 2


def test_an_error_comes_in_its_turn():
    """Behind what came before it."""

    def work(item):
        if item == 2:
            raise ValueError(item)
        return item

    results = in_turn(range(5), work, 2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        next(results)


def test_who_has_enough_waits_for_nobody():
    """What is under way then ends by itself, and nothing else is begun."""
    begun, go_on = [], threading.Event()

    def work(item):
        begun.append(item)
        return item == 0 or go_on.wait(30)

    results = in_turn(range(9), work, 1)
    assert next(results)
    results.close()
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "file":
            thread.join(30)
    assert len(begun) <= 2
