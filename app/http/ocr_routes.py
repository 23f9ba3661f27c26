"""The routes that recognise: ``POST /ocr``, and those of the other dialects."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from flask import Blueprint, Response, g, request

from app.faas.calls import SECONDS
from app.http.body import MemoryRequest, read_body
from app.http.replies import as_response
from app.http.streamed_answers import streamed_answer
from app.pipeline.result import OcrResult
from app.protocols.catalogue import speaker
from app.protocols.dialect import Answered, Dialect, LineStream
from app.protocols.request import OcrRequest, RequestLimits
from app.scheduling.deadline import Deadline
from app.scheduling.relay import relayed
from app.service import OcrService
from app.settings import Settings


class OcrRoutes:
    """Answers recognition requests of every dialect."""

    def __init__(self, service: OcrService, settings: Settings, *, model: str, limits: RequestLimits) -> None:
        self._service = service
        self._settings = settings
        self._model = model
        self._limits = limits

    def blueprint(self, dialects: Sequence[Dialect[Any]]) -> Blueprint:
        """A route a path, for all of *dialects* that share it."""
        routes = Blueprint("ocr", __name__)
        for path, sharing in by_path(dialects).items():
            routes.add_url_rule(path, f"recognise {path}".replace(".", " "), self._view(sharing), methods=["POST"])
        return routes

    def _view(self, sharing: Sequence[Dialect[Any]]) -> Callable[..., Response]:
        def recognise(**_: str) -> Response:
            deadline = self._deadline()
            self._service.check_open(deadline)
            wire, g.observed.bytes_in = read_body(cast("MemoryRequest", request), self._settings.max_bytes)
            dialect = g.dialect = speaker(wire, sharing)
            g.observed.dialect, g.caller_id = dialect.name, dialect.caller_id(wire)
            wanted = dialect.decode_request(wire, self._limits)
            del wire  # its bytes are the images' now, and are not to wait in line with them
            g.observed.images = len(wanted.images)
            if stream := dialect.stream(wanted.form):
                return self._streamed(wanted, stream, deadline)
            with g.observed.inference() as has_read:
                result = self._recognition(wanted, deadline)()
                has_read(result)
                with g.observed.encoding():
                    reply = dialect.encode_response(result, wanted.form, self._answered(deadline))
            return as_response(reply)

        return recognise

    def _streamed(self, wanted: OcrRequest[Any], stream: LineStream, deadline: Deadline) -> Response:
        answered = self._answered(deadline)
        pages = relayed(self._recognition(wanted, deadline), deadline.abandon)
        return streamed_answer(request.environ, pages, stream, g.observed, answered)

    def _recognition(self, wanted: OcrRequest[Any], deadline: Deadline) -> Callable[..., OcrResult]:
        images, options, documents = wanted.images, wanted.options, wanted.documents
        return partial(self._service.recognise, images, options, documents, deadline, timeline=g.observed.timeline)

    def _answered(self, deadline: Deadline) -> Answered:
        return Answered(g.request_id, self._model, g.caller_id, time.time() - deadline.elapsed())

    def _deadline(self) -> Deadline:
        most = request.environ.get(SECONDS, math.inf)
        deadline = Deadline(min(self._settings.deadline_seconds, most), most=most)
        if connection := request.environ.get("ocr.connection"):  # the server's; there is none without it
            connection.on_hang_up(deadline.client_left)
        return deadline


def by_path(dialects: Sequence[Dialect[Any]]) -> dict[str, list[Dialect[Any]]]:
    """The dialects that share each path, in their order."""
    sharing: dict[str, list[Dialect[Any]]] = defaultdict(list)
    for dialect in dialects:
        for path in dialect.paths:
            sharing[path].append(dialect)
    return dict(sharing)
