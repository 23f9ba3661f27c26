"""What the tests of several dialects ask with, and results for them to tell."""

import base64
import json
from typing import Any

from app.errors import OcrError
from app.pipeline.result import Found, ImageResult, Line, OcrResult, Page, StageTimings
from app.protocols.request import RequestLimits
from app.protocols.wire import WireRequest
from tests.options import page_options

PICTURE = bytes(range(256))
B64 = base64.b64encode(PICTURE).decode()
CANNOT_TURN = RequestLimits(max_images=3, default_options=page_options(1600, 0.25), can_turn=False)
LIMITS = RequestLimits(max_images=3, default_options=page_options(1600, 0.25))


def json_wire(document: object, media_type: str = "application/json", **query: str) -> WireRequest:
    """Return a JSON body as it comes over the wire."""
    return WireRequest(media_type, query, json.dumps(document).encode())


def line(text: str, score: float = 0.987654321, left: int = 0, top: int = 0) -> Line:
    """Return a line of 10 by 5 pixels."""
    right, bottom = left + 10, top + 5
    return Line(text, score, ((left, top), (right, top), (right, bottom), (left, bottom)))


def image_of(*lines: Line, angle: int = 0, width: int = 100, height: int = 50) -> ImageResult:
    """Return an image's one page."""
    found = tuple(Found(one.polygon, turned=False, line=one) for one in lines)
    return ImageResult((Page(0, width, height, angle, lines, found),))


def result_of(*images: ImageResult | OcrError, total: float = 0.25) -> OcrResult:
    """Return a result; an error stands for an image that could not be read."""
    results: list[Any] = [ImageResult(error=one) if isinstance(one, OcrError) else one for one in images]
    return OcrResult(tuple(results), StageTimings(), total)
