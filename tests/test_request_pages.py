"""Pages are told in order, as soon as they can be; errors once there is something beside them."""

import itertools
import random
from dataclasses import replace

import pytest

from app.errors import BrokenImageError
from app.pipeline.document_options import DocumentOptions
from app.pipeline.drawing_allowance import DrawingAllowance
from app.pipeline.progress import Progress
from app.pipeline.result import FailedPage, Page, Run
from app.pipeline.timeline import Timeline
from app.request_pages import PagesInOrder, Reading
from app.scheduling.deadline import Deadline
from tests.options import page_options

READ, FAILED = Page(0, 1, 1, 0, ()), BrokenImageError("broken")


class Request:
    """Images of so many pages, and what is told of them: (image, page) where it was read, else with its error."""

    def __init__(self, *pages):
        run = Run(0, Deadline(60), page_options(960, 0.5))
        self.readings = [Reading(b"", DocumentOptions(), run, DrawingAllowance(None)) for _ in pages]
        for reading, count in zip(self.readings, pages, strict=True):
            for index in range(count):
                reading.sheet(index)
        self.told = []
        self._pages = PagesInOrder(self.readings, self._hear)

    def finish(self, image, page, *, reads=True):
        """A page is done."""
        sheet = self.readings[image].sheets[page]
        if reads:
            sheet.page = Page(page, 1, 1, 0, ())
        else:
            sheet.error = FAILED
        self._pages.progressed()

    def _hear(self, progress):
        match progress:
            case Progress(image, Page(index=index)):
                self.told.append((image, index))
            case Progress(image, FailedPage(index, error)):
                self.told.append((image, index, error))
            case Progress(image, error):
                self.told.append((image, error))


def test_a_page_is_told_when_all_before_it_are():
    """Whoever is done first: later pages wait for earlier ones, and go with them."""
    request = Request(4)
    for page, told in ((2, []), (0, [0]), (1, [0, 1, 2]), (3, [0, 1, 2, 3])):
        request.finish(0, page)
        assert request.told == [(0, index) for index in told]


def test_images_come_one_after_the_other():
    """The pages of the second wait for all of the first."""
    request = Request(2, 2)
    for image, page, count in ((1, 0, 0), (1, 1, 0), (0, 0, 1), (0, 1, 4)):
        request.finish(image, page)
        assert len(request.told) == count
    assert request.told == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_an_image_of_which_no_page_is_known_yet_is_waited_for():
    """How many there are is found out with the first."""
    request = Request(0, 1)
    request.finish(1, 0)
    assert request.told == []
    request.readings[0].sheet(0)
    request.finish(0, 0)
    assert request.told == [(0, 0), (1, 0)]


def test_failed_pages_wait_for_one_that_was_read():
    """They are told before it, in their place; behind it each at once."""
    request = Request(4)
    request.finish(0, 0, reads=False)
    request.finish(0, 1, reads=False)
    assert request.told == []
    request.finish(0, 2)
    request.finish(0, 3, reads=False)
    assert request.told == [(0, 0, FAILED), (0, 1, FAILED), (0, 2), (0, 3, FAILED)]


def test_an_image_of_which_nothing_can_be_read_is_one_error():
    """The first page's; it waits for an image that was read, as there may be none."""
    request = Request(2, 1, 1)
    request.finish(0, 0, reads=False)
    request.finish(0, 1, reads=False)
    assert request.told == []
    request.finish(1, 0)
    request.finish(2, 0, reads=False)
    assert request.told == [(0, FAILED), (1, 0), (2, FAILED)]


def test_nothing_is_told_of_a_request_of_which_nothing_can_be_read():
    """It is an error as a whole."""
    request = Request(2, 1)
    for image, page in ((0, 0), (0, 1), (1, 0)):
        request.finish(image, page, reads=False)
    assert request.told == []


@pytest.mark.parametrize("seed", range(20))
def test_in_whatever_order_pages_end_all_are_told_once(seed):
    """The whole of it is the same."""
    rng = random.Random(seed)
    pages = [rng.randrange(1, 5) for _ in range(4)]
    ends = [(image, page) for image, count in enumerate(pages) for page in range(count)]
    failing = set(rng.sample(ends, len(ends) // 3))
    requests = []
    for order in (ends, rng.sample(ends, len(ends))):
        requests.append(Request(*pages))
        for image, page in order:
            requests[-1].finish(image, page, reads=(image, page) not in failing)
    assert requests[0].told == requests[1].told
    assert all(one[0] <= other[0] for one, other in itertools.pairwise(requests[0].told))


def test_the_time_of_a_page_is_told_with_what_became_of_it():
    """Its image's number and its own, its parts, and the error that it ended with; where nobody asks, nothing is."""
    timeline, run = Timeline(), Run(0, Deadline(60), page_options(960, 0.5))
    reading = Reading(b"", DocumentOptions(), run, DrawingAllowance(None), 3, timeline)
    sheet = reading.sheet(5)
    with pytest.raises(BrokenImageError), reading.timed(sheet), sheet.run.stage("decode"):
        raise FAILED
    with reading.timed(reading.sheet(6)):
        pass
    broken, read = timeline.pages
    assert (broken.image, broken.page, broken.code) == (3, 5, "broken_image")
    assert [part.name for part in broken.parts] == ["decode"]
    assert broken.begun <= broken.parts[0].begun <= broken.parts[0].ended <= broken.ended
    assert (read.page, read.code, read.parts) == (6, "", [])
    untimed = replace(reading, timeline=None).sheet(7)
    assert untimed.run.parts is None
