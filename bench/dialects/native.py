"""This service's own dialect: the image as the body of ``POST /ocr``, or several as JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from bench.dialects.base import ServerTime, WireRequest
from bench.errors import RequestFailedError
from bench.prediction import MalformedPredictionError, Prediction


class _Problem(msgspec.Struct):
    code: str = ""
    detail: str = ""
    title: str = ""


class _Page(msgspec.Struct):
    lines: list[msgspec.Raw]


class _Slot(msgspec.Struct):
    """One image's result in an answer to several."""

    pages: list[_Page] = []
    error: _Problem | None = None


class _Answer(msgspec.Struct):
    timings_ms: dict[str, float]
    pages: list[_Page] | None = None
    results: list[_Slot] | None = None


class NativeDialect:
    """See :class:`bench.dialects.base.Dialect`."""

    name = "native"

    def encode_request(self, images: Sequence[bytes], options: Mapping[str, str]) -> WireRequest:
        """One image goes as it is, several as base64 in JSON; options are the query."""
        path = "/ocr" + (f"?{urlencode(options)}" if options else "")
        if len(images) == 1:
            return WireRequest(path, {"Content-Type": "application/octet-stream"}, images[0])
        encoded = [base64.b64encode(image).decode() for image in images]
        return WireRequest(path, {"Content-Type": "application/json"}, json.dumps({"images": encoded}).encode())

    def read_time(self, body: bytes, images: int) -> ServerTime:
        """Check that each image has its pages, and return ``timings_ms``; an image's own error is a failure, too."""
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise MalformedPredictionError(str(error)) from error
        slots = answer.results if answer.pages is None else [_Slot(answer.pages)]
        if slots is None or len(slots) != images:
            raise MalformedPredictionError(f"{len(slots or ())} results where {images} were expected")
        for slot in slots:
            if slot.error is not None:
                raise RequestFailedError(f"image {slot.error.code}", slot.error.detail)
            if not slot.pages:
                raise MalformedPredictionError("a result without a page")
        seconds = {stage: value / 1000 for stage, value in answer.timings_ms.items()}
        return ServerTime(seconds.pop("total", None), seconds)

    def read_predictions(self, body: bytes, seconds: float) -> tuple[Prediction, ...]:
        """Return the lines of each image, whether it came alone or with others."""
        document = _json(body)
        results = document.get("results", [document]) if isinstance(document, dict) else [document]
        if not isinstance(results, list):
            raise MalformedPredictionError("results that are no list")
        return tuple(Prediction.from_service(result, seconds) for result in results)

    def failure(self, status: int, body: bytes) -> tuple[str, str]:
        """Return the problem document's code and detail; a body that is none gives the status alone."""
        try:
            problem = msgspec.json.decode(body, type=_Problem)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            problem = _Problem()
        return f"http {status} {problem.code}".strip(), problem.detail or problem.title


def _json(body: bytes) -> object:
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedPredictionError("not JSON") from error
    return document
