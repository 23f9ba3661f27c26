"""The switches of the native dialect: ``words``, ``autorotate`` and ``picture``; and what they add to its answers."""

import base64
import dataclasses
import json

import pytest

from app.errors import BrokenImageError, InvalidOptionError
from app.pipeline.result import (
    Drawing,
    DrawingFormat,
    FailedPage,
    ImageResult,
    Line,
    OcrResult,
    Page,
    StageTimings,
    Word,
)
from app.pipeline.text_layer import TextLayer
from app.protocols.dialect import Answered
from app.protocols.native import NATIVE, NativeForm, decode_request, encode_response
from app.protocols.request import RequestLimits
from app.protocols.wire import FilePart, WireRequest
from tests.options import page_options

DEFAULTS = page_options(1600, 0.25)
LIMITS = RequestLimits(max_images=3, default_options=DEFAULTS)
IMAGE = "eA=="


def in_query(limits=LIMITS, **options):
    """Return the options of a raw body."""
    return decode_request(WireRequest("image/png", options, b"x"), limits).options


def in_form(limits=LIMITS, **options):
    """Return the options of a form."""
    return decode_request(
        WireRequest("multipart/form-data", {}, form=options, files=(FilePart("file", b"x"),)), limits
    ).options


def in_json(limits=LIMITS, query=None, **options):
    """Return the options of a JSON object."""
    body = json.dumps({"image": IMAGE, **options}).encode()
    return decode_request(WireRequest("application/json", query or {}, body), limits).options


WAYS = pytest.mark.parametrize("decode", [in_query, in_form, in_json])
TURNS = {
    "true": (True, True),
    "1": (True, True),
    "on": (True, True),
    "false": (False, False),
    "0": (False, False),
    "off": (False, False),
    "page": (True, False),
    "lines": (False, True),
}


@WAYS
@pytest.mark.parametrize(
    ("value", "meant"), [("true", True), ("1", True), ("on", True), ("false", False), ("0", False), ("off", False)]
)
def test_words_are_switched(decode, value, meant):
    """In any case; the other options keep their defaults."""
    for spelling in (value, value.upper(), value.capitalize()):
        assert decode(words=spelling) == dataclasses.replace(DEFAULTS, words=meant)


@WAYS
@pytest.mark.parametrize(("value", "turns"), TURNS.items())
def test_autorotate_is_switched(decode, value, turns):
    """For pages, for lines, for both or neither, in any case, whatever the service's default is."""
    for default in (False, True):
        options = dataclasses.replace(DEFAULTS, turn_page=default, turn_lines=default)
        limits = dataclasses.replace(LIMITS, default_options=options)
        for spelling in (value, value.upper(), value.capitalize()):
            asked = decode(limits=limits, autorotate=spelling)
            assert (asked.turn_page, asked.turn_lines) == turns
            assert asked.words is False


@pytest.mark.parametrize("value", [True, False, 1, 0])
def test_json_has_switches_of_its_own(value):
    """JSON's true, false, 1 and 0 mean what the words mean."""
    asked = in_json(words=value, autorotate=value)
    assert (asked.words, asked.turn_page, asked.turn_lines) == (bool(value),) * 3


def test_without_them_the_defaults_hold():
    """What is not asked for is what the service was started with, and no request changes that for the next."""
    turning = dataclasses.replace(LIMITS, default_options=dataclasses.replace(DEFAULTS, turn_page=True))
    for limits in (LIMITS, turning):
        in_query(limits=limits, words="true", autorotate="lines")
        assert in_query(limits=limits) == limits.default_options


@WAYS
@pytest.mark.parametrize("value", ["", "yes", "no", "2", "-1", "truee", "page,lines", "90", "none", "nan", " true"])
def test_other_values_are_refused(decode, value):
    """The error names the option, and what it may be."""
    with pytest.raises(InvalidOptionError, match="words is none of true, false"):
        decode(words=value)
    with pytest.raises(InvalidOptionError, match=r"autorotate is none of.* page, lines"):
        decode(autorotate=value)


