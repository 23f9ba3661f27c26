"""Umi-OCR's dialect: from the wire to the domain and back, without HTTP."""

import json
from dataclasses import replace

import pytest

from app.errors import BrokenImageError, InvalidOptionError, MalformedRequestError
from app.protocols.dialect import Answered, ServiceState
from app.protocols.umi_ocr import decode_request, encode_error, encode_options, encode_response
from app.protocols.wire import Problem
from tests.protocols.peer_samples import B64, CANNOT_TURN, LIMITS, PICTURE, image_of, json_wire, line, result_of

ANSWERED = Answered("id", "model", began=1_700_000_000.123456)


def asked(limits=LIMITS, **options):
    """A request with *options*, in whose names underscores stand for the first dot."""
    named = {name.replace("_", ".", 1): value for name, value in options.items()}
    return decode_request(json_wire({"base64": B64, "options": named}), limits)


def answer(lines, **options):
    """What is answered for an image with these lines."""
    return json.loads(encode_response(result_of(image_of(*lines)), asked(**options).form, ANSWERED).body)


def described(limits=LIMITS):
    """What the service says of its options."""
    state = ServiceState(is_live=True, is_ready=True, model="model", version="1", limits=limits)
    return json.loads(encode_options(state, {}).body)


class TestRequest:
    """What a request comes to."""

    def test_an_image_alone(self):
        """The service's own options hold."""
        request = decode_request(json_wire({"base64": B64}), LIMITS)
        assert (request.images, request.options) == ((PICTURE,), LIMITS.default_options)
        assert decode_request(json_wire({"base64": "data:image/png;base64," + B64}), LIMITS).images == (PICTURE,)

    def test_options_of_recognition(self):
        """Lines are turned, and the detector sees less."""
        options = asked(ocr_cls=True, ocr_limit_side_len=960).options
        detection = replace(LIMITS.default_options.detection, max_side=960)
        assert options == replace(LIMITS.default_options, turn_lines=True, detection=detection)
        turning = replace(LIMITS, default_options=replace(LIMITS.default_options, turn_lines=True))
        assert asked(turning).options.turn_lines is True
        assert asked(turning, ocr_cls=False).options.turn_lines is False

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("ocr_language", "models/config_cyrillic.txt"),
            ("ocr_cls", "true"),
            ("ocr_cls", None),
            ("ocr_limit_side_len", 31),
            ("ocr_limit_side_len", 960.5),
            ("tbpu_parser", "multi_para"),
            ("tbpu_ignoreArea", [[0, 0, 8, 8]]),
            ("tbpu_ignoreArea", [[[0, 0], [8, 8]]] * 257),
            ("data_format", "xml"),
            ("ocr_angle", True),
        ],
    )
    def test_what_cannot_be_honoured_is_refused(self, name, value):
        """And who asked hears where the options are described."""
        with pytest.raises(InvalidOptionError, match="get_options"):
            asked(**{name: value})

    @pytest.mark.parametrize(("asked_for", "seen"), [(32, 32), (1600, 1600), (4320, 1600), (999_999, 1600)])
    def test_no_side_is_longer_than_either_limit(self, asked_for, seen):
        """The request's, of which Umi-OCR's largest means none, and the service's own."""
        assert asked(ocr_limit_side_len=asked_for).options.detection.max_side == seen

    def test_lines_cannot_be_turned_without_models(self):
        """Asking for it is refused; saying that it is not wanted is not."""
        with pytest.raises(InvalidOptionError, match=r"ocr\.cls"):
            asked(CANNOT_TURN, ocr_cls=True)
        assert asked(CANNOT_TURN, ocr_cls=False).options.turn_lines is False

    @pytest.mark.parametrize("document", [{}, {"options": {}}, {"base64": 1}, {"base64": B64, "options": []}, [B64]])
    def test_a_body_of_another_shape_is_malformed(self, document):
        """There is an image, and options are an object."""
        with pytest.raises(MalformedRequestError):
            decode_request(json_wire(document), LIMITS)

    def test_what_is_no_base64_is_the_images_error(self):
        """It stands in the image's place."""
        (image,) = decode_request(json_wire({"base64": "%%%"}), LIMITS).images
        assert isinstance(image, MalformedRequestError)


