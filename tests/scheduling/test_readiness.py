"""The process's state, and who waits for it."""

import pytest

from app.errors import EngineError, NotReadyError
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness


@pytest.fixture
def no_time():
    """A deadline that is over: whoever waits with it must be answered at once."""
    deadline = Deadline(60)
    deadline.abandon()
    return deadline


def test_it_starts_as_starting(no_time):
    """Before the models are loaded there is nothing to serve with, and that is said within the deadline."""
    readiness = Readiness()
    assert readiness.state == "starting"
    with pytest.raises(NotReadyError):
        readiness.wait(no_time)


def test_once_ready_it_has_its_value(no_time):
    """What was given is what is waited for, without waiting."""
    readiness, value = Readiness(), object()
    readiness.ready(value)
    assert readiness.state == "ready"
    assert readiness.wait(no_time) is value


def test_an_early_request_is_woken(background, patience):
    """Who came before the models were there is served once they are."""
    readiness, value = Readiness(), object()
    early = background(lambda: readiness.wait(Deadline(60)))
    readiness.ready(value)
    assert early.result(patience) is value


def test_a_failure_ends_the_waiting(background, no_time, patience):
    """Where there will never be a model, nobody waits for one until the deadline."""
    readiness = Readiness()
    early = background(lambda: readiness.wait(Deadline(60)))
    readiness.fail()
    with pytest.raises(EngineError):
        early.result(patience)
    assert readiness.state == "failed"
    with pytest.raises(EngineError):
        readiness.wait(no_time)


def test_draining_still_serves_who_is_in(no_time):
    """After the order to stop the value is there for those who were let in before."""
    readiness, value = Readiness(), object()
    readiness.ready(value)
    readiness.drain()
    assert readiness.state == "draining"
    assert readiness.wait(no_time) is value


def test_draining_while_loading_stays_draining(no_time):
    """A process that is told to stop before it was ready serves who waits, and does not call itself ready."""
    readiness, value = Readiness(), object()
    readiness.drain()
    readiness.ready(value)
    assert readiness.state == "draining"
    assert readiness.wait(no_time) is value


@pytest.mark.parametrize(("first", "then"), [("fail", "drain"), ("drain", "fail")])
def test_final_states_are_final(first, then):
    """Draining and failed do not become each other."""
    readiness = Readiness()
    getattr(readiness, first)()
    state = readiness.state
    getattr(readiness, then)()
    assert readiness.state == state


def test_a_failed_process_does_not_become_ready(no_time):
    """Whatever comes after a failure, the state stays failed."""
    readiness = Readiness()
    readiness.fail()
    readiness.ready(object())
    assert readiness.state == "failed"


def test_a_value_that_is_lost_is_waited_for_again(background, no_time, patience):
    """While the next one is on its way nobody is served with the last, and who waits is woken by the next."""
    readiness, first, second = Readiness(), object(), object()
    readiness.ready(first)
    readiness.lost(first)
    assert readiness.state == "replacing"
    with pytest.raises(NotReadyError):
        readiness.wait(no_time)
    waiting = background(lambda: readiness.wait(Deadline(60)))
    readiness.ready(second)
    assert waiting.result(patience) is second
    assert readiness.state == "ready"


def test_one_value_takes_the_place_of_another(no_time):
    """Where the next is ready before the last is gone there is always one."""
    readiness, second = Readiness(), object()
    readiness.ready(object())
    readiness.ready(second)
    assert readiness.wait(no_time) is second


def test_a_value_that_hangs_is_told_apart():
    """A process whose engine hangs says so until there is another."""
    readiness, value = Readiness(), object()
    readiness.ready(value)
    readiness.lost(value, wedged=True)
    assert readiness.state == "wedged"
    readiness.ready(object())
    assert readiness.state == "ready"


def test_draining_without_a_value_serves_with_the_next(no_time):
    """Who was let in is served even where the engine is replaced while the process drains."""
    readiness, first, value = Readiness(), object(), object()
    readiness.ready(first)
    readiness.drain()
    readiness.lost(first)
    readiness.ready(value)
    assert readiness.state == "draining"
    assert readiness.wait(no_time) is value


def test_a_value_that_was_replaced_cannot_be_lost_again(no_time):
    """Who hears late of the end of the one before does not take the next one away."""
    readiness, first, second = Readiness(), object(), object()
    readiness.ready(first)
    readiness.ready(second)
    readiness.lost(first)
    assert readiness.wait(no_time) is second
    assert readiness.state == "ready"


def test_every_change_is_told():
    """Whoever shows the state shows the one that there is."""
    told, value = [], object()
    readiness = Readiness(told.append)
    readiness.ready(value)
    readiness.lost(value, wedged=True)
    readiness.ready(value)
    readiness.drain()
    readiness.fail()
    assert told == ["ready", "wedged", "ready", "draining", "draining"]


def test_whoever_asks_later_is_told_as_well():
    """A second listener hears each change from then on, beside the first."""
    first, second = [], []
    readiness = Readiness(first.append)
    readiness.ready(object())
    readiness.tell(second.append)
    readiness.drain()
    assert (first, second) == (["ready", "draining"], ["draining"])
