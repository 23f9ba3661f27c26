"""Umi-OCR's dialect: from the wire to the domain and back, without HTTP."""

import json
from dataclasses import replace

import pytest

from app.errors import BrokenImageError, InvalidOptionError, MalformedRequestError
from app.pipeline.layout import blocks_of
from app.pipeline.result import ImageResult, Page
from app.protocols.dialect import Answered, ServiceState
from app.protocols.umi_ocr import decode_request, encode_error, encode_options, encode_response
from app.protocols.wire import Problem
from tests.pipeline.page_samples import PITCH, column, downwards, table
from tests.pipeline.page_samples import line as at
from tests.protocols.peer_samples import B64, CANNOT_TURN, LIMITS, PICTURE, image_of, json_wire, line, result_of

ANSWERED = Answered("id", "model", began=1_700_000_000.123456)


def asked(limits=LIMITS, **options):
    """A request with *options*, in whose names underscores stand for the first dot."""
    named = {name.replace("_", ".", 1): value for name, value in options.items()}
    return decode_request(json_wire({"base64": B64, "options": named}), limits)


def answer(lines, **options):
    """What is answered for an image with these lines."""
    return json.loads(encode_response(result_of(image_of(*lines)), asked(**options).form, ANSWERED).body)


def page_of(*lines):
    """A page, laid out."""
    return Page(0, 1000, 4000, 0, tuple(lines), blocks=blocks_of(lines))


def told(page, **options):
    """The text that the answer comes to for an image of one page."""
    data = json.loads(encode_response(result_of(ImageResult((page,))), asked(**options).form, ANSWERED).body)["data"]
    return "".join(line["text"] + line["end"] for line in data)


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
            ("tbpu_parser", "single_para"),
            ("tbpu_parser", "single_code"),
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

    def test_columns_are_read_one_after_the_other(self):
        """The lines of each together; as one column they are in the order of their heights."""
        lines = [*column("left", 0, 0, 4), *column("right", 500, 0, 4)]
        apart = "".join(f"left line {index}\n" for index in range(4)) + "".join(
            f"right line {index}\n" for index in range(4)
        )
        assert told(page_of(*lines), tbpu_parser="multi_line") == apart
        assert told(page_of(*lines), tbpu_parser="multi_none") == apart[:-1].replace("\n", " ") + "\n"
        paragraphs = apart.replace("\n", " ").replace("3 right", "3\nright")
        assert told(page_of(*lines), tbpu_parser="multi_para") == told(page_of(*lines)) == paragraphs[:-1] + "\n"
        assert told(page_of(*lines), tbpu_parser="none") == "".join(line.text + "\n" for line in lines)

    @pytest.mark.parametrize(
        ("rows", "told_as"),
        [
            ([("a full row that goes", 400), ("on", 40)], "a full row that goes on\n"),
            (
                [("a row that has room", 300), ("for the next ones first", 400)],
                "a row that has room\nfor the next ones first\n",
            ),
            (
                [("a row that has none", 360), ("considering what comes", 400)],
                "a row that has none considering what comes\n",
            ),
            ([("with a hy-", 400), ("phen", 80)], "with a hy-phen\n"),
            ([("一行写满了字的文字", 400), ("接着写", 120)], "一行写满了字的文字接着写\n"),
            ([("一行没有写满", 260), ("另起一行写满了字", 400)], "一行没有写满\n另起一行写满了字\n"),
        ],
    )
    @pytest.mark.parametrize("turn", [list, downwards])
    def test_a_paragraph_goes_on_where_a_row_is_full(self, rows, told_as, turn):
        """It ends where there was room for what comes next; likewise where the text runs downwards."""
        lines = turn([at(text, 0, PITCH * index, width) for index, (text, width) in enumerate(rows)])
        assert told(page_of(*lines), tbpu_parser="multi_para") == told_as

    def test_a_row_that_is_only_a_space_ends_a_paragraph(self):
        """It has no first word that could have found room."""
        rows = [("a full row that goes", 400), (" ", 10), ("on", 40)]
        lines = [at(text, 0, PITCH * index, width) for index, (text, width) in enumerate(rows)]
        assert told(page_of(*lines), tbpu_parser="multi_para").split() == ["a", "full", "row", "that", "goes", "on"]

    def test_rows_of_a_table_are_kept_apart(self):
        """However full they are: its cells are no sentence."""
        lines = table([["Flat white", "3.40"], ["Croissant", "2.95"], ["Total sum", "6.35"]], [0, 300])
        assert told(page_of(*lines), tbpu_parser="multi_para") == "Flat white 3.40\nCroissant 2.95\nTotal sum 6.35\n"

    def test_a_layout_is_of_what_is_left(self):
        """What lies in an area to be left out leaves no break; places are of the picture as it was sent."""
        lines = column("row", 0, 0, 4)
        page = replace(page_of(*lines), angle=180, width=400, height=200)
        ((left, top), _, (right, bottom), _) = [(400 - x, 200 - y) for x, y in lines[1].polygon]
        answer = encode_response(
            result_of(ImageResult((page,))), asked(tbpu_ignoreArea=[[[right, bottom], [left, top]]]).form, ANSWERED
        )
        data = json.loads(answer.body)["data"]
        assert "".join(line["text"] + line["end"] for line in data) == "row line 0 row line 2 row line 3\n"
        assert data[0]["box"] == [[400 - x, 200 - y] for x, y in lines[0].polygon]

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
