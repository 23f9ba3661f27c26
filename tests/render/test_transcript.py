"""The pages of a request as one list: nothing missing without a word."""

import pytest

from app.errors import BrokenImageError, OcrError, UnavailableError
from app.pipeline.result import Drawing, FailedPage, ImageResult, Page
from app.render.transcript import transcript_of

PAGES = tuple(Page(index, 10, 10, 0, ()) for index in range(3))


def test_pages_of_all_images_follow_each_other():
    """With their drawings; truncated is what any image is."""
    drawings = ({Drawing.PAGE: b"1"}, {Drawing.PAGE: b"2"}, {Drawing.PAGE: b"3"})
    images = (ImageResult(PAGES[:2], drawings=drawings[:2]), ImageResult(PAGES[2:], True, drawings=drawings[2:]))
    transcript = transcript_of(images, "model")
    assert (transcript.pages, transcript.drawings) == (PAGES, drawings)
    assert (transcript.truncated, transcript.model) == (True, "model")
    assert transcript_of(images[:1], "").truncated is False


@pytest.mark.parametrize(
    ("images", "text"),
    [
        ([ImageResult(error=BrokenImageError("bad"))], "bad"),
        ([ImageResult(PAGES), ImageResult(error=BrokenImageError("bad"))], "image 2: bad"),
        ([ImageResult(PAGES, failed=(FailedPage(4, BrokenImageError("bad")),))], "page 5: bad"),
        (
            [ImageResult(PAGES), ImageResult(PAGES, failed=(FailedPage(0, BrokenImageError("bad")),))],
            "image 2, page 1: bad",
        ),
    ],
)
def test_what_could_not_be_read_is_an_error_that_says_where(images, text):
    """A list of pages has no place for it."""
    with pytest.raises(BrokenImageError) as caught:
        transcript_of(images, "")
    assert str(caught.value) == text


def test_the_error_of_the_result_stays_as_it_is():
    """It keeps its class and what else it knows; the one in the result gets neither another text nor a traceback."""
    error = UnavailableError("busy", retry_after_seconds=7)
    with pytest.raises(OcrError) as caught:
        transcript_of([ImageResult(PAGES), ImageResult(error=error)], "")
    assert isinstance(caught.value, UnavailableError)
    assert caught.value.retry_after_seconds == 7
    assert (str(error), error.__traceback__) == ("busy", None)
