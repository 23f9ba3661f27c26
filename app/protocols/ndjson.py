"""Answers of the native dialect by pages: a JSON object a line, each page as soon as it and all before it are read.

The last line has what is known of all of it, or the error that cut it short: without one of these it is not whole.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any

from app.errors import OcrError
from app.pipeline.progress import Progress
from app.pipeline.result import Drawings, ImageResult, OcrResult
from app.protocols.dialect import Answered, LineStream
from app.protocols.formats import NDJSON
from app.protocols.native_json import check_any_read, error_document, page_count, page_document, timings_ms
from app.protocols.page_picture import picture_member


def line_stream(*, several: bool) -> LineStream:
    """How lines are written. several: whether a list of images was sent; lines then say which one they are about."""
    return LineStream(
        NDJSON.media_types[0], partial(_progress, several=several), partial(_end, several=several), _failure
    )


def ndjson_answer(result: OcrResult, answered: Answered, *, several: bool) -> bytes:
    """The same lines where all of the answer is there.

    Raises:
        RequestError: No image could be read; it is the first one's error.
    """
    end = _end(result, answered, several=several)
    return b"".join([*(_progress(each, several=several) for each in _told(result)), end])


def _told(result: OcrResult) -> Iterator[Progress]:
    for number, image in enumerate(result.images):
        if image.error:
            yield Progress(number, image.error)
        drawn: Sequence[Drawings] = image.drawings or [{}] * len(image.pages)
        pages = [Progress(number, *each) for each in zip(image.pages, repeat(image.count), drawn)]
        pages += [Progress(number, page, image.count) for page in image.failed]
        yield from sorted(pages, key=attrgetter("outcome.index"))


def _progress(progress: Progress, *, several: bool) -> bytes:
    image = {"image": progress.image} if several else {}
    if isinstance(progress.outcome, OcrError):
        return _line({**image, "error": error_document(progress.outcome)})
    page = page_document(progress.outcome) | picture_member(progress.drawings)
    return _line({**image, **page_count(progress.count), **page})


def _end(result: OcrResult, answered: Answered, *, several: bool) -> bytes:
    check_any_read(result)
    totals = {
        "id": answered.request_id,
        "model": answered.model,
        "pages": sum(map(_pages, result.images)),
        "truncated": any(image.truncated for image in result.images),
        "timings_ms": timings_ms(result),
    }
    if several:
        totals["results"] = [
            {"pages": _pages(image), "truncated": image.truncated} | page_count(image.count) for image in result.images
        ]
        return _line(totals)
    return _line(totals | page_count(result.images[0].count))


def _pages(image: ImageResult) -> int:
    """How many lines there are about its pages, those that could not be read included."""
    return len(image.pages) + len(image.failed)


def _failure(error: OcrError) -> bytes:
    return _line({"error": error_document(error)})


def _line(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace") + b"\n"  # a detail may quote half of a surrogate pair
