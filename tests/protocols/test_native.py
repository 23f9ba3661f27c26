"""The native dialect: from the wire to the domain and back, without HTTP."""

import base64
import json
from dataclasses import replace

import pytest

from app.errors import BrokenImageError, InvalidOptionError, MalformedRequestError, TooManyImagesError
from app.fetching.remote_image import RemoteImage
from app.pipeline.document_options import DocumentOptions
from app.pipeline.result import FailedPage, ImageResult, Line, OcrResult, Page, StageTimings
from app.protocols.dialect import Answered
from app.protocols.native import NativeForm, decode_request, encode_response
from app.protocols.native_json import timings_ms
from app.protocols.request import RequestLimits
from app.protocols.wire import FilePart, WireRequest
from tests.options import page_options

LIMITS = RequestLimits(max_images=3, default_options=page_options(1600, 0.25))
PICTURE = bytes(range(256))


def b64(data):
    """Return *data* as base64 text."""
    return base64.b64encode(data).decode()


def raw(body=PICTURE, media_type="image/jpeg", **query):
    """Decode a raw body."""
    return decode_request(WireRequest(media_type, query, body), LIMITS)


def js(document, media_type="application/json", **query):
    """Decode a JSON body; a string or bytes are sent as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return decode_request(WireRequest(media_type, query, body), LIMITS)


def form(*files, fields=None, **query):
    """Decode a multipart body."""
    parts = tuple(FilePart("file", data) for data in files)
    return decode_request(WireRequest("multipart/form-data", query, form=fields or {}, files=parts), LIMITS)


class TestImages:
    """Where the images of a request are."""

    @pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "application/octet-stream", "text/plain", ""])
    def test_a_raw_body_is_one_image_whatever_its_type(self, media_type):
        """The declared type is a hint: the bytes are handed on as they came."""
        request = raw(media_type=media_type)
        assert (request.images, request.form.several) == ((PICTURE,), False)
        assert request.options == LIMITS.default_options

    @pytest.mark.parametrize("media_type", ["application/json", "application/problem+json", "application/x.ocr+json"])
    def test_a_json_image(self, media_type):
        """Base64 in ``image`` is one image."""
        request = js({"image": b64(PICTURE)}, media_type)
        assert (request.images, request.form.several) == ((PICTURE,), False)

    def test_a_data_url(self):
        """A data URL's media type is ignored, its base64 read."""
        for head in ("data:image/png;base64,", "data:;base64,", "data:image/svg+xml;charset=utf-8;base64,"):
            assert js({"image": head + b64(PICTURE)}).images == (PICTURE,)

    def test_base64_may_be_wrapped(self):
        """Line breaks, as MIME tools write them, are not part of the base64."""
        wrapped = base64.encodebytes(PICTURE).decode()
        assert "\n" in wrapped
        assert js({"image": wrapped}).images == (PICTURE,)

    def test_json_images_are_several(self):
        """A list is answered with a list, of one image too, in its order."""
        request = js({"images": [b64(b"one"), "data:image/png;base64," + b64(b"two")]})
        assert (request.images, request.form.several) == ((b"one", b"two"), True)
        assert js({"images": [b64(b"one")]}).form.several is True

    def test_urls_stand_in_the_place_of_images(self):
        """One or a list, answered alike; what is no string is its own error. Nothing is fetched or checked here."""
        assert (js({"url": "https://a.test/"}).images, js({"url": "x"}).form.several) == (
            (RemoteImage("https://a.test/"),),
            False,
        )
        request = js({"urls": ["https://a.test/", 7, "no URL"], "min_score": 0.5})
        first, error, last = request.images
        assert (first, last, request.form.several) == (RemoteImage("https://a.test/"), RemoteImage("no URL"), True)
        assert isinstance(error, MalformedRequestError)
        with pytest.raises(TooManyImagesError, match="4 images > 3 allowed"):
            js({"urls": ["x"] * 4})

    def test_parts_of_a_form(self):
        """One part is one image, several are a list in their order."""
        assert (form(b"one").images, form(b"one").form.several) == ((b"one",), False)
        request = form(b"one", b"two")
        assert (request.images, request.form.several) == ((b"one", b"two"), True)

    @pytest.mark.parametrize(
        "bad",
        [7, None, True, {"data": "x"}, [b64(b"x")], "not base64!", "data:image/png,plain", "data:image/png;base64"],
    )
    def test_an_image_that_cannot_be_unpacked_is_its_own_error(self, bad):
        """One bad member of a list does not cost the others their answer: its place holds the error."""
        good = b64(PICTURE)
        request = js({"images": [good, bad, good]})
        first, error, last = request.images
        assert (first, last) == (PICTURE, PICTURE)
        assert isinstance(error, MalformedRequestError)
        (alone,) = js({"image": bad}).images
        assert isinstance(alone, MalformedRequestError)

    def test_an_empty_image_is_its_own_error(self):
        """An empty part or string is no picture, and takes only its own place."""
        for request in (form(b"one", b""), js({"images": [b64(b"one"), ""]})):
            assert request.images[0] == b"one"
            assert isinstance(request.images[1], MalformedRequestError)

    @pytest.mark.parametrize(
        "decode",
        [
            lambda: raw(b""),
            lambda: raw(b"", media_type=""),
            form,
            lambda: js({}),
            lambda: js({"images": []}),
            lambda: js({"min_score": 0.5}),
        ],
    )
    def test_no_image_is_malformed(self, decode):
        """A request without an image says so."""
        with pytest.raises(MalformedRequestError, match="no image"):
            decode()

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"null", b'"text"', b"7", b"\xff\xfe", b'{"image": "x"', b"[" * 100_000]
    )
    def test_what_is_no_json_object_is_malformed(self, body):
        """Not JSON, or JSON that is no object, deep nesting included."""
        with pytest.raises(MalformedRequestError, match="JSON"):
            js(body)

    @pytest.mark.parametrize(
        "document",
        [
            {"image": "eA==", "images": ["eA=="]},
            {"image": "eA==", "url": "https://a.test/"},
            {"images": ["eA=="], "urls": ["https://a.test/"]},
            {"url": "https://a.test/", "urls": ["https://a.test/"]},
            {"images": "eA=="},
            {"images": None},
            {"images": {}},
            {"urls": "https://a.test/"},
        ],
    )
    def test_contradicting_members_are_malformed(self, document):
        """One of image, images, url and urls, and the plurals are lists."""
        with pytest.raises(MalformedRequestError):
            js(document)

    def test_the_number_of_images_is_limited(self):
        """As many as allowed pass, one more does not; the error says actual > allowed."""
        assert len(js({"images": [b64(b"x")] * 3}).images) == 3
        assert len(form(b"x", b"y", b"z").images) == 3
        for decode in (lambda: js({"images": [b64(b"x")] * 4}), lambda: form(b"a", b"b", b"c", b"d")):
            with pytest.raises(TooManyImagesError, match="4 images > 3 allowed"):
                decode()


