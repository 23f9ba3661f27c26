"""What gunicorn's parser refuses, in the service's own errors, and what stands in for a request that cannot be read."""

from io import BytesIO
from typing import Any

from gunicorn.http import errors as gunicorn_errors

from app.errors import (
    ExpectationError,
    HeadersTooLargeError,
    LineTooLongError,
    MalformedRequestError,
    OcrError,
    ProtocolVersionError,
    TransferCodingError,
)

_KINDS: tuple[tuple[type[Exception], type[OcrError], str], ...] = (
    (gunicorn_errors.LimitRequestLine, LineTooLongError, "the request's first line is too long"),
    (gunicorn_errors.LimitRequestHeaders, HeadersTooLargeError, "the request's headers are too large or too many"),
    (gunicorn_errors.ExpectationFailed, ExpectationError, "only 100-continue may be expected"),
    (gunicorn_errors.UnsupportedTransferCoding, TransferCodingError, "chunked is the only transfer coding"),
    (gunicorn_errors.InvalidRequestMethod, MalformedRequestError, "the request's method is none"),
    (gunicorn_errors.InvalidRequestLine, MalformedRequestError, "the request's first line is malformed"),
    (gunicorn_errors.InvalidHeaderName, MalformedRequestError, "a header's name is malformed or not allowed"),
    (gunicorn_errors.InvalidHeader, MalformedRequestError, "a header is malformed, or contradicts another"),
)


def refusal_of(error: Exception) -> OcrError:
    """The service's error for one of the parser's. Its text quotes nothing of the request, which may be anything."""
    if isinstance(error, gunicorn_errors.InvalidHTTPVersion):
        if isinstance(error.version, tuple):
            return ProtocolVersionError("HTTP/1.1 and HTTP/1.0 are spoken")
        return MalformedRequestError("the request's first line is malformed")
    for kind, ours, text in _KINDS:
        if isinstance(error, kind):
            return ours(text)
    return MalformedRequestError("the request is malformed")


class UnreadRequest:
    """Stands in for a request that could not be parsed, with what gunicorn asks of one; there is no path it could have.

    *request_id* is the one that the client gave, where its head could be read.
    """

    def __init__(self, request_id: str | None) -> None:
        self.method = "GET"
        self.uri = self.path = "/*"  # which is no route
        self.query = self.fragment = ""
        self.version = (1, 1)
        self.scheme = "http"
        self.headers: list[tuple[str, str]] = [("X-REQUEST-ID", request_id)] if request_id else []
        self.trailers: list[Any] = []
        self.body = BytesIO()
        self.proxy_protocol_info = None
        self._expected_100_continue = False

    def should_close(self) -> bool:
        """Nothing behind it can be told apart."""
        return True
