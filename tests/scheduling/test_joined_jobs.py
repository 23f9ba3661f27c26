"""Jobs that may be run together: which are, on which slot, and what failure does."""

import threading
import time

import pytest

from app.errors import DeadlineExceededError, EngineError
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import Joinable


class Batches:
    """What slots were handed together, in the order in which it was."""

    def __init__(self, before=lambda *_: None):
        self.handed, self.before = [], before

    def __call__(self, slot, items):
        """Note *items*, and answer each."""
        self.before(slot, items)
        self.handed.append(list(items))
        return [f"{item} done" for item in items]

    def parts(self, *items, kind="k", most=4):
        """Return a part for each of *items*."""
        return [Joinable(kind, most, item, self) for item in items]


def answers(futures, patience):
    """Return what each future came to."""
    return [future.result(patience) for future in futures]


@pytest.fixture
def busy(start, gate, patience):
    """A pool whose one slot is busy until the gate is opened."""
    pool = start("slot")
    pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    return pool


@pytest.mark.parametrize(("most", "sizes"), [(1, [1] * 7), (2, [2, 2, 2, 1]), (4, [4, 3]), (9, [7])])
def test_parts_of_a_kind_run_together_up_to_the_most(busy, gate, patience, most, sizes):
    """What waits is taken in the order of submission, so many at a time, and each future has its own part's answer."""
    batches = Batches()
    futures = busy.submit_joinable(batches.parts(*"abcdefg", most=most), 1, Deadline(60))
    gate.opened.set()
    assert answers(futures, patience) == [f"{item} done" for item in "abcdefg"]
    assert [len(items) for items in batches.handed] == sizes
    assert [item for items in batches.handed for item in items] == list("abcdefg")


def test_parts_of_several_requests_run_together(busy, gate, patience):
    """Whoever submitted them; each request gets the answers to its own."""
    batches = Batches()
    one = busy.submit_joinable(batches.parts("a", "b"), 1, Deadline(60))
    other = busy.submit_joinable(batches.parts("x", "y"), 2, Deadline(60))
    gate.opened.set()
    assert answers(one, patience) == ["a done", "b done"]
    assert answers(other, patience) == ["x done", "y done"]
    assert batches.handed == [["a", "b", "x", "y"]]


def test_parts_of_different_kinds_never_run_together(busy, gate, patience):
    """However they are mixed in the queue."""
    batches = Batches()
    parts = [part for number in range(12) for part in batches.parts(number, kind=number % 3, most=9)]
    futures = busy.submit_joinable(parts, 1, Deadline(60))
    gate.opened.set()
    assert answers(futures, patience) == [f"{number} done" for number in range(12)]
    assert batches.handed == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]


def test_an_idle_slot_is_left_its_share(start, patience):
    """Four parts for two slots that wait: each takes two, and they run at the same time."""
    barrier = threading.Barrier(2, timeout=patience)
    for _ in range(20):
        batches = Batches(lambda *_: barrier.wait())  # passes only once both slots are in here
        pool = start("a", "b")
        while pool._idle < 2:
            time.sleep(0.001)
        futures = pool.submit_joinable(batches.parts(*"abcd"), 1, Deadline(60))
        assert answers(futures, patience) == [f"{item} done" for item in "abcd"]
        assert sorted(batches.handed) == [["a", "b"], ["c", "d"]]


def test_a_busy_slot_is_left_nothing(start, gate, patience):
    """Four parts, of two slots one busy: the other takes all four."""
    pool, batches = start("a", "b"), Batches()
    pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    answers(pool.submit_joinable(batches.parts(*"abcd"), 1, Deadline(60)), patience)
    assert batches.handed == [["a", "b", "c", "d"]]


