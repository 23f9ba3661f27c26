"""Answers of the native dialect as JSON."""

import json
from copy import copy
from operator import itemgetter
from typing import Any

from app.errors import OcrError
from app.pipeline.result import ImageResult, Line, OcrResult, Page
from app.protocols.dialect import Answered


def json_answer(result: OcrResult, answered: Answered, *, several: bool) -> bytes:
    """*result* as JSON: one image's pages, or, where *several* were sent, a list of results.

    Raises:
        RequestError: No image could be read; it is the first one's error.
    """
    if all(image.error for image in result.images):
        raise copy(result.images[0].error)  # type: ignore[misc] # its traceback must not hold itself, and the bodies with it
    timings = timings_ms(result)
    body: dict[str, Any] = {"id": answered.request_id, "model": answered.model}
    body |= {"results": list(map(image_document, result.images))} if several else image_document(result.images[0])
    text = json.dumps(body | {"timings_ms": timings}, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def timings_ms(result: OcrResult) -> dict[str, float]:
    """Milliseconds by stage, and in all."""
    stages = {name: round(1000 * seconds, 2) for name, seconds in result.timings.items()}
    return stages | {"total": round(1000 * result.total, 2)}


def server_timing(result: OcrResult) -> str:
    """The same as a header has it."""
    return ", ".join(f"{name};dur={ms}" for name, ms in timings_ms(result).items())


def image_document(image: ImageResult) -> dict[str, Any]:
    """The members of one image's result: its text and pages, or its error."""
    if image.error:
        return {"error": _error(image.error)}
    pages = [_page(page) for page in image.pages]
    pages += [{"index": page.index, "error": _error(page.error)} for page in image.failed]
    pages.sort(key=itemgetter("index"))
    return {"text": image.text, "pages": pages, "truncated": image.truncated}


def _error(error: OcrError) -> dict[str, str]:
    return {"code": error.code, "detail": str(error)}


def _page(page: Page) -> dict[str, Any]:
    return {
        "index": page.index,
        "width": page.width,
        "height": page.height,
        "angle": page.angle,
        "text": page.text,
        "lines": [_line(line) for line in page.in_reading_order],
    }


def _line(line: Line) -> dict[str, Any]:
    document = {"text": line.text, "score": round(line.score, 4), "polygon": line.polygon, "box": line.box}
    if line.words is None:
        return document
    return document | {"words": [{"text": word.text, "box": word.box} for word in line.words]}
