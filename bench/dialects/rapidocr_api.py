"""RapidOCR API's dialect: one image as a form's file ``image_file``, ``POST /ocr``.

The answer is an object whose keys count the lines from "0"; of a picture without any it is empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import msgspec

from bench.dialects.base import ServerTime, WireRequest
from bench.errors import BenchError
from bench.prediction import MalformedPredictionError, Prediction

UNKNOWN_SIDE = 0
"""The width and the height of a picture, of which this protocol says nothing."""


class _Line(msgspec.Struct):
    text: str = msgspec.field(name="rec_txt")
    polygon: list[tuple[float, float]] = msgspec.field(name="dt_boxes")
    score: float


class _Failure(msgspec.Struct):
    """FastAPI's own document: a sentence, or a list of what is wrong with the form."""

    detail: Any = ""


class RapidOcrApiDialect:
    """See :class:`bench.dialects.base.Dialect`. The server says nothing of its time, nor of the picture's size."""

    name = "rapidocr-api"

    def encode_request(self, images: Sequence[bytes], options: Mapping[str, str]) -> WireRequest:
        """Options are fields of the form, such as ``use_cls=false``. Raises BenchError for several images."""
        if len(images) != 1:
            raise BenchError(f"a request of RapidOCR API carries one image, not {len(images)}")
        files = {"image_file": ("image", images[0], "application/octet-stream")}
        form = httpx2.Request("POST", "http://peer/ocr", data=dict(options), files=files)
        return WireRequest("/ocr", {"Content-Type": form.headers["Content-Type"]}, form.read())

    def read_time(self, body: bytes, images: int) -> ServerTime:
        """Check that these are the lines of one image."""
        if images != 1:
            raise MalformedPredictionError(f"one image was read where {images} were expected")
        _lines(body)
        return ServerTime()

    def read_predictions(self, body: bytes, seconds: float) -> tuple[Prediction, ...]:
        """Return the lines of the one image; its width and height are 0, for the answer does not tell them."""
        lines = _lines(body)
        record = {
            "texts": [line.text for line in lines],
            "scores": [line.score for line in lines],
            "polys": [line.polygon for line in lines],
            "width": UNKNOWN_SIDE,
            "height": UNKNOWN_SIDE,
            "seconds": seconds,
        }
        return (Prediction.from_reference(record),)

    def failure(self, status: int, body: bytes) -> tuple[str, str]:
        """Return the status, and what FastAPI says or the plain text of a server that broke."""
        try:
            detail = msgspec.json.decode(body, type=_Failure).detail
        except (msgspec.MsgspecError, UnicodeDecodeError):
            detail = body.decode(errors="replace")
        return f"http {status}", detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)


def _lines(body: bytes) -> list[_Line]:
    """Return the lines in their order; raises MalformedPredictionError for anything else."""
    try:
        numbered = msgspec.json.decode(body, type=dict[str, _Line])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedPredictionError(str(error)) from error
    try:
        return [numbered[str(number)] for number in range(len(numbered))]
    except KeyError as error:
        raise MalformedPredictionError(f"there is no line {error.args[0]}") from error
