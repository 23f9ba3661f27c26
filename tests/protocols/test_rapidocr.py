"""RapidOCRAPI's dialect: from the form to the domain and back, without HTTP."""

import json
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from app.errors import BrokenImageError, InvalidOptionError, MalformedRequestError
from app.protocols.dialect import Answered
from app.protocols.rapidocr import LEAST_SCORE, Wanted, decode_request, encode_error, encode_response, speaks
from app.protocols.wire import FilePart, Problem, WireRequest
from tests.protocols.peer_samples import B64, CANNOT_TURN, LIMITS, PICTURE, image_of, line, result_of

URL_ENCODED = "application/x-www-form-urlencoded"
ANSWERED = Answered("id", "model")


def form(*files, **fields):
    """A multipart form; each of *files* is the name of a part."""
    parts = tuple(FilePart(name, PICTURE) for name in files)
    return WireRequest("multipart/form-data", {}, form=fields, files=parts)


def encoded(body, media_type=URL_ENCODED):
    """A URL-encoded form, or what is declared as one."""
    return WireRequest(media_type, {}, body if isinstance(body, bytes) else body.encode())


def options(limits=LIMITS, **fields):
    """The options of a form with an image."""
    return decode_request(form("image_file", **fields), limits).options


def answer(lines, *, boxes=True, texts=True):
    """What is answered for an image with these lines."""
    return json.loads(encode_response(result_of(image_of(*lines)), Wanted(boxes, texts), ANSWERED).body)


class TestSpeaks:
    """Whose request it is that came to ``POST /ocr``."""

    @pytest.mark.parametrize(
        "wire",
        [
            form("image_file"),
            form(image_data=B64),
            form(use_det="true"),
            form("image_file", "other"),
            encoded("image_data=QUJD"),
            encoded("use_cls=false&image_data=QUJD"),
            encoded("image_file=picture.png"),
        ],
    )
    def test_a_form_with_one_of_its_names_is_its_own(self, wire):
        """A file, a field or a switch, in either kind of form."""
        assert speaks(wire)

    @pytest.mark.parametrize(
        "wire",
        [
            form("file"),
            form("image", words="true"),
            form(min_score="0.5"),
            form(),
            encoded("file=QUJD"),
            encoded(""),
            encoded("image_data=QUJD", "text/plain"),
            encoded('{"file": "image_data="}'),
            encoded(b"\x89PNG\r\n\x1a\nimage_data="),
            encoded(b"\xff\xd8\xff\xe0image_data="),
            encoded(b"BM=image_data="),
            encoded(b"RIFFimage_data=WEBP"),
            encoded(b"GIF89a"),
            encoded(b"II*\x00image_data="),
        ],
    )
    def test_everything_else_is_not(self, wire):
        """Images that curl declares as a form above all: no file begins as such a form does."""
        assert not speaks(wire)


class TestImage:
    """Where the image is."""

    @pytest.mark.parametrize(
        "wire",
        [
            form("image_file"),
            form(image_data=B64),
            form("image_file", image_data=""),
            form(image_data="data:image/png;base64," + B64),
            encoded("image_data=" + quote(B64, safe="")),
            encoded("image_data=" + quote_plus("data:image/png;base64," + B64)),
            encoded("use_cls=0&image_data=" + quote_plus(B64) + "&use_rec=1&"),
        ],
    )
    def test_a_file_or_base64(self, wire):
        """In both kinds of form, escaped as browsers and Python escape it; a data URL is taken too."""
        assert decode_request(wire, LIMITS).images == (PICTURE,)

    def test_lower_case_escapes(self):
        """Escapes may be written in either case."""
        text = B64.replace("+", "%2b").replace("/", "%2f").replace("=", "%3d")
        assert "%2b" in text
        assert "%2f" in text
        assert decode_request(encoded("image_data=" + text), LIMITS).images == (PICTURE,)

    def test_a_plus_that_nobody_escaped_is_one(self):
        """As ``curl -d`` sends base64 that it is given: a space would mean nothing there."""
        assert "+" in B64
        assert decode_request(encoded("image_data=" + B64), LIMITS).images == (PICTURE,)

    @pytest.mark.parametrize(
        "wire",
        [
            form(use_det="true"),
            form(image_data=""),
            form("image_file", "image_file"),
            form("image_file", image_data=B64),
            form("image_file", "other"),
            encoded("use_det=true"),
            encoded("image_data=QUJD" + "&" * 30),
        ],
    )
    def test_none_or_several_are_refused(self, wire):
        """There is one image, and nothing that would be passed over beside it."""
        with pytest.raises(MalformedRequestError):
            decode_request(wire, LIMITS)

    @pytest.mark.parametrize("text", ["%%%", "ABC", "\u00e9\u00e9\u00e9\u00e9"])
    def test_what_is_no_base64_is_the_images_error(self, text):
        """It stands in the image's place, in both kinds of form."""
        for wire in (form(image_data=text), encoded("image_data=" + text)):
            (image,) = decode_request(wire, LIMITS).images
            assert isinstance(image, MalformedRequestError)


