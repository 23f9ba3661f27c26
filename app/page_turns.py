"""How a request whose pages are told one by one takes turns with others: each page is as a request of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.errors import DrainingError
from app.pipeline.result import StageTimings
from app.request_pages import Sheet
from app.scheduling.admission import Admission, Permit
from app.scheduling.deadline import Deadline


class PageTurns:
    """The time and the place of each page of a request.

    Of a whole answer, or where nobody can wait, all pages have the request's own. Of one by pages that is true of the
    first alone. Each other has as much time anew, from when it is begun, and comes behind what others had the engine do
    before; and between two pages whoever waits for a permit gets this request's, which then waits for another, as long
    as a page may take. So it may take long, but nobody waits for more than a page of it.
    """

    def __init__(
        self,
        admission: Admission,
        permit: Permit,
        deadline: Deadline,
        next_ticket: Callable[[], int],
        *,
        by_page: bool,
    ) -> None:
        """*permit* and *deadline* are the request's. *next_ticket*: a place behind all that there are."""
        self._admission = admission
        self._permit = permit
        self._deadline = deadline
        self._next_ticket = next_ticket
        self._by_page = by_page

    def let_others(self, timings: StageTimings) -> None:
        """Between two pages, in the request's own thread. The time in line is added to *timings*.

        Raises:
            DeadlineExceededError: The turn did not come in time.
            DrainingError: The process is shutting down, and the request has had the time that any may take.
        """
        if not self._by_page:
            return
        if self._admission.is_draining and self._deadline.remaining() <= 0:
            raise DrainingError("the service is shutting down")
        begun = time.perf_counter()
        try:
            with self._deadline.part() as patience:
                self._admission.stand_back(self._permit, patience)
        finally:
            timings.queue += time.perf_counter() - begun

    @contextmanager
    def turn_of(self, sheet: Sheet, *, is_first: bool = False) -> Iterator[None]:
        """Within the block *sheet* has the time and the place that are its own. is_first: of the request's."""
        if is_first or not self._by_page:
            yield
            return
        with self._deadline.part() as deadline:
            sheet.run = replace(sheet.run, deadline=deadline, ticket=self._next_ticket())
            yield
