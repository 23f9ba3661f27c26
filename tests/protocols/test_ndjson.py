"""Answers by pages: what stands on each line."""

import json

import pytest

from app.errors import BrokenImageError, DeadlineExceededError, UnsupportedMediaError
from app.pipeline.progress import Progress
from app.pipeline.result import Drawing, FailedPage, ImageResult, Line, OcrResult, Page, StageTimings
from app.pipeline.text_layer import Source
from app.protocols.dialect import Answered
from app.protocols.native_json import image_document
from app.protocols.ndjson import line_stream, ndjson_answer

PAGE = Page(3, 80, 60, 0, (Line("合计\n", 0.98765, ((1, 2), (30, 2), (30, 12), (1, 12))),))
FAILED = FailedPage(4, BrokenImageError("damaged"))
ANSWERED = Answered("some-id", "tiny")
ERROR = {"code": "broken_image", "detail": "damaged"}


def members(line):
    """Return a line's object; it is one line."""
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)


def result(*images):
    """Return a result."""
    return OcrResult(images, StageTimings(decode=0.5), 1.0)


def test_a_page_is_what_it_is_in_a_whole_answer():
    """The same members, of several images with the image's index before them."""
    whole = image_document(ImageResult((PAGE,), failed=(FAILED,)))["pages"]
    for outcome, page in zip((PAGE, FAILED), json.loads(json.dumps(whole)), strict=True):
        assert members(line_stream(several=False).encode_progress(Progress(0, outcome))) == page
        assert members(line_stream(several=True).encode_progress(Progress(2, outcome))) == {"image": 2} | page


def test_a_page_says_where_its_lines_come_from_only_if_asked():
    """The member is there where the request asked for text layers at all."""
    stream = line_stream(several=False)
    assert "source" not in members(stream.encode_progress(Progress(0, PAGE)))
    for source in Source:
        page = Page(0, 1, 1, 0, (), source=source)
        assert members(stream.encode_progress(Progress(0, page)))["source"] == source.value


def test_a_line_says_how_many_pages_the_file_has():
    """Of more than one, as in a whole answer: with each page, read or not, and in the totals; of each image its own."""
    stream = line_stream(several=False)
    for outcome in (PAGE, FAILED):
        assert members(stream.encode_progress(Progress(0, outcome, 50)))["page_count"] == 50
        assert "page_count" not in members(stream.encode_progress(Progress(0, outcome)))
    images = (ImageResult((PAGE,), count=50), ImageResult((PAGE,)))
    assert members(stream.encode_end(result(images[0]), ANSWERED))["page_count"] == 50
    totals = members(line_stream(several=True).encode_end(result(*images), ANSWERED))
    assert [each.get("page_count") for each in totals["results"]] == [50, None]
    assert "page_count" not in totals


def test_a_page_has_its_picture():
    """Where that is asked for, as in a whole answer."""
    drawings = {Drawing.PAGE: b"one"}
    (whole,) = image_document(ImageResult((PAGE,), drawings=(drawings,)))["pages"]
    line = members(line_stream(several=False).encode_progress(Progress(0, PAGE, drawings=drawings)))
    assert line["picture"] == whole["picture"]
    (line, _) = ndjson_answer(result(ImageResult((PAGE,), drawings=(drawings,))), ANSWERED, several=False).splitlines()
    assert json.loads(line)["picture"] == whole["picture"]


def test_an_image_that_cannot_be_read_has_its_index():
    """So that it is told from the error of the whole answer."""
    line = line_stream(several=True).encode_progress(Progress(1, BrokenImageError("damaged")))
    assert members(line) == {"image": 1, "error": ERROR}


def test_the_last_line_has_the_totals():
    """How many pages were told of, whether there are more, and how long it took."""
    totals = members(line_stream(several=False).encode_end(result(ImageResult((PAGE,), failed=(FAILED,))), ANSWERED))
    timings = totals.pop("timings_ms")
    assert totals == {"id": "some-id", "model": "tiny", "pages": 2, "truncated": False}
    assert (timings["decode"], timings["total"]) == (500, 1000)


def test_the_totals_of_several_images_are_told_apart():
    """Which one there is more of, and how many lines are about each."""
    images = (ImageResult((PAGE, PAGE), truncated=True), ImageResult(error=BrokenImageError("damaged")))
    totals = members(line_stream(several=True).encode_end(result(*images), ANSWERED))
    assert (totals["pages"], totals["truncated"]) == (2, True)
    assert totals["results"] == [{"pages": 2, "truncated": True}, {"pages": 0, "truncated": False}]


@pytest.mark.parametrize("several", [False, True])
def test_a_whole_answer_has_the_same_lines(several):
    """Where all of it is there at once: errors in their places, the totals last."""
    failed = FailedPage(0, BrokenImageError("first"))
    images = [ImageResult((PAGE,), failed=(FAILED, failed), count=9), ImageResult(error=BrokenImageError("damaged"))]
    images = images if several else images[:1]
    outcomes = [(0, failed), (0, PAGE), (0, FAILED)] + [(1, image.error) for image in images[1:]]
    stream = line_stream(several=several)
    counts = [9, 9, 9, 1]
    lines = [stream.encode_progress(Progress(*told, count)) for told, count in zip(outcomes, counts, strict=False)]
    whole = ndjson_answer(result(*images), ANSWERED, several=several)
    assert whole == b"".join([*lines, stream.encode_end(result(*images), ANSWERED)])


def test_where_no_image_could_be_read_there_is_no_last_line():
    """The first one's error is the request's."""
    nothing = result(ImageResult(error=UnsupportedMediaError("text")), ImageResult(error=BrokenImageError("damaged")))
    with pytest.raises(UnsupportedMediaError, match="text"):
        line_stream(several=True).encode_end(nothing, ANSWERED)
    with pytest.raises(UnsupportedMediaError, match="text"):
        ndjson_answer(nothing, ANSWERED, several=True)


def test_an_error_can_be_the_last_line():
    """With its code; it has no index of an image, and none of a page."""
    line = line_stream(several=True).encode_failure(DeadlineExceededError("9 s > 5 s allowed"))
    assert members(line) == {"error": {"code": "deadline_exceeded", "detail": "9 s > 5 s allowed"}}


def test_half_a_surrogate_pair_is_no_obstacle():
    """A detail may quote what a client sent."""
    line = line_stream(several=False).encode_failure(BrokenImageError("bad: \udc80"))
    assert members(line)["error"]["detail"] == "bad: \udc80"
