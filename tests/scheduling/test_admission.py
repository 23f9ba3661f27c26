"""Who is let in, in which order, and who is told to come back."""

import itertools
import queue
import threading
import time
from contextlib import ExitStack
from functools import partial

import pytest

from app.errors import ClientGoneError, DeadlineExceededError, DrainingError, QueueFullError
from app.scheduling.deadline import Deadline


def test_as_many_as_allowed_work_at_once(make, holding, permits_left):
    """Two of two are inside at the same time, and a third is not."""
    admission = make(2, 0)
    first, _ = holding(admission)
    second, _ = holding(admission)
    assert permits_left(admission) == 0
    first.set()
    second.set()


def test_who_waits_is_served_in_the_order_of_arrival(make, hold, holding, depths, patience):
    """First come, first served, one at a time."""
    admission = make(1, 10)
    leave, _ = holding(admission)
    order, waiting = queue.Queue(), []
    for number in range(4):
        waiting.append(hold(admission, lambda number=number: order.put(number)))
        assert depths.get(timeout=patience) == number + 1
    for number in range(4):
        assert order.empty()
        leave.set()
        assert order.get(timeout=patience) == number
        leave, _ = waiting[number]
    leave.set()


def test_the_queue_is_bounded_and_a_refusal_does_not_block(make, hold, holding, depths, patience):
    """With two waiting of two allowed the next is refused at once, in this very thread; the waiting are not harmed."""
    admission = make(1, 2)
    leave, _ = holding(admission)
    waiting = [hold(admission) for _ in range(2)]
    assert [depths.get(timeout=patience) for _ in range(2)] == [1, 2]
    with pytest.raises(QueueFullError, match="2 requests wait, 2 allowed"), admission.permit(Deadline(60)):
        pytest.fail("it was let in")
    for event in (leave, *(event for event, _ in waiting)):
        event.set()
    assert all(future.result(patience) >= 0 for _, future in waiting)


def test_without_a_queue_only_free_permits_are_given(make, holding, patience, permits_left):
    """A queue of length 0 refuses as soon as all permits are out, and lets in again once one is back."""
    admission = make(1, 0)
    leave, done = holding(admission)
    with pytest.raises(QueueFullError), admission.permit(Deadline(60)):
        pytest.fail("it was let in")
    leave.set()
    done.result(patience)
    assert permits_left(admission) == 1


def test_the_advice_when_to_come_back_follows_the_measured_rate(make, hold, holding, depths, patience):
    """With two waiting on one permit and a request taking at least its measured time, a refusal says twice that."""
    admission = make(1, 2)
    with admission.permit(Deadline(60)):
        begun = time.monotonic()
        time.sleep(0.02)
        measured = time.monotonic() - begun
    leave, _ = holding(admission)
    waiting = [hold(admission) for _ in range(2)]
    for _ in waiting:
        depths.get(timeout=patience)
    with pytest.raises(QueueFullError) as caught, admission.permit(Deadline(60)):
        pytest.fail("it was let in")
    assert caught.value.retry_after_seconds >= 2 * measured
    for event in (leave, *(event for event, _ in waiting)):
        event.set()


@pytest.fixture
def refused(make, holding):
    """An admission that is full, and at which 0.5 s or a little more were measured from one answer to the next."""
    admission = make(1, 0)
    with admission.permit(Deadline(60)):
        time.sleep(0.5)
    leave, _ = holding(admission)

    def refuse(seconds=60.0):
        with pytest.raises(QueueFullError) as caught:
            admission.check(Deadline(seconds))
        return caught.value.retry_after_seconds

    yield refuse
    leave.set()


def test_who_is_refused_is_not_told_to_come_when_others_come(refused):
    """Each is told the moment of the next one's room: half a second behind the one who was refused before."""
    begun = time.monotonic()
    told = [refused() for _ in range(5)]
    passed = time.monotonic() - begun
    steps = [later - sooner for sooner, later in itertools.pairwise(told)]
    assert all(0.5 - passed <= step <= 1.0 for step in steps)


def test_nobody_is_told_to_wait_longer_than_a_request_may_take(refused):
    """However many were refused: beyond that nobody would come back, and those who ask meanwhile book nothing."""
    told = [refused(2) for _ in range(10)]
    assert max(told) == 2
    assert 2 <= refused(60) <= 3


