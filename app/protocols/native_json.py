"""Answers of the native dialect as JSON."""

import json
from collections.abc import Sequence
from copy import copy
from operator import itemgetter
from typing import Any

from app.errors import OcrError
from app.pipeline.result import Drawings, FailedPage, ImageResult, Line, OcrResult, Page
from app.protocols.dialect import Answered
from app.protocols.page_picture import picture_member


def json_answer(result: OcrResult, answered: Answered, *, several: bool) -> bytes:
    """*result* as JSON: one image's pages, or, where *several* were sent, a list of results.

    Raises:
        RequestError: No image could be read; it is the first one's error.
    """
    check_any_read(result)
    timings = timings_ms(result)
    body: dict[str, Any] = {"id": answered.request_id, "model": answered.model}
    body |= {"results": list(map(image_document, result.images))} if several else image_document(result.images[0])
    text = json.dumps(body | {"timings_ms": timings}, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def check_any_read(result: OcrResult) -> None:
    """See to it that there is something to answer.

    Raises:
        RequestError: No image could be read; it is the first one's error.
    """
    if all(image.error for image in result.images):
        raise copy(result.images[0].error)  # type: ignore[misc] # its traceback must not hold itself, and the bodies with it


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
        return {"error": error_document(image.error)}
    drawn: Sequence[Drawings] = image.drawings or [{}] * len(image.pages)
    pages = [page_document(page) | picture_member(of_it) for page, of_it in zip(image.pages, drawn, strict=True)]
    pages += map(page_document, image.failed)
    pages.sort(key=itemgetter("index"))
    return {"text": image.text, "pages": pages, "truncated": image.truncated} | page_count(image.count)


def page_count(count: int) -> dict[str, int]:
    """How many pages a file has, where that has to be said."""
    return {"page_count": count} if count > 1 else {}


def error_document(error: OcrError) -> dict[str, str]:
    """What a client is told of an error within an answer."""
    return {"code": error.code, "detail": str(error)}


def page_document(page: Page | FailedPage) -> dict[str, Any]:
    """The members of a page: its lines, and where they come from if that was asked; or its error."""
    if isinstance(page, FailedPage):
        return {"index": page.index, "error": error_document(page.error)}
    document = {
        "index": page.index,
        "width": page.width,
        "height": page.height,
        "angle": page.angle,
        "text": page.text,
        "lines": [_line(line) for line in page.in_reading_order],
    }
    return document | {"source": page.source} if page.source else document


def _line(line: Line) -> dict[str, Any]:
    document = {"text": line.text, "score": round(line.score, 4), "polygon": line.polygon, "box": line.box}
    if line.words is None:
        return document
    return document | {"words": [{"text": word.text, "box": word.box} for word in line.words]}