class TestOptions:
    """What the service says of its options."""

    @pytest.mark.parametrize("limits", [LIMITS, CANNOT_TURN])
    def test_every_value_that_is_described_is_honoured(self, limits):
        """Each of a list, either of a switch, and every default."""
        for name, option in described(limits).items():
            values = [value for value, _ in option.get("optionsList", [])] + [option["default"]]
            for value in [*values, *([True, False] if option["type"] == "boolean" else [])]:
                decode_request(json_wire({"base64": B64, "options": {name: value}}), limits)

    def test_an_option_that_cannot_be_honoured_is_not_described(self):
        """Without orientation models none is offered to turn lines."""
        assert "ocr.cls" in described()
        assert "ocr.cls" not in described(CANNOT_TURN)

    def test_the_defaults_are_the_services(self):
        """Those of its settings, where a request may choose otherwise."""
        small = replace(LIMITS.default_options, detection=replace(LIMITS.default_options.detection, max_side=640))
        options = described(replace(LIMITS, default_options=replace(small, turn_lines=True)))
        assert options["ocr.cls"] | {"title": ""} == {"title": "", "type": "boolean", "default": True}
        assert options["ocr.limit_side_len"]["default"] == 640
        assert options["ocr.limit_side_len"]["optionsList"] == [[640, "640"]]
        assert [side for side, _ in described()["ocr.limit_side_len"]["optionsList"]] == [960, 1600]


class TestAnswer:
    """What the client reads."""

    def test_lines(self):
        """Each with its place and a line break for its end; times in seconds."""
        assert answer([line("a"), line("b", 1.0)]) == {
            "code": 100,
            "data": [
                {"text": "a", "score": 0.98765, "box": [[0, 0], [10, 0], [10, 5], [0, 5]], "end": "\n"},
                {"text": "b", "score": 1.0, "box": [[0, 0], [10, 0], [10, 5], [0, 5]], "end": "\n"},
            ],
            "time": 0.25,
            "timestamp": 1_700_000_000.1235,
        }

    def test_text(self):
        """The lines with what stands between them; nothing behind the last."""
        assert answer([line("a"), line("b")], data_format="text")["data"] == "a\nb"

    def test_all_lines_in_one(self):
        """Words are kept apart, and Chinese is not."""
        lines = [line("one"), line("two"), line("文"), line("字"), line("end")]
        got = answer(lines, tbpu_parser="single_none")["data"]
        assert [one["end"] for one in got] == [" ", "", "", "", "\n"]
        assert answer(lines, tbpu_parser="single_none", data_format="text")["data"] == "one two文字end"

    @pytest.mark.parametrize("form", ["dict", "text"])
    def test_no_text_has_a_code_of_its_own(self, form):
        """It is no error, and its data an empty text."""
        got = answer([], data_format=form)
        assert (got["code"], got["data"]) == (101, "")

    @pytest.mark.parametrize(
        ("areas", "left"),
        [
            ([], "ab"),
            ([[[0, 0], [10, 5]]], "b"),
            ([[[0, 0], [9.5, 5]]], "ab"),
            ([[[1, 0], [10, 5]]], "ab"),
            ([[[0, 0], [10, 4]]], "ab"),
            ([[[20, 20], [90, 90]], [[-5, -5], [10, 5]]], ""),
        ],
    )
    def test_a_line_that_lies_in_an_area_is_left_out(self, areas, left):
        """Only where the whole line does; where none is left the code is that of no text."""
        lines = [line("a"), line("b", left=20, top=20)]
        got = answer(lines, tbpu_ignoreArea=areas)
        assert "".join(one["text"] for one in got["data"]) == left
        assert got["code"] == (100 if left else 101)

    def test_an_image_that_could_not_be_read_is_the_requests_error(self):
        """There is no other image that could be answered for."""
        with pytest.raises(BrokenImageError):
            encode_response(result_of(BrokenImageError("cut off")), asked().form, ANSWERED)

    @pytest.mark.parametrize(
        ("status", "code", "number"),
        [
            (400, "malformed_request", 800),
            (422, "invalid_option", 804),
            (415, "unsupported_media_type", 805),
            (401, "unauthorized", 805),
            (500, "internal_error", 902),
            (503, "queue_full", 902),
            (504, "deadline_exceeded", 902),
        ],
    )
    def test_errors_have_umi_ocrs_numbers(self, status, code, number):
        """With HTTP's own status beside it: those of the request begin with 8, the service's with 9."""
        reply = encode_error(Problem(status, "", code, "why", "id", headers={"Retry-After": "2"}))
        assert json.loads(reply.body) == {"code": number, "data": "why"}
        assert (reply.status, reply.headers) == (status, {"Retry-After": "2"})
