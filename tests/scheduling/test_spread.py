"""The units of a request are spread over the permits that nobody wants, and over no more."""

import threading
from functools import partial

import pytest

from app.errors import DeadlineExceededError
from app.scheduling.deadline import Deadline
from app.scheduling.spread import Spread


class Crew:
    """Units that meet: each waits until as many as expected work at the same time, and says who was there."""

    def __init__(self, patience):
        self.patience = patience
        self.lock = threading.Lock()
        self.order, self.threads, self.inside, self.most = [], set(), 0, 0

    def unit(self, name, work=lambda: None):
        """Make a unit that does *work*."""
        return partial(self._do, name, work)

    def _do(self, name, work):
        with self.lock:
            self.order.append(name)
            self.threads.add(threading.get_ident())
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            work()
        finally:
            with self.lock:
                self.inside -= 1


@pytest.fixture
def crew(patience):
    """Units that keep a record."""
    return Crew(patience)


@pytest.fixture
def run(permits_left):
    """Run units under a permit; afterwards all permits are there again, and no thread of it."""

    def start(admission, units, deadline=None, meanwhile=None):
        before, deadline = permits_left(admission), deadline or Deadline(60)
        spread = Spread(admission, deadline)
        if meanwhile is not None:
            meanwhile.append(spread)
        try:
            with admission.permit(deadline):
                spread.run(units)
        finally:
            assert permits_left(admission) == before
            assert not [thread for thread in threading.enumerate() if thread.name == "spread"]

    return start


def test_units_meet_on_all_permits(make, crew, run, patience):
    """Three permits, three units that wait for each other: all are worked on at the same time, each by a thread."""
    meeting = threading.Barrier(3)
    run(make(3, 0), [crew.unit(name, partial(meeting.wait, patience)) for name in range(6)])
    assert sorted(crew.order) == list(range(6))
    assert crew.most == 3


def test_without_a_spare_permit_the_request_works_alone(make, crew, run):
    """One permit: its own thread takes one unit after the other, in order."""
    run(make(1, 0), [crew.unit(name) for name in range(5)])
    assert crew.order == list(range(5))
    assert crew.threads == {threading.get_ident()}


def test_one_unit_starts_no_thread(make, crew, run):
    """Where there is nothing to share, nobody is called."""
    run(make(4, 0), [crew.unit("alone")])
    assert crew.threads == {threading.get_ident()}


def test_what_a_unit_adds_comes_next_and_is_shared(make, crew, run, patience):
    """A unit that finds more has it worked on while it goes on itself, before the units that were there."""
    meeting, spreads = threading.Barrier(2), []

    def find_more():
        spreads[0].add([crew.unit("found", partial(meeting.wait, patience)), crew.unit("found too")])
        meeting.wait(patience)

    run(make(2, 0), [crew.unit("first", find_more)], meanwhile=spreads)
    assert crew.order[:2] == ["first", "found"]
    assert crew.order[2:] == ["found too"]


def test_what_a_unit_adds_keeps_its_order(make, crew, run):
    """On one permit: a unit, what it added, and then what stood behind it."""
    spreads = []
    units = [crew.unit("a", lambda: spreads[0].add([crew.unit("a1"), crew.unit("a2")])), crew.unit("b")]
    run(make(1, 0), units, meanwhile=spreads)
    assert crew.order == ["a", "a1", "a2", "b"]


def test_who_waits_gets_in_between(make, crew, run, hold, depths, *, patience):
    """A spare permit goes to a waiting request as soon as its unit is done, though there are more units."""
    admission = make(2, 1)
    both, inside = threading.Barrier(2), threading.Event()
    waiting = []

    def meet():
        if both.wait(patience) == 0:
            waiting.append(hold(admission, inside.set))
            assert depths.get(timeout=patience) == 1
        both.wait(patience)

    def leave():
        assert inside.wait(patience)
        waiting[0][0].set()
        assert waiting[0][1].result(patience) >= 0

    run(admission, [crew.unit("a", meet), crew.unit("b", meet), *(crew.unit(name, leave) for name in "cdef")])
    assert len(crew.order) == 6


def test_the_first_error_ends_it(make, crew, run, patience):
    """What one unit raises, whoever worked on it, is raised; the deadline is given up, and no other unit is begun."""
    meeting, deadline = threading.Barrier(2), Deadline(60)

    def fail():
        meeting.wait(patience)
        raise ZeroDivisionError

    def be_stopped():
        gone = threading.Event()
        with deadline.abandonment_told_to(gone.set):
            meeting.wait(patience)
            assert gone.wait(patience)
        deadline.check("recognise")

    for first, second in ((fail, be_stopped), (be_stopped, fail)):
        deadline = Deadline(60)
        with pytest.raises(ZeroDivisionError):
            run(make(2, 0), [crew.unit("a", first), crew.unit("b", second), crew.unit("never")], deadline)
        assert deadline.is_abandoned
    assert "never" not in crew.order


def test_a_failed_unit_adds_nothing(make, crew, run, patience):
    """Once one has failed, what another finds is not begun."""
    failed, spreads = threading.Event(), []
    both = threading.Barrier(2)

    def fail():
        both.wait(patience)
        raise DeadlineExceededError

    def add_late():
        both.wait(patience)
        assert failed.wait(patience)
        spreads[0].add([crew.unit("never")])

    deadline = Deadline(60)
    with deadline.abandonment_told_to(failed.set), pytest.raises(DeadlineExceededError):
        run(make(2, 0), [crew.unit("a", add_late), crew.unit("b", fail)], deadline, spreads)
    assert "never" not in crew.order


def test_without_threads_it_goes_on_alone(make, crew, run, monkeypatch):
    """Where the system gives no thread, all units are worked on nevertheless, and the permits are there again."""

    def refuse(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    run(make(3, 0), [crew.unit(name) for name in range(4)])
    assert crew.order == list(range(4))


def test_the_thread_of_the_request_pauses_between_units(make, crew):
    """Not before the first, nor behind the last, and helpers never; where that fails no other unit is begun."""
    admission, deadline = make(1, 0), Deadline(60)
    with admission.permit(deadline):
        Spread(admission, deadline, lambda: crew.order.append("pause")).run(crew.unit(name) for name in "abc")
    assert crew.order == ["a", "pause", "b", "pause", "c"]

    def fail():
        raise ZeroDivisionError

    with admission.permit(deadline), pytest.raises(ZeroDivisionError):
        Spread(admission, deadline, fail).run(crew.unit(name) for name in "de")
    assert crew.order[5:] == ["d"]
    assert deadline.is_abandoned