@pytest.mark.parametrize("value", ["page", "lines"])
def test_words_are_no_matter_of_pages_and_lines(value):
    """What only ``autorotate`` may be is refused elsewhere."""
    with pytest.raises(InvalidOptionError, match="words"):
        in_query(words=value)


@pytest.mark.parametrize("value", [None, 2, -1, 0.5, 1.0, [True], {"page": True}, [], {}])
def test_json_values_that_are_no_switches_are_refused(value):
    """Null is not the default, of numbers only 1 and 0 are switches, a list is no choice."""
    for name in ("words", "autorotate", "picture"):
        with pytest.raises(InvalidOptionError, match=name):
            in_json(**{name: value})


@pytest.mark.parametrize("value", ["page", "lines", "true", True])
def test_turning_needs_the_models(value):
    """Where there is nothing to tell how pages lie, asking for it is an error, and not asking is none."""
    limits = dataclasses.replace(LIMITS, can_turn=False)
    with pytest.raises(InvalidOptionError, match="orientation models"):
        in_json(limits=limits, autorotate=value)
    assert in_json(limits=limits, autorotate=False, words=True).words is True
    assert in_json(limits=limits) == DEFAULTS


def test_an_option_given_twice_must_agree():
    """The query and the body may repeat each other, in whatever spelling, not contradict."""
    assert in_json(query={"words": "true"}, words="true").words is True
    assert in_json(query={"words": "true"}, words=True).words is True
    assert in_json(query={"autorotate": "false"}, autorotate=False).turn_page is False
    for query, body in (("true", False), ("page", "lines"), ("page", True)):
        with pytest.raises(InvalidOptionError, match="autorotate is given twice"):
            in_json(query={"autorotate": query}, autorotate=body)


POLYGON = ((10, 4), (50, 14), (46, 30), (6, 20))


def shown_line(**fields):
    """Return a line as the client gets it."""
    page = Page(0, 80, 60, 270, (Line("two words", 0.5, POLYGON, **fields),))
    result = OcrResult((ImageResult((page,)),), StageTimings(), 0.5)
    document = json.loads(encode_response(result, NativeForm(several=False), Answered("abc", "tiny")).body)
    assert document["pages"][0]["angle"] == 270
    return document["pages"][0]["lines"][0]


def test_words_are_told_with_their_boxes():
    """``words`` stands behind the line's other members, and holds text and box of each, in their order."""
    words = (Word("two", (6, 4, 20, 30)), Word(" ", (20, 4, 24, 30)), Word("words", (24, 4, 50, 30)))
    line = shown_line(words=words)
    assert list(line) == ["text", "score", "polygon", "box", "words"]
    assert line["words"] == [
        {"text": "two", "box": [6, 4, 20, 30]},
        {"text": " ", "box": [20, 4, 24, 30]},
        {"text": "words", "box": [24, 4, 50, 30]},
    ]


def test_words_nobody_asked_for_are_not_told():
    """Without the option there is no member; asked for where nothing is known, the list is empty."""
    assert list(shown_line()) == ["text", "score", "polygon", "box"]
    assert shown_line(words=())["words"] == []


@WAYS
def test_spaces_are_those_that_were_read_or_also_those_that_are_likely(decode):
    """By itself the former, as PaddleOCR; whoever asks for likely ones of an engine that tells of none is refused."""
    assert decode(spaces="likely").likely_spaces
    assert decode(spaces="Sure") == decode() == DEFAULTS
    with pytest.raises(InvalidOptionError, match="spaces is none of sure, likely"):
        decode(spaces="true")


def test_an_engine_without_doubts_has_no_likely_spaces():
    """Asking for them is refused; saying that they are not wanted is not."""
    limits = dataclasses.replace(LIMITS, can_doubt=False)
    with pytest.raises(InvalidOptionError, match="spaces=likely needs an engine"):
        decode_request(WireRequest("image/png", {"spaces": "likely"}, b"x"), limits)
    assert not decode_request(WireRequest("image/png", {"spaces": "sure"}, b"x"), limits).options.likely_spaces


