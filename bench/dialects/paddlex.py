"""PaddleX serving's dialect (``paddlex --serve --pipeline OCR``): one image in base64 as JSON, ``POST /ocr``.

The server answers with an object ``result`` for success, and with ``errorCode`` and ``errorMsg`` for everything else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bench.dialects.base import ServerTime, WireRequest
from bench.errors import BenchError
from bench.prediction import MalformedPredictionError, Prediction

IMAGE = 1
"""The protocol's ``fileType`` of a picture; 0 is a PDF."""


class _Lines(msgspec.Struct):
    """The lines that were read, in three columns; a picture without any has three empty ones."""

    rec_texts: list[str]
    rec_scores: list[float]
    rec_polys: list[list[tuple[float, float]]]


class _Page(msgspec.Struct):
    lines: _Lines = msgspec.field(name="prunedResult")


class _Picture(msgspec.Struct):
    width: int
    height: int


class _Result(msgspec.Struct):
    pages: list[_Page] = msgspec.field(name="ocrResults")
    picture: _Picture = msgspec.field(name="dataInfo")


class _Answer(msgspec.Struct):
    code: int = msgspec.field(name="errorCode")
    message: str = msgspec.field(name="errorMsg", default="")
    result: _Result | None = None


class _Failure(msgspec.Struct):
    code: int | None = msgspec.field(name="errorCode", default=None)
    message: str = msgspec.field(name="errorMsg", default="")


class PaddlexDialect:
    """See :class:`bench.dialects.base.Dialect`. The server says nothing of its time."""

    name = "paddlex"

    def encode_request(self, images: Sequence[bytes], options: Mapping[str, str]) -> WireRequest:
        """Options are members of the JSON document, such as ``textDetLimitSideLen=960``.

        Numbers, ``true`` and ``false`` become JSON's own. Unless an option says otherwise, the server is told not to
        send the picture back with the lines drawn in, as it does by default. Raises BenchError for several images.
        """
        if len(images) != 1:
            raise BenchError(f"a request of PaddleX serving carries one image, not {len(images)}")
        members = {name: _value(text) for name, text in options.items()}
        document = {"file": base64.b64encode(images[0]).decode(), "fileType": IMAGE, "visualize": False} | members
        return WireRequest("/ocr", {"Content-Type": "application/json"}, json.dumps(document).encode())

    def read_time(self, body: bytes, images: int) -> ServerTime:
        """Check that there are the lines of one page."""
        if images != 1:
            raise MalformedPredictionError(f"one image was read where {images} were expected")
        _result(body)
        return ServerTime()

    def read_predictions(self, body: bytes, seconds: float) -> tuple[Prediction, ...]:
        """Return the lines of the one page; the size is that of the picture as it was sent."""
        result = _result(body)
        lines = result.pages[0].lines
        record = {
            "texts": lines.rec_texts,
            "scores": lines.rec_scores,
            "polys": lines.rec_polys,
            "width": result.picture.width,
            "height": result.picture.height,
            "seconds": seconds,
        }
        return (Prediction.from_reference(record),)

    def failure(self, status: int, body: bytes) -> tuple[str, str]:
        """Return the status, with ``errorCode`` where that is another number, and ``errorMsg``."""
        try:
            failure = msgspec.json.decode(body, type=_Failure)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            failure = _Failure()
        code = "" if failure.code in (None, status) else str(failure.code)
        return f"http {status} {code}".strip(), failure.message


def _value(text: str) -> Any:
    """Return an option as JSON has it: a number, true, false or null where it reads like one, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _result(body: bytes) -> _Result:
    """Return a good answer's content; raises MalformedPredictionError for anything else."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedPredictionError(str(error)) from error
    if answer.code or answer.result is None:
        raise MalformedPredictionError(f"errorCode {answer.code}: {answer.message or 'no result'}")
    if len(answer.result.pages) != 1:
        raise MalformedPredictionError(f"{len(answer.result.pages)} pages where one was expected")
    lines = answer.result.pages[0].lines
    counts = {len(lines.rec_texts), len(lines.rec_scores), len(lines.rec_polys)}
    if len(counts) != 1:
        raise MalformedPredictionError("not as many texts as scores and outlines")
    return answer.result
