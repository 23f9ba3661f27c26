"""How processors become slots and threads."""

import pytest

from app.settings import Settings
from app.slot_plan import SlotPlan


def plan(**settings):
    """Return the plan of a worker."""
    return SlotPlan.for_settings(Settings(**settings))


@pytest.mark.parametrize("cpus", [0.1, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 13, 16, 31, 64, 100])
def test_threads_never_outnumber_the_processors(cpus):
    """Either pool alone fits the processors, rounded up, and each has something to run on."""
    made = plan(cpus=cpus)
    threads = max(1, -(-cpus // 1))
    assert 1 <= made.detector_slots * made.detector_threads <= threads
    assert made.recognizer_slots == threads


def test_a_picture_is_detected_on_four_threads_at_most():
    """More than four threads on one picture are not what the plan promises, however many processors there are."""
    assert {
        cpus: plan(cpus=cpus).detector_threads for cpus in range(1, 65) if plan(cpus=cpus).detector_threads > 4
    } == {}


def test_small_machines_have_one_detector():
    """Up to four processors the detector's activations exist once; then once for each four begun."""
    assert [plan(cpus=cpus).detector_slots for cpus in (0.5, 1, 2, 4, 5, 8, 16)] == [1, 1, 1, 1, 2, 2, 4]


def test_workers_share_the_processors():
    """Two workers on eight processors plan for four each."""
    assert plan(cpus=8, workers=2) == plan(cpus=4)


def test_more_workers_than_processors_still_work():
    """A worker with a quarter of a processor has one slot of each kind, with one thread."""
    made = plan(cpus=1, workers=4)
    assert made.cpus == 0.25
    assert (made.detector_slots, made.detector_threads, made.recognizer_slots) == (1, 1, 1)


def test_the_setting_decides_the_recogniser_slots():
    """OCR_SLOTS overrides the count by processors and leaves the detector alone."""
    made = plan(cpus=8, slots=3)
    assert made.recognizer_slots == 3
    assert (made.detector_slots, made.detector_threads) == (plan(cpus=8).detector_slots, plan(cpus=8).detector_threads)


def test_the_machine_decides_where_the_setting_does_not(monkeypatch):
    """Without OCR_CPUS the cgroup's and the affinity mask's share is planned for, not the host's."""
    monkeypatch.setattr("app.slot_plan.available_cpus", lambda: 3.0)
    assert plan() == plan(cpus=3)


def test_one_request_more_than_slots_is_active():
    """While every recogniser slot has a request, one more may decode."""
    assert plan(cpus=2).active_requests == 3
    assert plan(cpus=2, slots=5).active_requests == 6


def test_twice_as_many_requests_fetch_as_are_worked_on():
    """Origins are waited for most of the time: half of them may be slow before a slot stands idle for them."""
    assert plan(cpus=2).fetching_requests == 6