class TestOptions:
    """What the switches come to."""

    def test_nothing_asked_for(self):
        """Everything is found and read, by the service's defaults but for RapidOCR's least score."""
        expected = replace(LIMITS.default_options, min_score=LEAST_SCORE)
        assert options() == expected
        assert options(use_det="true", use_rec="true") == expected
        assert options(use_det="", use_rec="", use_cls="") == expected

    def test_a_service_may_ask_for_more(self):
        """The greater of the two scores holds."""
        limits = replace(LIMITS, default_options=replace(LIMITS.default_options, min_score=0.75))
        assert options(limits).min_score == 0.75

    @pytest.mark.parametrize(
        ("text", "value"), [("TRUE", True), ("yes", True), ("on", True), ("N", False), ("0", False)]
    )
    def test_switches_are_read_as_fastapi_reads_them(self, text, value):
        """In any case, and only so."""
        assert options(use_cls=text).turn_lines is value
        assert options(use_det=text).find_lines is value
        assert options(use_rec=text).read_lines is value

    def test_half_of_the_way_has_no_least_score_of_its_own(self):
        """RapidOCR leaves lines out only where it has found and read them."""
        assert options(use_det="false").min_score == options(use_rec="false").min_score == 0.25

    @pytest.mark.parametrize(
        "fields", [{"use_cls": "2"}, {"use_cls": " on"}, {"use_det": "maybe"}, {"extra": "1"}, {"image_file": "a.png"}]
    )
    def test_what_is_not_understood_is_refused(self, fields):
        """No field is passed over."""
        with pytest.raises(InvalidOptionError):
            options(**fields)

    def test_a_query_is_refused(self):
        """Options stand in the form."""
        with pytest.raises(InvalidOptionError):
            decode_request(replace(form("image_file"), query={"min_score": "0.5"}), LIMITS)

    def test_a_field_twice(self):
        """Two values of a field are refused, the same value twice is one."""
        with pytest.raises(InvalidOptionError, match="use_cls is given twice"):
            decode_request(encoded(f"use_cls=0&use_cls=1&image_data={quote_plus(B64)}"), LIMITS)
        wire = encoded(f"use_cls=0&use_cls=0&image_data={quote_plus(B64)}")
        assert decode_request(wire, LIMITS).images == (PICTURE,)

    def test_lines_cannot_be_turned_without_models(self):
        """Asking for it is refused; saying that it is not wanted is not."""
        with pytest.raises(InvalidOptionError, match="use_cls"):
            options(CANNOT_TURN, use_cls="true")
        assert options(CANNOT_TURN, use_cls="false").turn_lines is False

    def test_a_service_that_turns_lines_can_be_told_not_to(self):
        """The request's word counts, and where there is none the service's."""
        limits = replace(LIMITS, default_options=replace(LIMITS.default_options, turn_lines=True))
        assert options(limits).turn_lines is True
        assert options(limits, use_cls="false").turn_lines is False


class TestAnswer:
    """What the client reads."""

    def test_lines_are_numbered(self):
        """From "0", with corners as floating-point numbers and five digits of the score."""
        assert answer([line("first"), line("second", 1.0, 20, 30)]) == {
            "0": {"rec_txt": "first", "dt_boxes": [[0, 0], [10, 0], [10, 5], [0, 5]], "score": 0.98765},
            "1": {"rec_txt": "second", "dt_boxes": [[20, 30], [30, 30], [30, 35], [20, 35]], "score": 1.0},
        }
        text = encode_response(result_of(image_of(line("a"))), Wanted(boxes=True, texts=True), ANSWERED).body
        assert b"[[0.0,0.0],[10.0,0.0]" in text

    def test_no_text_is_an_empty_object(self):
        """It is no error."""
        assert answer([]) == {}

    def test_half_of_the_way(self):
        """What was not asked for is not there, and of nothing there is nothing."""
        assert answer([line("a")], texts=False) == {"0": {"dt_boxes": [[0, 0], [10, 0], [10, 5], [0, 5]]}}
        assert answer([line("a")], boxes=False) == {"0": {"rec_txt": "a", "score": 0.98765}}
        assert answer([line("")], boxes=False, texts=False) == {}

    def test_an_image_that_could_not_be_read_is_the_requests_error(self):
        """There is no other image that could be answered for."""
        with pytest.raises(BrokenImageError):
            encode_response(result_of(BrokenImageError("cut off")), Wanted(boxes=True, texts=True), ANSWERED)

    def test_errors_look_like_fastapis(self):
        """A sentence; of status 422 a list, as its own validation errors are."""
        full = encode_error(Problem(503, "", "queue_full", "64 wait", "id", headers={"Retry-After": "2"}))
        assert (json.loads(full.body), full.status, full.headers) == ({"detail": "64 wait"}, 503, {"Retry-After": "2"})
        invalid = encode_error(Problem(422, "", "invalid_option", "use_cls is none", "id"))
        expected = {"detail": [{"type": "invalid_option", "loc": ["body"], "msg": "use_cls is none"}]}
        assert (json.loads(invalid.body), invalid.status) == (expected, 422)
