"""Pages that are told one by one have each its own time and place; those of a whole answer have the request's."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import ClientGoneError, DeadlineExceededError, DrainingError
from app.page_turns import PageTurns
from app.pipeline.document_options import DocumentOptions
from app.pipeline.drawing_allowance import DrawingAllowance
from app.pipeline.result import Run, StageTimings
from app.request_pages import Reading
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from tests.options import page_options


class Request:
    """A request that is in, at an admission of one permit at which one more may wait."""

    def __init__(self, deadline, *, by_page=True):
        self.admission = Admission(1, 1, lambda _: None, lambda _: None)
        self.deadline, self.by_page = deadline, by_page
        self.run = Run(0, deadline, page_options(960, 0.5))
        self.sheet = Reading(b"", DocumentOptions(), self.run, DrawingAllowance(None)).sheet(0)
        self.timings = StageTimings()

    def __enter__(self):
        self._permit = self.admission.permit(self.deadline)
        tickets = itertools.count(1)
        return PageTurns(
            self.admission, self._permit.__enter__(), self.deadline, lambda: next(tickets), by_page=self.by_page
        )

    def __exit__(self, *error):
        self._permit.__exit__(*error)


@pytest.fixture
def background():
    """Call something in another thread."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit


def test_a_page_has_time_and_place_of_its_own():
    """Anew, however long the request has taken; behind whatever came before it."""
    request = Request(Deadline(0.05))
    with request as turns:
        time.sleep(0.06)
        for ticket in (1, 2):
            with turns.turn_of(request.sheet):
                request.sheet.run.deadline.check("detect")
                assert request.sheet.run.ticket == ticket


def test_the_first_page_has_those_of_the_request():
    """It was let in with it, and is answered within the time that any request may take."""
    request = Request(Deadline(60))
    with request as turns, turns.turn_of(request.sheet, is_first=True):
        assert (request.sheet.run.deadline, request.sheet.run.ticket) == (request.deadline, 0)


def test_all_pages_have_those_of_the_request():
    """Of a whole answer, and of one by page that may not take turns."""
    request = Request(Deadline(60), by_page=False)
    with request as turns, turns.turn_of(request.sheet):
        assert (request.sheet.run.deadline, request.sheet.run.ticket) == (request.deadline, 0)
    assert request.timings == StageTimings()


@pytest.mark.parametrize("by_page", [True, False])
def test_between_pages_others_come_in(background, *, by_page):
    """Where pages are told one by one. The time in line is that of the queue."""
    request, order = Request(Deadline(60), by_page=by_page), []

    def come():
        with request.admission.permit(Deadline(60)):
            order.append("another")

    with request as turns:
        other = background(come)
        while request.admission.has_room(Deadline(60)):  # it does not wait yet
            time.sleep(0.01)
        turns.let_others(request.timings)
        order.append("the next page")
    other.result(20)
    assert order == (["another", "the next page"] if by_page else ["the next page", "another"])
    assert (request.timings.queue > 0) == by_page


def test_pages_end_with_their_request():
    """When the client hangs up, in the line or at work."""
    request = Request(Deadline(60))
    with request as turns, turns.turn_of(request.sheet):
        request.deadline.client_left()
        with pytest.raises(ClientGoneError):
            request.sheet.run.deadline.check("detect")


def test_a_shutdown_ends_what_had_its_time():
    """A request that has not had the time that any may take goes on; no other holds the shutdown up."""
    request = Request(Deadline(0.05))
    with request as turns:
        request.admission.drain()
        request.deadline.check("queue")
        turns.let_others(request.timings)
        time.sleep(0.06)
        with pytest.raises(DrainingError):
            turns.let_others(request.timings)


def test_a_turn_that_does_not_come_ends_the_request(background):
    """As it ends any request that waits for too long."""
    request, leave = Request(Deadline(0.05)), threading.Event()

    def stay():
        with request.admission.permit(Deadline(60)):
            assert leave.wait(20)

    def give_way():
        nonlocal other
        with request as turns:
            other = background(stay)
            while request.admission.has_room(Deadline(60)):
                time.sleep(0.01)
            turns.let_others(request.timings)

    other = None
    with pytest.raises(DeadlineExceededError, match="queue"):
        give_way()
    leave.set()
    other.result(20)
