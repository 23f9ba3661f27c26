"""An engine that hangs is found out, one that works is not, and a frozen service finds nothing."""

import threading
import time

import pytest

from app.errors import EngineError
from app.inference.hang_watch import HangWatch

PATIENCE = 30
HANG_SECONDS = 0.2  # twenty ticks of ten milliseconds


class Client:
    """Answers a ping as it is told to."""

    def __init__(self, answer):
        self.answer, self.unanswered_pings, self.running, self.pings = answer, 0, [], 0
        self.has_ended = False

    def ping(self):
        """Ask."""
        self.pings += 1
        if self.answer is gone:
            raise EngineError("gone")
        self.unanswered_pings += 1
        self.answer(self)


def stuck(client):
    """The same run for ever."""
    client.running, client.unanswered_pings = ["detect 7"], 0


def busy(client):
    """Each time another run."""
    client.running, client.unanswered_pings = [f"recognise {client.pings}"], 0


def silent(_):
    """No answer."""


def gone(_):
    """The process has ended: it is not even asked."""


@pytest.fixture
def found():
    """Who was found to hang."""
    return []


@pytest.fixture
def watch(found):
    """A watch of short patience."""
    return HangWatch(HANG_SECONDS, found.append)


def until(condition):
    """Wait for *condition*."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("answer", [stuck, silent])
def test_a_run_that_does_not_end_and_silence_are_hanging(watch, found, answer):
    """Told once, however long it goes on."""
    client = Client(answer)
    with watch.over(client):
        until(lambda: found)
        seen = client.pings
        until(lambda: client.pings > seen + 5)
    assert found == [client]
    assert seen >= 20  # not before its time


@pytest.mark.parametrize("answer", [busy, gone])
def test_work_and_an_end_are_not(watch, found, answer):
    """Whoever does one thing after the other works, and who is gone hangs no more."""
    client = Client(answer)
    with watch.over(client):
        until(lambda: client.pings > 60)
    assert found == []


def test_nothing_is_asked_while_nothing_is_to_do(watch):
    """An idle service does not wake up for it."""
    client = Client(busy)
    with watch.over(client):
        until(lambda: client.pings > 2)
    until(lambda: not watch._busy)
    time.sleep(0.05)
    before = client.pings
    time.sleep(0.1)
    assert client.pings == before


def test_a_run_that_outlives_its_request_is_counted_on(watch, found):
    """Requests may come and go while one run hangs on."""
    client = Client(stuck)
    for _ in range(12):
        before = client.pings
        with watch.over(client):
            until(lambda before=before: client.pings >= before + 3)
    assert found == [client]


def test_two_engines_are_watched_apart(watch, found):
    """While one is replaced by the other, each is judged by itself."""
    hanging, working = Client(stuck), Client(busy)
    with watch.over(hanging), watch.over(working):
        until(lambda: found)
    assert found == [hanging]


def test_time_in_which_nothing_ran_does_not_count(found, monkeypatch):
    """Ticks are counted: a clock that went on while the whole service stood still changes nothing."""
    watch, client = HangWatch(HANG_SECONDS, found.append), Client(stuck)
    monkeypatch.setattr(time, "monotonic", lambda: 1e9)
    with watch.over(client):
        for _ in range(PATIENCE * 100):
            if client.pings > 5:
                break
            threading.Event().wait(0.01)
    assert client.pings > 5
    assert found == []
