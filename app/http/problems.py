"""Errors as their hearers' dialect has them, by itself problem documents; the one place where codes become statuses."""

import logging
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from app.errors import BodyTooLargeError, OcrError, TooManyImagesError, UnauthorizedError, UnavailableError
from app.http.replies import as_response
from app.protocols import native
from app.protocols.catalogue import encode_error_for_any
from app.protocols.dialect import Dialect
from app.protocols.wire import Problem

_LOG = logging.getLogger(__name__)

STATUS = {
    "bad_request": 400,
    "malformed_request": 400,
    "broken_image": 400,
    "unauthorized": 401,
    "url_not_allowed": 403,
    "object_not_allowed": 403,
    "unknown_model": 404,
    "request_timeout": 408,
    "answer_too_large": 413,
    "body_too_large": 413,
    "image_too_large": 413,
    "too_many_frames": 413,
    "too_many_images": 413,
    "uri_too_long": 414,
    "unsupported_media_type": 415,
    "expectation_failed": 417,
    "document_encrypted": 422,
    "invalid_members": 422,
    "invalid_option": 422,
    "url_unreachable": 422,
    "object_unreachable": 422,
    "rate_limited": 429,
    "request_header_fields_too_large": 431,
    "client_gone": 499,
    "internal_error": 500,
    "not_implemented": 501,
    "draining": 503,
    "engine_error": 503,
    "not_ready": 503,
    "queue_full": 503,
    "unavailable": 503,
    "deadline_exceeded": 504,
    "http_version_not_supported": 505,
}
"""HTTP status by error code."""

_TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content", 499: "Client Closed Request"}
"""RFC 9110's names of statuses that the standard library calls otherwise before Python 3.13, and nginx's 499."""


def title(status: int) -> str:
    """What RFC 9110 calls *status*."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem document; *code* goes to the metrics and the log too."""
    return as_response(native.encode_error(_problem(status, code, detail, headers)))


def register(app: Flask, max_bytes: int, dialects: Sequence[Dialect[Any]]) -> None:
    """Render every error of *app*, each in the dialect of whoever hears it. *max_bytes*: the limit that a 413 names."""
    render = _Rendering(dialects)

    @app.errorhandler(OcrError)
    def _ours(error: OcrError) -> Response:
        headers = {}
        if isinstance(error, UnavailableError):
            headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds)))
        if isinstance(error, UnauthorizedError):
            headers["WWW-Authenticate"] = "Bearer"
        return render(STATUS[error.code], error.code, str(error), headers)

    @app.errorhandler(RequestEntityTooLarge)
    def _body(_: RequestEntityTooLarge) -> Response:
        if request.content_length is not None and request.content_length <= max_bytes:
            return _ours(TooManyImagesError(f"more form parts than the {app.config['MAX_FORM_PARTS']} allowed"))
        return _ours(BodyTooLargeError(f"a body of more than {max_bytes} bytes > {max_bytes} allowed"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if isinstance(error, NotFound):
            return render(404, "not_found", "no such route; /openapi.json lists those that there are")
        status = error.code or 500
        code = HTTPStatus(status).name.lower()
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            allowed = ", ".join(sorted(error.valid_methods))
            return render(status, code, f"the method is not allowed here; {allowed} are", {"Allow": allowed})
        return render(status, code, error.description or "")

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        _LOG.error("unforeseen error", exc_info=error, extra={"request_id": g.get("request_id")})
        return render(500, "internal_error", "the service failed; its log says why under this id")


class _Rendering:
    """Finds out whose client hears an error: by its request, or, where that was not read, by its path."""

    def __init__(self, dialects: Sequence[Dialect[Any]]) -> None:
        self._sharing: dict[str, list[Dialect[Any]]] = defaultdict(list)
        for dialect in dialects:
            for path in (*dialect.paths, *(document.path for document in dialect.documents)):
                self._sharing[path].append(dialect)

    def __call__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
        found = _problem(status, code, detail, headers)
        if dialect := g.get("dialect"):
            return as_response(dialect.encode_error(found))
        sharing = self._sharing.get(request.url_rule.rule) if request.url_rule else None
        return as_response(encode_error_for_any(found, request.mimetype, sharing or [native.NATIVE]))


def _problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None) -> Problem:
    g.error_code = code
    request_id, caller_id = g.get("request_id", ""), g.get("caller_id", "")
    return Problem(status, title(status), code, detail, request_id, caller_id, headers or {})