def test_asking_for_room_books_none(make, holding):
    """A request's head is looked at before it is refused, which counts as one refusal."""
    admission = make(1, 0)
    with admission.permit(Deadline(60)):
        assert not admission.has_room(Deadline(60))
        time.sleep(0.5)
    assert admission.has_room(Deadline(60))
    leave, _ = holding(admission)
    assert not any(admission.has_room(Deadline(60)) for _ in range(5))
    with pytest.raises(QueueFullError) as caught:
        admission.check(Deadline(60))
    assert caught.value.retry_after_seconds < 0.5
    leave.set()
    admission.drain()
    assert not admission.has_room(Deadline(60))


def test_a_permit_comes_back_whatever_happens(make, permits_left):
    """A request that fails inside gives its permit back, and its error goes on."""
    admission = make(1, 0)

    def fail():
        with admission.permit(Deadline(60)):
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fail()
    assert permits_left(admission) == 1


def test_waiting_is_measured(make, hold, holding, depths, patience):
    """The permit tells how long it was waited for: at least as long as the test saw it wait."""
    admission = make(1, 1)
    leave, _ = holding(admission)
    leave_second, second = hold(admission)
    depths.get(timeout=patience)
    begun = time.monotonic()
    time.sleep(0.02)
    seen = time.monotonic() - begun
    leave.set()
    leave_second.set()
    assert second.result(patience) >= seen


def test_the_deadline_ends_the_waiting(make, holding, depths):
    """Who runs out of time in the queue is told so, and has left the queue."""
    admission = make(1, 5)
    leave, _ = holding(admission)
    with pytest.raises(DeadlineExceededError, match="queue"), admission.permit(Deadline(0.02)):
        pytest.fail("it was let in")
    assert [depths.get_nowait(), depths.get_nowait()] == [1, 0]
    leave.set()


def test_who_gave_up_takes_no_permit_with_him(make, hold, holding, depths, *, patience, permits_left):
    """After a time-out in the queue, the next in line gets the permit, and it is there again afterwards."""
    admission = make(1, 5)
    leave, _ = holding(admission)
    with pytest.raises(DeadlineExceededError), admission.permit(Deadline(0.02)):
        pytest.fail("it was let in")
    leave_next, following = hold(admission)
    assert [depths.get(timeout=patience) for _ in range(3)] == [1, 0, 1]
    leave.set()
    leave_next.set()
    following.result(patience)
    assert permits_left(admission) == 1


def test_draining_refuses_the_new_and_serves_the_old(make, hold, holding, depths, patience):
    """Who works and who waits is served to the end; who comes after is told that the service shuts down."""
    admission = make(1, 5)
    leave, working = holding(admission)
    leave_waiting, waiting = hold(admission)
    depths.get(timeout=patience)
    admission.drain()
    with pytest.raises(DrainingError), admission.permit(Deadline(60)):
        pytest.fail("it was let in")
    leave.set()
    leave_waiting.set()
    assert working.result(patience) >= 0
    assert waiting.result(patience) >= 0
    with pytest.raises(DrainingError), admission.permit(Deadline(60)):
        pytest.fail("it was let in, though all permits are free")


def test_the_depth_is_told_at_each_change(make, hold, holding, depths, patience):
    """The gauge hears every step up and down, and 0 at the end; who does not wait changes nothing."""
    admission = make(1, 5)
    leave, _ = holding(admission)
    assert depths.empty()
    waiting = [hold(admission) for _ in range(3)]
    for event in (leave, *(event for event, _ in waiting)):
        event.set()
    for _, future in waiting:
        future.result(patience)
    told = [depths.get_nowait() for _ in range(depths.qsize())]
    assert len(told) == 6
    assert told[-1] == 0
    assert all(abs(after - before) == 1 for before, after in zip([0, *told], told, strict=False))


def test_a_permit_comes_back_however_its_request_ends(make, permits_left, patience):
    """An error in the midst of it is an end like any other."""
    admission = make(1, 1)
    with pytest.raises(KeyError), admission.permit(Deadline(patience)):
        raise KeyError
    assert permits_left(admission) == 1


