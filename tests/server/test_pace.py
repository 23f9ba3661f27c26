"""How far a client may fall behind."""

import pytest

from app.server.pace import Pace


def test_who_keeps_up_is_never_late():
    """At exactly the rate asked for, the end stays ahead for as long as it goes on."""
    pace = Pace(10, 5, 0)
    for second in range(1, 1000):
        assert pace.end > second
        pace.progressed(10, second)
    assert pace.end == pytest.approx(1004)


def test_who_sends_too_slowly_is_late_in_the_end():
    """At half the rate the slack is used up after twice its time."""
    pace, second = Pace(10, 5, 0), 0
    while second < pace.end:
        second += 1
        pace.progressed(5, second)
    assert second == 10


def test_a_quick_start_saves_nothing_up():
    """After a megabyte at once a client that stalls is late as soon as one that sent nothing."""
    pace = Pace(10, 5, 0)
    pace.progressed(1_000_000, 1)
    assert pace.end == 6
