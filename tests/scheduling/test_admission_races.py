"""Permits are neither lost nor doubled, whatever happens at the same time."""

import random
import threading
import time

import pytest

from app.errors import DeadlineExceededError, QueueFullError
from app.scheduling.deadline import Deadline


@pytest.fixture
def late_wake_up(monkeypatch, patience):
    """Make the first wait in the queue end as a time-out although the permit came: *asleep* is set when it begins."""
    asleep, real = threading.Event(), threading.Event

    class LateEvent(real):
        """Waits for its turn, then says that the time had run out."""

        def wait(self, timeout=None):
            """The race, every time."""
            if asleep.is_set():
                return super().wait(timeout)
            asleep.set()
            assert super().wait(patience)
            return False

    class Threading:
        Lock = threading.Lock
        Event = LateEvent

    monkeypatch.setattr("app.scheduling.admission.threading", Threading)
    return asleep


def test_a_permit_that_comes_too_late_is_put_back(make, holding, background, *, late_wake_up, patience, permits_left):
    """A permit that is handed over in the moment of the time-out is not lost: the next request gets in at once."""
    admission = make(1, 5)
    leave, _ = holding(admission)

    def request():
        with admission.permit(Deadline(60)):
            pytest.fail("it was let in after its time")

    waiting = background(request)
    assert late_wake_up.wait(patience)
    leave.set()
    with pytest.raises(DeadlineExceededError):
        waiting.result(patience)
    assert permits_left(admission) == 1


def test_a_permit_that_comes_too_late_goes_to_the_next(
    make, hold, holding, background, *, late_wake_up, depths, patience, permits_left
):
    """The same with another waiting behind: that one is let in."""
    admission = make(1, 5)
    leave, _ = holding(admission)

    def request():
        with admission.permit(Deadline(60)):
            pytest.fail("it was let in after its time")

    waiting = background(request)
    assert late_wake_up.wait(patience)
    inside = threading.Event()
    leave_next, following = hold(admission, inside.set)
    assert [depths.get(timeout=patience) for _ in range(2)] == [1, 2]
    leave.set()
    with pytest.raises(DeadlineExceededError):
        waiting.result(patience)
    assert inside.wait(patience)
    leave_next.set()
    following.result(patience)
    assert permits_left(admission) == 1


def test_no_permit_is_lost_or_doubled_under_load(make, background, patience, permits_left):
    """Sixteen threads with tiny deadlines: never more inside than allowed, and at the end all permits are there."""
    admission = make(3, 6)
    lock, inside, most = threading.Lock(), [0], [0]

    def client(seed):
        rng, served = random.Random(seed), 0
        for _ in range(60):
            try:
                with admission.permit(Deadline(rng.choice((0.0001, 0.001, 0.01)))):
                    with lock:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    time.sleep(rng.choice((0, 0.0005)))
                    with lock:
                        inside[0] -= 1
                    served += 1
            except (QueueFullError, DeadlineExceededError):
                time.sleep(0.0002)
        return served

    clients = [background(lambda seed=seed: client(seed)) for seed in range(16)]
    assert sum(future.result(patience) for future in clients) > 0
    assert most[0] <= 3
    assert permits_left(admission) == 3