def test_a_check_says_what_a_permit_would(make, holding, hold, depths, patience):
    """Free, or with room to wait: nothing is said and nothing is taken. Full, or draining: it is refused likewise."""
    admission = make(1, 1)
    admission.check(Deadline(60))
    leave, _ = holding(admission)
    admission.check(Deadline(60))
    waiting, done = hold(admission)
    assert depths.get(timeout=patience) == 1
    with pytest.raises(QueueFullError, match="1 requests wait, 1 allowed"):
        admission.check(Deadline(60))
    leave.set()
    waiting.set()
    done.result(patience)
    admission.drain()
    with pytest.raises(DrainingError):
        admission.check(Deadline(60))


def test_who_is_abandoned_in_the_queue_leaves_it_at_once(
    make, hold, holding, background, *, depths, patience, permits_left
):
    """A request whose client hung up waits no longer, and whoever stands behind it moves up."""
    admission = make(1, 2)
    leave, _ = holding(admission)
    deadline = Deadline(10 * patience)

    def request():
        with admission.permit(deadline):
            pytest.fail("it was let in")

    waiting = background(request)
    assert depths.get(timeout=patience) == 1
    leave_next, following = hold(admission)
    assert depths.get(timeout=patience) == 2
    deadline.client_left()
    with pytest.raises(ClientGoneError, match="queue"):
        waiting.result(patience)
    assert depths.get(timeout=patience) == 1
    leave.set()
    leave_next.set()
    following.result(patience)
    assert permits_left(admission) == 1


def test_nobody_waits_for_nothing(make, hold, holding, depths, patience):
    """Where those in front would take longer than a request has, by the measured rate, it is refused at once."""
    admission = make(1, 10)
    admission._seconds_apart, admission._answers = 4.0, 100
    leave, _ = holding(admission)
    waiting = []
    for number in range(2):  # an answer in 8 and in 12 seconds
        waiting.append(hold(admission, seconds=17))
        assert depths.get(timeout=patience) == number + 1
    with pytest.raises(QueueFullError, match=r"2 requests wait: an answer would take 16.0 s > 12.[67] s") as refused:
        admission.check(Deadline(17))
    assert refused.value.retry_after_seconds == 8.0
    admission.check(Deadline(22))  # who has more time may wait
    for event in (leave, *(event for event, _ in waiting)):
        event.set()


def test_the_first_answers_refuse_nobody(make, hold, holding, depths, patience):
    """What a process does once, for its first pictures, tells nothing of its rate; the queue's bound holds."""
    admission = make(1, 10)
    admission._seconds_apart, admission._answers = 1000.0, 3
    leave, _ = holding(admission)
    leave_next, following = hold(admission)
    assert depths.get(timeout=patience) == 1
    admission.check(Deadline(1))
    leave.set()
    leave_next.set()
    following.result(patience)


def test_the_rate_is_the_same_however_many_are_in(make):
    """Alone a request has all slots, beside others its share: measured is how soon answers follow each other."""
    admission = make(4, 10)
    for active, seconds in ((1, 0.5), (4, 2.0), (2, 1.0)):
        admission._active = active
        admission._leave(seconds)
    assert admission._seconds_apart == pytest.approx(0.5)
    admission._active = 2
    admission._leave(3.0)
    assert admission._seconds_apart == pytest.approx(0.6)


def test_a_spare_permit_is_one_that_nobody_wants(make, holding, hold, depths, *, patience, permits_left):
    """There are as many as are free, none while somebody waits, and each is there again once it is given back."""
    admission = make(3, 5)
    leave, first = holding(admission)
    assert [admission.take_spare() for _ in range(3)] == [True, True, False]
    inside = threading.Event()
    leave_next, following = hold(admission, inside.set)
    assert depths.get(timeout=patience) == 1
    admission.return_spare()
    assert inside.wait(patience)
    assert not admission.take_spare()
    leave_next.set()
    following.result(patience)
    assert admission.take_spare()
    admission.return_spare()
    admission.return_spare()
    leave.set()
    first.result(patience)
    assert permits_left(admission) == 3


