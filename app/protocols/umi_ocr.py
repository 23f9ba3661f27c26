"""Umi-OCR's HTTP interface: one image in base64 to ``POST /api/ocr``, and its options by ``GET /api/ocr/get_options``.

Code 100 is success, 101 an image without text; every other is a failure, whose ``data`` says why.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from app.pipeline.result import OcrResult, Point
from app.protocols.dialect import Answered, Description, Dialect, Document, ServiceState
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.json_images import Base64Text, decode_base64
from app.protocols.request import OcrRequest, RequestLimits, checked_images
from app.protocols.typed_json import answer_reply, failure_reply, typed_body
from app.protocols.umi_layout import laid_out
from app.protocols.umi_options import OPTIONS_PATH, UmiOption, UmiOptions, Wanted, described_options, read_options
from app.protocols.wire import Problem, Reply, WireRequest

_CODES = {"malformed_request": 800, "invalid_option": 804}
_OF_THE_REQUEST, _OF_THE_SERVICE = 805, 902


class UmiRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An image in base64, and options."""

    base64: Base64Text
    options: UmiOptions = UmiOptions()


class _Envelope(msgspec.Struct, frozen=True):
    """The same with the options unread, whose errors have a code of their own."""

    base64: str
    options: dict[str, Any] = {}


class UmiLine(msgspec.Struct, frozen=True):
    """A line, its corners clockwise from the top left one. end: what stands between it and the next."""

    text: str
    score: float
    box: tuple[Point, Point, Point, Point]
    end: str


class UmiAnswer(msgspec.Struct, frozen=True):
    """The lines or their text; none with code 101. time: seconds. timestamp: when the request came, in Unix time."""

    code: Literal[100, 101]
    data: list[UmiLine] | str
    time: float
    timestamp: float


class UmiFailure(msgspec.Struct, frozen=True):
    """An error. code: 800 not understood, 804 options, 805 otherwise the request's own fault, 902 the service's."""

    code: int
    data: str


def decode_request(wire: WireRequest, limits: RequestLimits) -> OcrRequest[Wanted]:
    """Read *wire*.

    Raises:
        MalformedRequestError: The body is no JSON object with an image.
        InvalidOptionError: An option is not known, or cannot be honoured.
    """
    body = typed_body(wire, _Envelope)
    options, wanted = read_options(body.options, limits)
    images = checked_images([decode_base64(body.base64)], limits.max_images)
    return OcrRequest(images, options, limits.default_documents, wanted)


def encode_response(result: OcrResult, form: Wanted, answered: Answered) -> Reply:
    """The lines of *result* that lie in no area to be left out.

    Raises:
        OcrError: The image could not be read.
    """
    lines = [
        UmiLine(line.text, round(line.score, 5), line.polygon, end) for line, end in laid_out(result.images[0], form)
    ]
    data: list[UmiLine] | str = lines
    if form.format == "text" or not lines:
        data = "".join(line.text + line.end for line in lines[:-1]) + "".join(line.text for line in lines[-1:])
    code: Literal[100, 101] = 100 if lines else 101
    return answer_reply(UmiAnswer(code, data, round(result.total, 4), round(answered.began, 4)))


def encode_error(problem: Problem) -> Reply:
    """*problem* under one of Umi-OCR's numbers."""
    code = _CODES.get(problem.code, _OF_THE_REQUEST if problem.status < 500 else _OF_THE_SERVICE)
    return failure_reply(UmiFailure(code, problem.detail), problem)


def encode_options(state: ServiceState, _: Mapping[str, str]) -> Reply:
    """Every option with its values and its default."""
    return answer_reply(described_options(state.limits))


UMI_OCR = Dialect(
    "umi-ocr",
    ("/api/ocr",),
    decode_request,
    encode_response,
    encode_error,
    documents=(
        Document(
            OPTIONS_PATH,
            "The options of Umi-OCR's interface.",
            dict[str, UmiOption],
            UmiFailure,
            encode_options,
        ),
    ),
    description=Description(
        "Recognise the text of one image, as Umi-OCR does.",
        UmiRequest,
        UmiAnswer,
        UmiFailure,
        {"base64": EXAMPLE_IMAGE, "options": {"data.format": "text"}},
    ),
)
