"""Paddle Serving's dialect of its Python pipeline, with the operators of PaddleOCR 2 (``deploy/pdserving``).

Keys and values stand in two lists, of which the image takes one place each. The answer's one value is a text: what
``str`` makes of the Python list ``[[(text, score), [[x, y], ...]], ...]``, and what PaddleOCR's client hands to
``eval``. It is made of plain strings, floats, tuples and lists, so that it is a literal whatever was read.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.pipeline.result import Line, OcrResult
from app.protocols.dialect import Answered, Description, Dialect
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.image_lines import lines_of
from app.protocols.json_images import Base64Text, decode_base64
from app.protocols.request import OcrRequest, RequestLimits, checked_images
from app.protocols.typed_json import answer_reply, failure_reply, typed_body
from app.protocols.wire import Problem, Reply, WireRequest

_One = Meta(min_length=1, max_length=1)
_Nothing = Annotated[list[str], Meta(max_length=0)]

_TIMEOUT, _INPUT, _NO_SERVICE, _UNKNOWN = 6000, 5000, 3002, 10000
_ERR_NO = {408: _TIMEOUT, 503: _NO_SERVICE, 504: _TIMEOUT}


class ServingRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The names of the inputs, of which there is one, and their values: the image in base64."""

    key: Annotated[list[Literal["image"]], _One]
    value: Annotated[list[Base64Text], _One]


class ServingAnswer(msgspec.Struct, frozen=True):
    """The names of the outputs and their values: the lines, as Python writes a list."""

    err_no: Literal[0]
    err_msg: str
    key: Annotated[list[Literal["result"]], _One]
    value: Annotated[list[str], _One]
    tensors: _Nothing


class ServingFailure(msgspec.Struct, frozen=True):
    """An error. err_no: 5000 of the request's own, 6000 of time, 3002 where nothing can be read now, else 10000."""

    err_no: int
    err_msg: str
    key: _Nothing
    value: _Nothing
    tensors: _Nothing


def decode_request(wire: WireRequest, limits: RequestLimits) -> OcrRequest[None]:
    """Read *wire*.

    Raises:
        MalformedRequestError: The body is no JSON object with one key, which is that of the image, and one value.
        InvalidOptionError: There is a member that is not known, or a query.
    """
    (text,) = typed_body(wire, ServingRequest).value
    images = checked_images([decode_base64(text)], limits.max_images)
    return OcrRequest(images, limits.default_options, limits.default_documents, None)


def encode_response(result: OcrResult, _: None, __: Answered) -> Reply:
    """The lines of *result* as Python writes them.

    Raises:
        OcrError: The image could not be read.
    """
    lines = list(map(_line, lines_of(result.images[0])))
    return answer_reply(ServingAnswer(0, "", ["result"], [repr(lines)], []))


def encode_error(problem: Problem) -> Reply:
    """*problem* under one of Paddle Serving's numbers."""
    err_no = _ERR_NO.get(problem.status, _INPUT if problem.status < 500 else _UNKNOWN)
    failure = ServingFailure(err_no, problem.detail, [], [], [])
    return failure_reply(failure, problem)


def _line(line: Line) -> list[object]:
    return [(line.text, round(line.score, 5)), [[float(x), float(y)] for x, y in line.polygon]]


PADDLE_SERVING = Dialect(
    "paddle-serving",
    ("/ocr/prediction",),
    decode_request,
    encode_response,
    encode_error,
    description=Description(
        "Recognise the text of one image, as Paddle Serving's pipeline does.",
        ServingRequest,
        ServingAnswer,
        ServingFailure,
        {"key": ["image"], "value": [EXAMPLE_IMAGE]},
    ),
)