def test_the_oldest_request_is_always_in_the_next_batch(busy, gate, patience):
    """A newer request's parts never go before an older's of another kind, and fill a batch only behind those of its."""
    batches = Batches()
    futures = [
        busy.submit_joinable(batches.parts(*items, kind=kind), ticket, Deadline(60))
        for ticket, kind, items in [(7, "k", "abcde"), (3, "other", "xy"), (5, "k", "pq")]
    ]
    gate.opened.set()
    answers(futures[0], patience)
    assert batches.handed == [["x", "y"], ["p", "q", "a", "b"], ["c", "d", "e"]]


@pytest.mark.parametrize("how", ["abandoned", "expired"])
def test_a_part_without_time_is_not_run_and_the_others_of_its_batch_are(busy, gate, clock, patience, how):
    """Its own future says why."""
    batches, late = Batches(), Deadline(5)
    (first,) = busy.submit_joinable(batches.parts("a"), 1, Deadline(60))
    (dead,) = busy.submit_joinable(batches.parts("dead"), 2, late)
    (last,) = busy.submit_joinable(batches.parts("b"), 3, Deadline(60))
    if how == "abandoned":
        late.abandon()
    else:
        clock(6)
    gate.opened.set()
    with pytest.raises(DeadlineExceededError):
        dead.result(patience)
    assert answers([first, last], patience) == ["a done", "b done"]
    assert batches.handed == [["a", "b"]]


def test_a_batch_that_fails_is_run_one_by_one_and_only_the_guilty_part_fails(busy, gate, patience):
    """What one request sent is nobody else's error; the slot goes on."""
    error = EngineError("this one")

    def before(_, items):
        if "guilty" in items:
            raise error

    batches = Batches(before)
    futures = busy.submit_joinable(batches.parts("a", "guilty", "b"), 1, Deadline(60))
    gate.opened.set()
    with pytest.raises(EngineError) as caught:
        futures[1].result(patience)
    assert caught.value is error
    assert answers([futures[0], futures[2]], patience) == ["a done", "b done"]
    assert batches.handed == [["a"], ["b"]]
    assert answers(busy.submit_joinable(batches.parts("next"), 2, Deadline(60)), patience) == ["next done"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_batch_with_too_few_or_too_many_answers_is_no_batchs_answer(busy, gate, patience, count):
    """Answers are never shifted from one part to another: each part is asked for alone."""

    def work(_, items):
        return [items[0]] * (count if len(items) > 1 else 1)

    futures = busy.submit_joinable([Joinable("k", 4, item, work) for item in "ab"], 1, Deadline(60))
    gate.opened.set()
    assert answers(futures, patience) == ["a", "b"]


def test_submitted_jobs_are_never_run_together(busy, gate, patience):
    """A job that is submitted as such is called on its own, between parts that could be joined, in its turn."""
    batches, ran = Batches(), []
    parts = busy.submit_joinable(batches.parts("a", "b"), 1, Deadline(60))
    same = ran.append
    jobs = [busy.submit(same, 1, Deadline(60)) for _ in range(3)]
    parts += busy.submit_joinable(batches.parts("c"), 1, Deadline(60))
    gate.opened.set()
    assert answers(jobs, patience) == [None] * 3
    assert answers(parts, patience) == ["a done", "b done", "c done"]
    assert ran == ["slot"] * 3
    assert batches.handed == [["a", "b", "c"]]


def test_every_part_is_answered_once_however_many_requests_and_slots(start, background, patience):
    """Sixteen requests from as many threads, of three kinds, on five slots: each gets its own answers in order."""
    pool, batches = start(*range(5)), Batches()

    def request(number):
        for turn in range(20):
            items = [f"{number} {turn} {part}" for part in range(1 + (number + turn) % 7)]
            parts = batches.parts(*items, kind=(number + turn) % 3)
            assert answers(pool.submit_joinable(parts, number, Deadline(60)), patience) == [f"{i} done" for i in items]

    for done in [background(lambda number=number: request(number)) for number in range(16)]:
        done.result(patience)
    handed = [item for items in batches.handed for item in items]
    assert len(handed) == len(set(handed))