@WAYS
def test_pictures_are_switched(decode):
    """Asked for, the page as coordinates are of it is drawn, as a JPEG; by itself nothing is."""
    drawing = decode(picture="on").drawing
    assert (drawing.wanted, drawing.format) == ({Drawing.PAGE}, DrawingFormat.JPEG)
    assert decode(picture="off") == decode() == DEFAULTS


@pytest.mark.parametrize("name", ["text", "tsv", "pdf", "png"])
def test_pictures_are_for_json_alone(name):
    """A format that has no place for them says so."""
    with pytest.raises(InvalidOptionError, match=f"picture goes with json and ndjson alone, not with {name}"):
        in_query(format=name, picture="true")
    assert in_query(format=name, picture="false") == in_query(format=name)
    assert in_query(format="ndjson", picture="true") == in_query(picture="true")


def test_a_page_whose_text_is_taken_has_no_picture():
    """None is made of it."""
    with pytest.raises(InvalidOptionError, match="the option picture wants pictures"):
        in_query(picture="true", text_layer="auto")


def test_a_page_has_its_own_picture():
    """Each page its own, as a data URL; one that could not be read has none; without the option there is no member."""
    pages = tuple(Page(index, 80, 60, 0, ()) for index in (0, 2))
    drawings = ({Drawing.PAGE: b"one"}, {Drawing.PAGE: b"three"})
    failed = (FailedPage(1, BrokenImageError("damaged")),)
    shown = [page.get("picture") for page in document(ImageResult(pages, failed=failed, drawings=drawings))["pages"]]
    encoded = ["data:image/jpeg;base64," + base64.b64encode(data).decode() for data in (b"one", b"three")]
    assert shown == [encoded[0], None, encoded[1]]
    assert "picture" not in document(ImageResult(pages))["pages"][0]


def test_how_many_pages_there_are_is_told_of_several():
    """Of all that the file holds, wanted or not; a picture has no such member."""
    pages = (Page(1, 80, 60, 0, ()),)
    assert document(ImageResult(pages, count=7))["page_count"] == 7
    assert "page_count" not in document(ImageResult(pages))


def document(image):
    """Return the JSON of one image's result."""
    result = OcrResult((image,), StageTimings(), 0.5)
    return json.loads(encode_response(result, NativeForm(several=False), Answered("abc", "tiny")).body)


def documents_of(options, accept=""):
    """Return what is wanted of documents."""
    return decode_request(WireRequest("image/png", options, b"x", headers={"accept": accept}), LIMITS).documents


@pytest.mark.parametrize("layer", list(TextLayer))
def test_text_layers_are_taken_as_the_request_says(layer):
    """By name, in any case; by itself never."""
    assert documents_of({"text_layer": layer.value.upper()}).text_layer is layer
    assert documents_of({}).text_layer is TextLayer.NEVER


@pytest.mark.parametrize("value", ["", "yes", "true", "none"])
def test_what_is_no_choice_of_text_layers_is_refused(value):
    """With those that there are."""
    with pytest.raises(InvalidOptionError, match="text_layer is none of auto, never, only"):
        documents_of({"text_layer": value})


def test_a_format_that_is_drawn_goes_without_text_layers():
    """There is no picture of a page whose text is taken."""
    with pytest.raises(InvalidOptionError, match="png wants pictures, and text_layer has none made"):
        documents_of({"text_layer": "auto", "format": "png"})
    with pytest.raises(InvalidOptionError, match="jpeg wants pictures"):
        documents_of({"text_layer": "only"}, "image/jpeg")
    assert documents_of({"text_layer": "never", "format": "png"}).most == 1


@pytest.mark.parametrize(("options", "accept"), [({"format": "ndjson"}, ""), ({}, "application/x-ndjson, */*;q=0.1")])
def test_lines_are_streamed_where_they_are_asked_for(options, accept):
    """By option or by media type; whoever takes anything gets JSON."""
    form = decode_request(WireRequest("image/png", options, b"x", headers={"accept": accept}), LIMITS).form
    assert NATIVE.stream(form).media_type == "application/x-ndjson"
    form = decode_request(WireRequest("image/png", {}, b"x", headers={"accept": "*/*"}), LIMITS).form
    assert NATIVE.stream(form) is None