def test_nobody_is_refused_for_a_spare_permit(make, holding, hold, depths, *, patience):
    """Without a queue: who finds only spare permits taken waits for the next of these, which is given back soon."""
    admission = make(2, 0)
    leave, _ = holding(admission)
    assert admission.take_spare()
    assert admission.has_room(Deadline(60))
    inside = threading.Event()
    leave_next, following = hold(admission, inside.set)
    assert depths.get(timeout=patience) == 1
    with pytest.raises(QueueFullError):
        admission.check(Deadline(60))
    admission.return_spare()
    assert inside.wait(patience)
    leave.set()
    leave_next.set()
    following.result(patience)


def test_spare_permits_do_not_count_as_requests(make):
    """One request on all permits, alone: an answer comes as soon as it takes, not three times as often."""
    admission = make(3, 0)
    admission._active, admission._spare = 3, 2
    admission._leave(3.0)
    assert admission._seconds_apart == pytest.approx(3.0)


def test_every_change_of_the_permits_held_is_told(make, hold, held, depths, patience):
    """Those that are lent count; one that passes from hand to hand changes nothing."""
    admission = make(2, 1)
    entered = threading.Event()
    leave, done = hold(admission, entered.set)
    assert entered.wait(patience)
    assert admission.take_spare()
    assert not admission.take_spare()
    waits_leave, waits_done = hold(admission)
    assert depths.get(timeout=patience) == 1
    admission.return_spare()
    assert depths.get(timeout=patience) == 0
    leave.set()
    done.result(patience)
    waits_leave.set()
    waits_done.result(patience)
    assert held == [1, 2, 1, 0]


def test_who_stands_back_lets_one_go_first(make, hold, depths, permits_left, patience):
    """Its permit goes to whoever waits longest, it waits behind all, and no more are in, nor wait, than before."""
    admission, inside = make(1, 2), queue.Queue()
    with admission.permit(Deadline(60)) as permit:
        others = []
        for name in "ab":
            others.append(hold(admission, partial(inside.put, name)))
            depths.get(timeout=patience)
        for leave, _ in others:
            leave.set()
        admission.stand_back(permit, Deadline(60))
        assert [inside.get(timeout=patience) for _ in others] == ["a", "b"]
        assert permits_left(admission) == 0
    assert permits_left(admission) == 1


def test_where_nobody_waits_nobody_stands_back(make, permits_left):
    """The permit stays, and is given back once, at the end."""
    admission = make(1, 1)
    with admission.permit(Deadline(60)) as permit:
        for _ in range(3):
            admission.stand_back(permit, Deadline(60))
        assert permit.since is not None
        assert permits_left(admission) == 0
    assert permits_left(admission) == 1


def test_parts_that_take_turns_count_as_answers_of_their_mean_time(make):
    """At the end as one, where nobody waited: a document of many pages is neither one long answer nor many."""
    admission = make(1, 1)
    with admission.permit(Deadline(60)) as permit:
        for _ in range(9):
            admission.stand_back(permit, Deadline(60))
        assert admission._answers == 0
        permit.since -= 20
    assert admission._answers == 1
    assert admission._seconds_apart == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(("waiting", "most"), [(0, 0), (1, 1), (4, 2), (5, 3)])
def test_half_of_the_line_is_left_to_those_who_come(make, waiting, most):
    """So many requests may take turns at a time; who ends makes room for another."""
    admission = make(1, waiting)
    with ExitStack() as taken:
        assert [taken.enter_context(admission.turns()) for _ in range(most + 1)] == [True] * most + [False]
    with admission.turns() as may:
        assert may == (most > 0)


def test_who_stood_back_in_vain_has_no_permit(make, hold, depths, permits_left, patience):
    """Its time ran out in the line: what it had belongs to whoever got it, and is not given back twice."""
    admission, inside = make(1, 1), threading.Event()
    leave, done = None, None

    def give_way():
        nonlocal leave, done
        with admission.permit(Deadline(60)) as permit:
            leave, done = hold(admission, inside.set)
            depths.get(timeout=patience)
            admission.stand_back(permit, Deadline(0.02))

    with pytest.raises(DeadlineExceededError, match="queue"):
        give_way()
    assert inside.wait(patience)
    assert permits_left(admission) == 0
    leave.set()
    done.result(patience)
    assert permits_left(admission) == 1
