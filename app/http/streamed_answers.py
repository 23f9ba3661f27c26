"""Answers that are sent while they are made."""

import logging
from collections.abc import Generator
from contextlib import closing
from typing import Any

from flask import Response

from app.errors import OcrError
from app.metrics.request_record import RequestRecord
from app.pipeline.progress import Progress
from app.pipeline.result import OcrResult
from app.protocols.dialect import Answered, LineStream

_LOG = logging.getLogger(__name__)
_STREAMED = "ocr.streamed"
"""In the environment: has the server send each part of an answer as it comes."""

_UNBUFFERED = {"X-Accel-Buffering": "no"}
"""Has nginx in front of the service do so, too."""

Pages = Generator[Progress, None, OcrResult]
Lines = Generator[bytes, None, None]


def streamed_answer(
    environ: dict[str, Any],
    pages: Pages,
    stream: LineStream,
    record: RequestRecord,
    answered: Answered,
) -> Response:
    """The answer that *pages* come to, once there is something of it.

    Raises:
        OcrError: There will be nothing: the request is answered like any other that fails.
    """
    lines = _lines(pages, stream, record, answered)
    first = next(lines)
    environ[_STREAMED] = record.is_by_page = True
    response = Response(_to_the_end(first, lines, stream, record), headers=_UNBUFFERED, content_type=stream.media_type)
    response.call_on_close(lines.close)
    return response


def _lines(pages: Pages, stream: LineStream, record: RequestRecord, answered: Answered) -> Lines:
    with record.inference() as has_read, closing(pages):
        result = yield from _encoded(pages, stream)
        has_read(result)
        with record.encoding():
            end = stream.encode_end(result, answered)
        yield end


def _encoded(pages: Pages, stream: LineStream) -> Generator[bytes, None, OcrResult]:
    while True:
        try:
            progress = next(pages)
        except StopIteration as end:
            result: OcrResult = end.value
            return result
        yield stream.encode_progress(progress)


def _to_the_end(first: bytes, lines: Lines, stream: LineStream, record: RequestRecord) -> Lines:
    """What is sent: an error behind the first line is the last one."""
    yield first
    try:
        yield from lines
    except Exception as error:  # noqa: BLE001 - the status is out, and there is no other way to tell
        yield stream.encode_failure(_told(error, record))


def _told(error: Exception, record: RequestRecord) -> OcrError:
    """What a client hears of *error*, in the middle of an answer; for the log and the metrics it is noted."""
    if not isinstance(error, OcrError):
        _LOG.error("unforeseen error", exc_info=error, extra={"request_id": record.request_id})
        error = OcrError("the service failed; its log says why under this id")
    record.code = error.code
    return error
