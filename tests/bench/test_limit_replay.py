"""Recorded tensors run again: all of them, by every thread's own requests."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bench.limit.replay import Job, Picture, Replay

Call = tuple[int, int, int]


class FakeRequests:
    """Makes requests of two models that note who ran what; ``failing`` is an input that cannot be run."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.failing: int | None = None
        self.made = 0

    def __call__(self) -> list[Any]:
        """Make one of each model."""
        self.made += 1
        return [_Request(self, self.made, model) for model in range(2)]


class _Request:
    def __init__(self, owner: FakeRequests, thread: int, model: int) -> None:
        self._owner, self._thread, self._model = owner, thread, model
        self._free = threading.Lock()

    def infer(self, inputs: dict[int, Any], *, share_inputs: bool, share_outputs: bool) -> None:
        """Note the call; two at once on a request are refused, as OpenVINO does."""
        assert share_inputs
        assert share_outputs
        assert self._free.acquire(blocking=False)
        value = int(inputs[0][0])
        if value == self._owner.failing:
            raise ValueError("no such shape")
        self._owner.calls.append((self._thread, self._model, value))
        self._free.release()


@pytest.fixture
def requests() -> FakeRequests:
    """What makes requests."""
    return FakeRequests()


@pytest.fixture
def replay(requests: FakeRequests) -> Iterator[Replay]:
    """A replay by three threads."""
    one = Replay(requests, 3)
    yield one
    one.close()


def job(model: int, value: int) -> Job:
    """A run whose input holds one number."""
    return Job(model, (np.array([value]),))


PICTURES = [Picture((job(0, 10 * n),), tuple(job(1, 10 * n + line) for line in (1, 2, 3))) for n in range(5)]


def test_at_full_load_everything_is_run_as_often_as_asked(replay: Replay, requests: FakeRequests) -> None:
    """On its own model, with no request used by two threads."""
    found = replay.at_full_load(PICTURES, 3)
    expected = [(one.model, int(one.tensors[0][0])) for p in PICTURES for one in (*p.detect, *p.recognise)]
    assert sorted(call[1:] for call in requests.calls) == sorted(expected * 3)
    assert requests.made == 3
    assert found.images_per_s > 0


def test_one_by_one_a_picture_is_found_then_read(replay: Replay, requests: FakeRequests) -> None:
    """No line is read before its picture's lines were found, or before the picture before it is done."""
    assert replay.one_by_one(PICTURES, 1) > 0
    values = [value for _, _, value in requests.calls]
    assert [value // 10 for value in values] == [n for n in range(5) for _ in range(4)]
    assert values[::4] == [0, 10, 20, 30, 40]


def test_a_run_that_fails_is_told(replay: Replay, requests: FakeRequests) -> None:
    """The rest would be quicker than the whole."""
    requests.failing = 31
    with pytest.raises(ValueError, match="no such shape"):
        replay.at_full_load(PICTURES, 1)
