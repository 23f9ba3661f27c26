"""The formats of the native dialect: how one is chosen, what it needs, and how it is answered."""

import json

import pytest

from app.errors import BrokenImageError, InvalidOptionError
from app.pipeline.result import Drawing, FailedPage, ImageResult, OcrResult, Page, StageTimings
from app.protocols.dialect import Answered
from app.protocols.formats import FORMATS, NDJSON
from app.protocols.native import decode_request, encode_response
from app.protocols.request import RequestLimits
from app.protocols.wire import FilePart, WireRequest
from tests.options import page_options
from tests.render.page_samples import two_blocks

LIMITS = RequestLimits(max_images=3, default_options=page_options())
ANSWERED = Answered("id", "a model")
PICTURES = {Drawing.PAGE: b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x64\x00\xc8\xff\xd9", Drawing.OVERLAY: b"a picture"}

WHOLE = {name: each for name, each in FORMATS.items() if each is not NDJSON}
"""Those that are answered when all is read; the other one is sent page by page."""


def asked(accept="", **query):
    """A request with one image."""
    return decode_request(WireRequest("image/png", query, b"image", headers={"accept": accept}), LIMITS)


def answered(request, *images):
    """The answer to *request* where *images* came of it."""
    return encode_response(OcrResult(images, StageTimings(), 0.1), request.form, ANSWERED)


def read(*, truncated=False, **members):
    """The result of an image of one page."""
    return ImageResult((two_blocks(),), truncated, drawings=(PICTURES,), **members)


@pytest.mark.parametrize(
    ("name", "media_type", "begins"),
    [
        ("json", "application/json", b'{"id":"id"'),
        ("ndjson", "application/x-ndjson", b'{"index":4,'),
        ("text", "text/plain; charset=utf-8", b"<a> & b\tright\n"),
        ("tsv", "text/tab-separated-values; charset=utf-8", b"level\tpage_num"),
        ("hocr", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("alto", "application/xml; charset=utf-8", b"<?xml "),
        ("pdf", "application/pdf", b"%PDF-"),
        ("png", "image/png", b"a picture"),
        ("jpeg", "image/jpeg", b"a picture"),
    ],
)
def test_each_format_is_answered_by_its_name(name, media_type, begins):
    """Whatever ``Accept`` says, and in any case."""
    reply = answered(asked("application/json", format=name.upper()), read())
    assert reply.media_type == media_type
    assert reply.body.startswith(begins)
    assert "Server-Timing" in reply.headers
    assert len(FORMATS) == 9


@pytest.mark.parametrize("media_type", [media_type for each in WHOLE.values() for media_type in each.media_types])
def test_each_media_type_is_answered_as_it_was_asked_for(media_type):
    """Formats have several names; who asks by one hears that one."""
    reply = answered(asked(media_type), read())
    assert reply.media_type.partition(";")[0] == media_type


@pytest.mark.parametrize("accept", ["", "*/*", "text/csv", "application/json;q=0"])
def test_without_a_wish_that_can_be_fulfilled_it_is_json(accept):
    """Rather than 406 when the work is done."""
    assert json.loads(answered(asked(accept), read()).body)["id"] == "id"


@pytest.mark.parametrize("value", ["xml", "", "text/plain", 1, True, None, ["text"]])
def test_an_unknown_format_is_refused(value):
    """It names those that there are."""
    body = json.dumps({"image": "aW1hZ2U=", "format": value}).encode()
    with pytest.raises(
        InvalidOptionError, match="format is none of json, ndjson, text, tsv, hocr, alto, pdf, png, jpeg"
    ):
        decode_request(WireRequest("application/json", {}, body), LIMITS)


def test_the_format_is_an_option_like_others():
    """In the query, in the form or among the JSON's members, and not twice with different values."""
    body = json.dumps({"image": "aW1hZ2U=", "format": "tsv"}).encode()
    parts = (FilePart("file", b"image"),)
    assert asked(format="tsv").form.choice.format is FORMATS["tsv"]
    assert decode_request(WireRequest("application/json", {}, body), LIMITS).form.choice.format is FORMATS["tsv"]
    form = WireRequest("multipart/form-data", {}, form={"format": "tsv"}, files=parts)
    assert decode_request(form, LIMITS).form.choice.format is FORMATS["tsv"]
    with pytest.raises(InvalidOptionError, match="twice"):
        decode_request(WireRequest("application/json", {"format": "text"}, body), LIMITS)


@pytest.mark.parametrize(
    ("name", "words", "drawing"),
    [
        ("json", False, None),
        ("ndjson", False, None),
        ("text", False, None),
        ("tsv", True, None),
        ("hocr", True, None),
        ("alto", True, None),
        ("pdf", True, Drawing.PAGE),
        ("png", False, Drawing.OVERLAY),
        ("jpeg", False, Drawing.OVERLAY),
    ],
)
def test_a_format_is_given_what_it_is_made_of(name, words, drawing):
    """Words and drawings, and no work for what is not in it."""
    options = asked(format=name).options
    assert options.words is words
    assert (options.drawing and options.drawing.wanted) == (drawing and {drawing})
    assert asked(format=name, words="true").options.words is True


@pytest.mark.parametrize("name", ["png", "jpeg"])
def test_a_picture_shows_one_page(name):
    """Of a document no more is read than the first page that is wanted; several images are refused at once."""
    assert asked(format=name, pages="3-").documents.most == 1
    assert asked(format="pdf").documents.most > 1
    parts = (FilePart("file", b"one"), FilePart("file", b"two"))
    with pytest.raises(InvalidOptionError, match=f"{name} has one page .* 2 images"):
        decode_request(WireRequest("multipart/form-data", {"format": name}, form={}, files=parts), LIMITS)


@pytest.mark.parametrize("name", WHOLE)
def test_the_head_tells_what_was_left_out(name):
    """In every format; nothing where nothing was."""
    request = asked(format=name)
    assert answered(request, read(truncated=True)).headers["X-Truncated"] == "true"
    assert "X-Truncated" not in answered(request, read()).headers


@pytest.mark.parametrize("name", [name for name in FORMATS if "json" not in name])
def test_what_could_not_be_read_is_the_requests_error(name):
    """Formats of pages have no place for it, and nothing is left out without a word."""
    request = asked(format=name)
    failed = read(failed=(FailedPage(1, BrokenImageError("bad")),))
    with pytest.raises(BrokenImageError, match="image 2: gone"):
        answered(request, read(), ImageResult(error=BrokenImageError("gone")))
    with pytest.raises(BrokenImageError, match="page 2: bad"):
        answered(request, failed)


def test_hocr_runs_nothing_in_a_browser():
    """It is shown as a page of the service's own origin, where no script and no form of it may be at work."""
    policy = answered(asked(format="hocr"), read()).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy


def test_images_follow_each_other_page_by_page():
    """As pages of one file."""
    text = answered(asked(format="text"), read(), ImageResult((Page(0, 9, 9, 0, ()),), drawings=(PICTURES,))).body
    assert text.decode().count("\f") == 1
