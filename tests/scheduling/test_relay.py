"""What a thread makes is taken as it comes, and nobody is left behind when it is not."""

import threading

import pytest

from app.errors import EngineError, UnavailableError
from app.scheduling.relay import relayed


def unexpected():
    """Fail: nobody gave up."""
    pytest.fail("given up")


def taken(pieces):
    """Take all pieces; returns them and the result."""
    got = []
    while True:
        try:
            got.append(next(pieces))
        except StopIteration as end:
            return got, end.value


def test_pieces_come_while_others_are_made(patience):
    """The second is not begun before the first was taken; behind the last comes the result."""
    was_taken = threading.Event()

    def make(hand_on):
        hand_on("first")
        assert was_taken.wait(patience)
        hand_on("second")
        return "all"

    pieces = relayed(make, unexpected)
    assert next(pieces) == "first"
    was_taken.set()
    assert taken(pieces) == (["second"], "all")


def test_an_error_comes_behind_the_pieces():
    """What was made before it is not lost."""

    def make(hand_on):
        hand_on(1)
        hand_on(2)
        raise EngineError("broken")

    pieces = relayed(make, unexpected)
    assert [next(pieces), next(pieces)] == [1, 2]
    with pytest.raises(EngineError, match="broken"):
        next(pieces)


def test_who_stops_taking_gives_up_and_leaves_no_thread(patience):
    """The maker is told, and waited for: with it go its permit and its picture."""
    given_up, ended = threading.Event(), threading.Event()

    def make(hand_on):
        hand_on("first")
        assert given_up.wait(patience)
        ended.set()

    pieces = relayed(make, given_up.set)
    next(pieces)
    pieces.close()
    assert ended.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "relay"]


def test_without_a_thread_it_is_refused(monkeypatch):
    """Where the system gives none, the client is told to come back."""

    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(UnavailableError):
        next(relayed(lambda _: pytest.fail("made"), unexpected))