class TestOptions:
    """What a request may choose."""

    @pytest.mark.parametrize(
        "decode",
        [
            lambda **options: raw(**{name: str(value) for name, value in options.items()}),
            lambda **options: form(b"x", fields={name: str(value) for name, value in options.items()}),
            lambda **options: form(b"x", **{name: str(value) for name, value in options.items()}),
            lambda **options: js({"image": b64(b"x"), **options}),
            lambda **options: js({"image": b64(b"x"), **{name: str(value) for name, value in options.items()}}),
            lambda **options: js({"image": b64(b"x")}, **{name: str(value) for name, value in options.items()}),
        ],
        ids=["query", "form", "form's query", "json", "json strings", "json's query"],
    )
    def test_options_come_as_query_form_or_member(self, decode):
        """Each way means the same, as numbers and as text."""
        assert decode(min_score=0.5, det_max_side=960).options == page_options(960, 0.5)
        assert decode(min_score=1).options == page_options(1600, 1.0)
        assert decode(det_max_side=640).options == page_options(640, 0.25)

    def test_options_have_their_types(self):
        """A side is a whole number, also from 960.0; a score is a float."""
        options = js({"image": b64(b"x"), "det_max_side": 960.0, "min_score": 0}).options
        assert (type(options.detection.max_side), type(options.min_score)) == (int, float)

    @pytest.mark.parametrize("value", ["0", "1", "0.0", "1.0", "5e-1"])
    def test_scores_from_0_to_1(self, value):
        """Both ends belong to the range."""
        assert raw(min_score=value).options.min_score == float(value)

    @pytest.mark.parametrize("value", ["-0.01", "1.01", "nan", "inf", "-inf", "high", "", "0,5", "1e999"])
    def test_other_scores_are_refused(self, value):
        """Out of range, no number, NaN: the error names the option."""
        with pytest.raises(InvalidOptionError, match="min_score"):
            raw(min_score=value)

    @pytest.mark.parametrize("value", ["1601", "31", "0", "-960", "960.5", "nan", "inf", "wide", "", "9" * 400])
    def test_other_sides_are_refused(self, value):
        """Beyond the service's own limit, below the model's stride, in between whole numbers."""
        with pytest.raises(InvalidOptionError, match="det_max_side"):
            raw(det_max_side=value)

    def test_the_service_limit_is_allowed(self):
        """A request may ask for the service's own side."""
        assert raw(det_max_side="1600").options.detection.max_side == 1600

    @pytest.mark.parametrize("value", [True, False, None, [0.5], {"value": 0.5}, 10**400])
    def test_json_values_that_are_no_numbers_are_refused(self, value):
        """True is not 1, null is not the default, and a number beyond any float is out of range."""
        with pytest.raises(InvalidOptionError, match="min_score"):
            js({"image": b64(b"x"), "min_score": value})

    @pytest.mark.parametrize(
        "decode", [raw, lambda **o: form(b"x", fields=o), lambda **o: js({"image": b64(b"x"), **o})]
    )
    def test_unknown_options_are_refused(self, decode):
        """A typing error is not passed over: the option is named, and those that exist."""
        with pytest.raises(InvalidOptionError, match=r"'min_scor'.*min_score"):
            decode(min_scor="0.5")

    def test_an_option_given_twice_must_agree(self):
        """The query and the body may repeat each other, not contradict."""
        assert js({"image": b64(b"x"), "det_max_side": 960}, det_max_side="960").options.detection.max_side == 960
        with pytest.raises(InvalidOptionError, match="det_max_side is given twice"):
            js({"image": b64(b"x"), "det_max_side": 960}, det_max_side="640")
        with pytest.raises(InvalidOptionError, match="min_score is given twice"):
            form(b"x", fields={"min_score": "0.1"}, min_score="0.2")

    def test_a_request_leaves_the_defaults_alone(self):
        """What one request asks for is not what the next one gets."""
        raw(min_score="0.9", det_max_side="320")
        assert raw().options == page_options(1600, 0.25)

    def test_pages_and_resolution_are_those_of_the_request(self):
        """Which pages, and at how many pixels an inch; what is not said is as the service is set."""
        assert raw().documents == LIMITS.default_documents
        limits = replace(LIMITS, default_documents=DocumentOptions(dpi=150, most=7))
        request = decode_request(WireRequest("", {"pages": "3-,1"}, PICTURE), limits)
        assert request.documents == DocumentOptions(((1, 1), (3, None)), dpi=150, most=7)
        assert js({"image": b64(PICTURE), "pages": 2, "dpi": 144}).documents == DocumentOptions(((2, 2),), dpi=144)
        assert form(PICTURE, fields={"dpi": "72.5"}).documents.dpi == 72.5

    @pytest.mark.parametrize("options", [{"pages": "x"}, {"pages": ""}, {"dpi": "9"}, {"dpi": "1201"}, {"dpi": "x"}])
    def test_pages_and_resolution_out_of_range_are_refused(self, options):
        """Neither guessed nor ignored."""
        with pytest.raises(InvalidOptionError, match=next(iter(options))):
            raw(**options)

    @pytest.mark.parametrize("pages", [True, None, [1], {"from": 1}, 1.5])
    def test_pages_of_another_type_are_refused(self, pages):
        """In JSON they are a text or a whole number."""
        with pytest.raises(InvalidOptionError, match="pages is no text"):
            js({"image": b64(PICTURE), "pages": pages})


