"""Jobs on slots: in which order, on which, and what failure does."""

import threading

import pytest

from app.errors import DeadlineExceededError, EngineError
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool


def test_a_job_runs_on_a_slot_and_its_result_comes_back(start, patience):
    """The job is called with the slot, the future holds what it returned."""
    pool = start("slot")
    assert pool.submit(lambda slot: slot.upper(), 0, Deadline(60)).result(patience) == "SLOT"
    assert pool.size == 1


def test_the_lowest_ticket_runs_first(start, gate, patience):
    """Jobs that wait are taken by ticket, of one ticket in the order of submission."""
    pool, ran = start("slot"), []
    pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    futures = [
        pool.submit(lambda _, name=name: ran.append(name), ticket, Deadline(60))
        for ticket, name in [(5, "5"), (3, "3 a"), (9, "9"), (3, "3 b"), (1, "1"), (3, "3 c")]
    ]
    gate.opened.set()
    for future in futures:
        future.result(patience)
    assert ran == ["1", "3 a", "3 b", "3 c", "5", "9"]


@pytest.mark.parametrize("how", ["abandoned", "expired"])
def test_jobs_without_time_are_not_run(start, gate, clock, patience, how):
    """Work for which nobody waits any more is not done; its future says why, and the next job is."""
    pool, ran = start("slot"), []
    pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    late = Deadline(5)
    dead = pool.submit(lambda _: ran.append("dead"), 1, late)
    alive = pool.submit(lambda _: ran.append("alive"), 2, Deadline(60))
    if how == "abandoned":
        late.abandon()
    else:
        clock(6)
    gate.opened.set()
    with pytest.raises(DeadlineExceededError):
        dead.result(patience)
    alive.result(patience)
    assert ran == ["alive"]


def test_a_pool_that_stops_lets_the_running_job_end_and_begins_no_other(start, gate, background, patience):
    """Stopping waits for what runs on every slot; what still waits is left, and the threads are gone."""
    before, ran = set(threading.enumerate()), []
    pool = start("one", "two")
    slots = set(threading.enumerate()) - before
    running = pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    busy = threading.Event()
    other = pool.submit(lambda _: busy.set() or gate.opened.wait(patience), 1, Deadline(60))
    assert busy.wait(patience)
    left = pool.submit(lambda _: ran.append("left"), 2, Deadline(60))
    stopping = background(lambda: pool.stop(patience))
    with pytest.raises(TimeoutError):
        stopping.result(0.1)
    gate.opened.set()
    stopping.result(patience)
    assert running.done()
    assert other.done()
    assert not left.done()
    assert not ran
    assert [thread.is_alive() for thread in slots] == [False, False]


def test_stopping_has_an_end(start, gate, patience):
    """A job that does not end holds up the end of the process for as long as is allowed, and no longer."""
    pool = start("slot")
    job = pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    pool.stop(0.05)
    assert not job.done()


@pytest.mark.parametrize("error", [ValueError("bad"), EngineError("broken"), MemoryError()])
def test_a_job_that_fails_fails_alone(start, patience, error):
    """The error is its future's; the slot goes on with the next job."""
    pool = start("slot")

    def fail(slot):
        raise error

    failed = pool.submit(fail, 0, Deadline(60))
    with pytest.raises(type(error)) as caught:
        failed.result(patience)
    assert caught.value is error
    assert pool.submit(lambda slot: slot, 1, Deadline(60)).result(patience) == "slot"


def test_every_slot_works_and_each_for_one_job_at_a_time(start, patience):
    """As many jobs as slots run at the same time, each on a slot of its own, which is always the same thread's."""
    slots = ["a", "b", "c", "d"]
    pool = start(*slots)
    barrier = threading.Barrier(len(slots), timeout=patience)

    def meet(slot):
        barrier.wait()  # passes only once every slot is in here
        return slot, threading.get_ident()

    rounds = []
    for ticket in range(5):
        jobs = [pool.submit(meet, ticket, Deadline(60)) for _ in slots]
        met = [job.result(patience) for job in jobs]
        assert sorted(slot for slot, _ in met) == slots
        rounds.append(dict(met))
    assert all(threads == rounds[0] for threads in rounds)
    assert len(set(rounds[0].values())) == len(slots)


def test_a_busy_slot_does_not_hold_up_the_others(start, gate, patience):
    """While one slot is busy, the jobs behind it are done by the other."""
    pool = start("a", "b")
    busy = pool.submit(gate, 0, Deadline(60))
    assert gate.entered.wait(patience)
    others = {pool.submit(lambda slot: slot, n, Deadline(60)).result(patience) for n in range(1, 6)}
    gate.opened.set()
    assert others == {"a", "b"} - {busy.result(patience)}


def test_slots_are_warmed_by_their_own_thread_before_their_first_job(patience):
    """A job that is there before the start runs after the warm-up, on the same thread."""
    seen = []
    pool = InferencePool("test", ["slot"], lambda slot: seen.append(("warm", slot, threading.get_ident())))
    job = pool.submit(lambda slot: seen.append(("job", slot, threading.get_ident())), 0, Deadline(60))
    (warm,) = pool.start()
    assert warm.result(patience) is None
    job.result(patience)
    assert [what for what, _, _ in seen] == ["warm", "job"]
    assert seen[0][2] == seen[1][2] != threading.get_ident()


@pytest.mark.parametrize("error", [RuntimeError("no memory for this shape"), SystemExit(1)])
def test_a_failed_warm_up_is_reported(patience, error):
    """The slot's future holds the error, of whatever kind, and the healthy slot's does not."""

    def warm_up(slot):
        if slot == "bad":
            raise error

    pool = InferencePool("test", ["good", "bad"], warm_up)
    good, bad = pool.start()
    assert bad.exception(patience) is error
    assert good.result(patience) is None
    assert pool.submit(lambda slot: slot, 0, Deadline(60)).result(patience) == "good"
