"""Threads that a test starts, waits for and cannot lose."""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from app.errors import DeadlineExceededError, QueueFullError
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool

PATIENCE_SECONDS = 20
"""After this a test has hung; nothing is measured with it."""


@pytest.fixture
def background() -> Iterator[Callable[..., Future[Any]]]:
    """Run a function in a thread of its own; its future has the result. Every thread must have ended with the test."""
    threads = []

    def start(work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - the test asks its future
                future.set_exception(error)

        thread = threading.Thread(target=run, daemon=True)
        threads.append(thread)
        thread.start()
        return future

    yield start
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "a thread hangs"


@pytest.fixture
def patience() -> float:
    """Seconds after which a test has hung."""
    return PATIENCE_SECONDS


@pytest.fixture
def depths() -> queue.Queue[float]:
    """What the admission said of its depth, in order."""
    return queue.Queue()


@pytest.fixture
def clock(monkeypatch) -> Callable[[float], None]:
    """Stop the deadline's clock; call to let seconds pass."""
    now = [1000.0]

    class Time:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    monkeypatch.setattr("app.scheduling.deadline.time", Time)

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


@pytest.fixture
def held():
    """How many permits were held, from one change to the next."""
    return []


@pytest.fixture
def make(depths, held):
    """Make an admission that reports its depth, and how many permits are held."""
    return lambda active, waiting: Admission(active, waiting, depths.put, held.append)


@pytest.fixture
def hold(background, patience):
    """Let a request in, in a thread; returns what ends it, and its future. *entered* is called once it is in."""

    def start(admission, entered=lambda: None, seconds=60):
        leave = threading.Event()

        def request():
            with admission.permit(Deadline(seconds)) as permit:
                entered()
                assert leave.wait(patience)
                return permit.waited

        return leave, background(request)

    return start


@pytest.fixture
def holding(hold, patience):
    """Like hold, and returns only once the request is in."""

    def start(admission):
        inside = threading.Event()
        leave, future = hold(admission, inside.set)
        assert inside.wait(patience)
        return leave, future

    return start


@pytest.fixture
def permits_left() -> Callable[[Admission], int]:
    """How many requests get in without waiting, counted by letting them in one inside the other."""

    def count(admission: Admission) -> int:
        deadline = Deadline(60)
        deadline.abandon()
        try:
            with admission.permit(deadline):
                return 1 + count(admission)
        except (QueueFullError, DeadlineExceededError):
            return 0

    return count


class Gate:
    """A job that keeps its slot busy until it is opened."""

    def __init__(self, patience):
        self.entered, self.opened, self.patience = threading.Event(), threading.Event(), patience

    def __call__(self, slot):
        """Wait."""
        self.entered.set()
        assert self.opened.wait(self.patience)
        return slot


@pytest.fixture
def start(patience):
    """Start a warm pool of the given slots."""

    def run(*slots, warm_up=lambda _: None):
        pool = InferencePool("test", slots, warm_up)
        for future in pool.start():
            future.result(patience)
        return pool

    return run


@pytest.fixture
def gate(patience):
    """A gate."""
    gate = Gate(patience)
    yield gate
    gate.opened.set()
