"""Lines for clients who know of one picture: at their places in the picture as it was sent."""

import pytest

from app.errors import BrokenImageError, TooManyFramesError
from app.pipeline.result import FailedPage, ImageResult, Page
from app.protocols.image_lines import lines_of
from tests.protocols.peer_samples import image_of, line


@pytest.mark.parametrize(
    ("angle", "expected"),
    [
        (0, ((20, 10), (30, 10), (30, 15), (20, 15))),
        (90, ((40, 20), (40, 30), (35, 30), (35, 20))),
        (180, ((80, 40), (70, 40), (70, 35), (80, 35))),
        (270, ((10, 80), (10, 70), (15, 70), (15, 80))),
    ],
)
def test_lines_of_a_page_that_was_turned_lie_where_the_client_sees_them(angle, expected):
    """A page of 100 by 50, seen turned by *angle*: the first corner stays that of the text's upper left."""
    (found,) = lines_of(image_of(line("a", left=20, top=10), angle=angle))
    assert (found.text, found.polygon) == ("a", expected)


def test_the_lines_of_all_pages_follow_one_another():
    """None is lost where an image has several pages."""
    pages = [Page(index, 100, 50, 0, (line(text),)) for index, text in enumerate("ab")]
    assert [one.text for one in lines_of(ImageResult(tuple(pages)))] == ["a", "b"]


def test_an_image_that_could_not_be_read_is_its_error():
    """It is a copy: raising it leaves no trace in the result."""
    error = BrokenImageError("cut off")
    with pytest.raises(BrokenImageError, match="cut off") as caught:
        lines_of(ImageResult(error=error))
    assert caught.value is not error
    assert error.__traceback__ is None


PAGES = tuple(Page(index, 100, 50, 0, (line("a"),)) for index in range(2))


def test_a_document_of_which_a_page_is_missing_is_that_pages_error():
    """These clients could not be told which lines are not there."""
    with pytest.raises(BrokenImageError, match="no such object"):
        lines_of(ImageResult(PAGES, failed=(FailedPage(2, BrokenImageError("no such object")),)))


def test_a_document_that_was_read_in_part_is_too_long():
    """Nor how many pages there are; of an animation the first picture is the whole answer, as theirs have it."""
    with pytest.raises(TooManyFramesError, match="more than 2 pages > 2 allowed"):
        lines_of(ImageResult(PAGES, truncated=True))
    assert len(lines_of(ImageResult(PAGES[:1], truncated=True))) == 1
