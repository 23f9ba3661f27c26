"""Those who are in are counted, and their leaving is told."""

import contextlib
import threading

from app.scheduling.occupancy import Occupancy


def test_nobody_is_waited_for_where_nobody_is() -> None:
    """At once, whatever time there would be."""
    assert Occupancy().wait_empty(0)


def test_who_is_in_is_waited_for() -> None:
    """Until the last one leaves, or the time is up; also one who leaves with an error counts no more."""
    occupancy, entered, leave = Occupancy(), threading.Event(), threading.Event()

    def stay() -> None:
        with occupancy.entered():
            entered.set()
            leave.wait()

    guest = threading.Thread(target=stay)
    guest.start()
    entered.wait()
    with contextlib.suppress(ZeroDivisionError), occupancy.entered():
        assert 1 / 0
    assert not occupancy.wait_empty(0.01)
    leave.set()
    assert occupancy.wait_empty(60)
    guest.join()
