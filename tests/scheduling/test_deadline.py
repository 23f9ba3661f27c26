"""A request's time, on a clock that the test moves."""

import pytest

from app.errors import ClientGoneError, DeadlineExceededError
from app.scheduling.deadline import Deadline


def test_time_passes(clock):
    """What has elapsed and what remains add up to what was given."""
    deadline = Deadline(10)
    assert (deadline.elapsed(), deadline.remaining()) == (0, 10)
    clock(3.5)
    assert (deadline.elapsed(), deadline.remaining()) == (3.5, 6.5)


def test_what_remains_is_never_negative(clock):
    """Long after its end a deadline has nothing left, and can be handed to a wait as it is."""
    deadline = Deadline(1)
    clock(100)
    assert deadline.remaining() == 0
    assert deadline.elapsed() == 100


def test_a_stage_begins_only_while_there_is_time(clock):
    """Up to the last moment the check passes; at the end itself it does not."""
    deadline = Deadline(2)
    clock(1.999)
    deadline.check("detect")
    clock(0.001)
    with pytest.raises(DeadlineExceededError, match="detect"):
        deadline.check("detect")


def test_the_error_says_how_long_and_where(clock):
    """The text has actual > allowed and the stage, in seconds."""
    deadline = Deadline(1.5)
    clock(2.25)
    error = deadline.error("recognise")
    assert isinstance(error, DeadlineExceededError)
    assert str(error) == "2.25 s > 1.5 s allowed, stopped at: recognise"


def test_an_abandoned_request_has_no_time(clock):
    """Once nobody waits, no stage begins, however much time there was."""
    deadline = Deadline(100)
    deadline.abandon()
    assert deadline.remaining() == 0
    with pytest.raises(DeadlineExceededError):
        deadline.check("crop")
    clock(5)
    assert deadline.elapsed() == 5


def test_deadlines_begin_when_they_are_made(clock):
    """Each request has its own time."""
    first = Deadline(10)
    clock(4)
    second = Deadline(10)
    assert (first.remaining(), second.remaining()) == (6, 10)


def test_who_hung_up_is_told_apart_from_who_ran_out_of_time(clock):
    """A client that left is no deadline that was too short: its error has a code of its own."""
    deadline = Deadline(100)
    clock(2)
    deadline.client_left()
    with pytest.raises(ClientGoneError, match=r"hung up after 2.00 s, stopped at: crop"):
        deadline.check("crop")


def test_an_abandonment_is_told_once_to_who_listens():
    """While it is listened for, or at once if it has happened; not before, and not to who listens no more."""
    deadline, told = Deadline(100), []
    with deadline.abandonment_told_to(lambda: told.append("early")):
        pass
    with deadline.abandonment_told_to(lambda: told.append("meanwhile")):
        assert told == []
        deadline.abandon()
        deadline.abandon()
        assert told == ["meanwhile"]
    with deadline.abandonment_told_to(lambda: told.append("late")):
        assert told == ["meanwhile", "late"]


def test_a_part_has_the_time_anew(clock):
    """As much as the whole was given, from when it begins, though the whole is over; as far as the most allows."""
    deadline = Deadline(10, most=25)
    clock(12)
    with deadline.part() as part:
        assert (part.remaining(), deadline.remaining()) == (10, 0)
        clock(10)
        with pytest.raises(DeadlineExceededError, match=r"10.00 s > 10 s allowed"):
            part.check("detect")
    with deadline.part() as part:
        assert part.remaining() == 3
    clock(4)
    with deadline.part() as part, pytest.raises(DeadlineExceededError, match=r"26.00 s > 25 s allowed"):
        part.check("detect")


def test_a_part_is_given_up_with_the_whole(clock):
    """Whether that happens while it runs or did before; and it knows why."""
    del clock
    deadline = Deadline(10)
    with deadline.part() as part:
        part.check("detect")
        deadline.client_left()
        with pytest.raises(ClientGoneError):
            part.check("detect")
    with deadline.part() as part, pytest.raises(ClientGoneError):
        part.check("detect")
