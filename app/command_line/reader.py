"""Reads one source as the service answers one request."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from app.command_line.sources import NothingThereError, Source
from app.core import Core
from app.errors import OcrError, UnavailableError
from app.fetching.remote_image import ImageSource
from app.pipeline.progress import Progress
from app.pipeline.result import ImageResult
from app.protocols.dialect import Answered
from app.protocols.formats import JSON, NDJSON
from app.protocols.native import NATIVE, NativeForm
from app.protocols.request import OcrRequest, checked_images
from app.scheduling.deadline import Deadline

_LOG = logging.getLogger(__name__)

JSON_LINES = (JSON, NDJSON)
"""Formats whose answers are JSON objects, one a line: each says which file it is about."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of *source*. body: None where that is nothing.

    failures: why, or which of its pages could not be read. remarks: what is to be known besides.
    """

    source: Source
    body: bytes | None = None
    failures: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Reader:
    """Reads sources. Thread-safe."""

    def __init__(self, core: Core, request: OcrRequest[NativeForm], on_page: Callable[[], None]) -> None:
        """*request*: what is asked of each, whatever its images are. *on_page* hears of each page that is read."""
        self._core = core
        self._request = request
        self._on_page = on_page
        self._retrying = threading.Lock()

    def read(self, source: Source) -> Answer:
        """The answer about *source*."""
        try:
            image = source.load(self._core.settings.max_bytes)
            return self._answer(source, image)
        except NothingThereError as error:
            return Answer(source, failures=(str(error),))
        except OcrError as error:
            return Answer(source, failures=(_told(error),))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are read
            _LOG.exception("unforeseen error")
            return Answer(source, failures=(f"{OcrError.code}: {type(error).__name__}: {error}",))

    def _answer(self, source: Source, image: ImageSource) -> Answer:
        try:
            return self._tried(source, image)
        except UnavailableError as error:
            # Again, as a client would, but one after the other: an engine that ended took all along that it had in
            # work, and it may have been one of these that ended it.
            with self._retrying:
                time.sleep(error.retry_after_seconds)
                return self._tried(source, image)

    def _tried(self, source: Source, image: ImageSource) -> Answer:
        core, request, seconds = self._core, self._request, self._core.settings.deadline_seconds
        deadline = Deadline(seconds, most=seconds)
        images = checked_images([image], 1)
        result = core.service.recognise(images, request.options, request.documents, deadline, self._heard)
        reply = NATIVE.encode_response(result, request.form, Answered(uuid.uuid4().hex, core.plan.model))
        (of_it,) = result.images
        body = _named(reply.body, source) if request.form.choice.format in JSON_LINES else reply.body
        return Answer(source, body, _failures(of_it), _remarks(of_it))

    def _heard(self, _: Progress) -> None:
        self._on_page()


def _named(lines: bytes, source: Source) -> bytes:
    """*lines*, a JSON object each, with the name of *source* as their first member."""
    name = json.dumps(source.name, ensure_ascii=False).encode(errors="backslashreplace")  # it may be no UTF-8
    return b"".join(b'{"file":%s,%s' % (name, line[1:]) for line in lines.splitlines(keepends=True))


def _failures(image: ImageResult) -> tuple[str, ...]:
    return tuple(f"page {page.index + 1}: {_told(page.error)}" for page in image.failed)


def _remarks(image: ImageResult) -> tuple[str, ...]:
    if not image.truncated:
        return ()
    if image.count == 1:
        return ("truncated: the first of several frames was read",)
    return (f"truncated: {len(image.pages) + len(image.failed)} of {image.count} pages were read",)


def _told(error: OcrError) -> str:
    return f"{error.code}: {error}"