LINE = Line("Total: 31.50", 0.987654321, ((10, 4), (50, 14), (46, 30), (6, 20)))


def result(*images, total=0.5, **timings):
    """Return a result."""
    return OcrResult(images, StageTimings(**timings), total)


def encode(given, *, several=False):
    """Encode, and go through JSON, as the client does."""
    return json.loads(encode_response(given, NativeForm(several=several), Answered("abc", "tiny")).body)


class TestResponse:
    """The JSON of the contract."""

    def test_one_image(self):
        """id, model, text, pages with their lines, timings and truncated: nothing more, nothing less."""
        page = Page(index=0, width=80, height=60, angle=0, lines=(LINE, Line("second", 0.5, LINE.polygon)))
        document = encode(result(ImageResult((page,), truncated=True)))
        assert document.keys() == {"id", "model", "text", "pages", "timings_ms", "truncated"}
        assert (document["id"], document["model"], document["truncated"]) == ("abc", "tiny", True)
        assert document["text"] == "Total: 31.50\nsecond"
        (shown,) = document["pages"]
        assert shown.keys() == {"index", "width", "height", "angle", "text", "lines"}
        assert (shown["index"], shown["width"], shown["height"], shown["angle"]) == (0, 80, 60, 0)
        assert shown["text"] == document["text"]
        line = shown["lines"][0]
        assert line.keys() == {"text", "score", "polygon", "box"}
        assert line["text"] == "Total: 31.50"
        assert line["score"] == pytest.approx(LINE.score, abs=1e-4)
        assert line["polygon"] == [[10, 4], [50, 14], [46, 30], [6, 20]]
        assert line["box"] == [6, 4, 50, 30]

    def test_an_image_without_text(self):
        """An empty page is an answer: empty text, no lines, not truncated."""
        document = encode(result(ImageResult((Page(0, 8, 6, 0, ()),))))
        assert (document["text"], document["pages"][0]["lines"], document["truncated"]) == ("", [], False)

    def test_timings_are_milliseconds_by_stage_and_in_all(self):
        """The stages of the contract and the total; a quarter of a second is 250."""
        timings = encode(result(ImageResult(), total=0.75, decode=0.25, recognise=0.125))["timings_ms"]
        stages = ["queue", "decode", "detect", "crop", "orient", "recognise", "assemble", "total"]
        assert list(timings) == stages
        assert (timings["decode"], timings["recognise"], timings["total"]) == (250, 125, 750)
        assert timings == timings_ms(result(ImageResult(), total=0.75, decode=0.25, recognise=0.125))

    def test_several_images_are_a_list_in_order(self):
        """Each image has its place; one that could not be read has its error there, with the stable code."""
        read = ImageResult((Page(0, 80, 60, 0, (LINE,)),))
        document = encode(result(read, ImageResult(error=BrokenImageError("the PNG data is damaged"))), several=True)
        assert document.keys() == {"id", "model", "results", "timings_ms"}
        first, second = document["results"]
        assert (first["text"], first["truncated"]) == ("Total: 31.50", False)
        assert first["pages"][0]["lines"][0]["box"] == [6, 4, 50, 30]
        assert second == {"error": {"code": "broken_image", "detail": "the PNG data is damaged"}}

    def test_a_page_that_could_not_be_read_has_its_place(self):
        """Among the others, by its index, with its error; the document's text is that of those that were read."""
        pages = tuple(Page(index, 80, 60, 0, (LINE,)) for index in (0, 2))
        failed = (FailedPage(1, BrokenImageError("damaged")),)
        document = encode(result(ImageResult(pages, failed=failed)))
        assert [page["index"] for page in document["pages"]] == [0, 1, 2]
        assert document["pages"][1] == {"index": 1, "error": {"code": "broken_image", "detail": "damaged"}}
        assert document["text"] == "Total: 31.50\n\nTotal: 31.50"

    def test_a_list_of_one_is_a_list(self):
        """Who sent a list gets a list."""
        assert len(encode(result(ImageResult()), several=True)["results"]) == 1

    @pytest.mark.parametrize("count", [1, 3])
    def test_a_request_of_which_nothing_can_be_read_fails(self, count):
        """Where every image is bad the request is, with the first one's error: failure is not returned as success."""
        errors = [BrokenImageError(f"image {number}") for number in range(count)]
        given = result(*(ImageResult(error=error) for error in errors))
        with pytest.raises(BrokenImageError, match="image 0"):
            encode(given, several=count > 1)

    def test_text_of_any_script_survives(self):
        """Characters beyond the basic plane, quotes and control characters come back as they were read."""
        text = 'ﬁ 中文 𠮷 "quoted" \\ \t\u2028 ~'
        document = encode(result(ImageResult((Page(0, 8, 6, 0, (Line(text, 1.0, LINE.polygon),)),))))
        assert document["text"] == text


def test_json_of_very_many_values_is_refused_unparsed(monkeypatch):
    """Three bytes make an object of seventy: a body within its limit could take half a gigabyte."""
    body = b'{"image": "", "words": [' + b"{}," * 70_000 + b"{}]}"
    monkeypatch.setattr("app.json_object.json.loads", lambda _: pytest.fail("it was parsed"))
    with pytest.raises(MalformedRequestError, match=r"140004 values in the JSON of the body > 65536 allowed"):
        decode_request(WireRequest("application/json", {}, body), LIMITS)
