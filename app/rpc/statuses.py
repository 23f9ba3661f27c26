"""How an RPC ends: the one place where the service's error codes become gRPC's statuses."""

import math
from collections.abc import Mapping

from grpc import StatusCode

from app.errors import OcrError, UnavailableError

STATUS: Mapping[str, StatusCode] = {
    "bad_request": StatusCode.INVALID_ARGUMENT,
    "malformed_request": StatusCode.INVALID_ARGUMENT,
    "broken_image": StatusCode.INVALID_ARGUMENT,
    "unsupported_media_type": StatusCode.INVALID_ARGUMENT,
    "invalid_option": StatusCode.INVALID_ARGUMENT,
    "invalid_members": StatusCode.INVALID_ARGUMENT,
    "image_too_large": StatusCode.INVALID_ARGUMENT,
    "too_many_frames": StatusCode.INVALID_ARGUMENT,
    "too_many_images": StatusCode.INVALID_ARGUMENT,
    "document_encrypted": StatusCode.INVALID_ARGUMENT,
    "url_unreachable": StatusCode.FAILED_PRECONDITION,
    "unauthorized": StatusCode.UNAUTHENTICATED,
    "url_not_allowed": StatusCode.PERMISSION_DENIED,
    "unknown_model": StatusCode.NOT_FOUND,
    "rate_limited": StatusCode.RESOURCE_EXHAUSTED,
    "queue_full": StatusCode.UNAVAILABLE,
    "not_ready": StatusCode.UNAVAILABLE,
    "draining": StatusCode.UNAVAILABLE,
    "engine_error": StatusCode.UNAVAILABLE,
    "unavailable": StatusCode.UNAVAILABLE,
    "request_timeout": StatusCode.DEADLINE_EXCEEDED,
    "deadline_exceeded": StatusCode.DEADLINE_EXCEEDED,
    "client_gone": StatusCode.CANCELLED,
    "internal_error": StatusCode.INTERNAL,
}
"""By error code. UNAVAILABLE is what clients and proxies try again on, elsewhere if they can: the service is full, or
not there. RESOURCE_EXHAUSTED is the client's own share: trying elsewhere is no use."""

_LEAST_PUSHBACK_MS = 100
"""A client that came back at once would find what it found."""

Metadata = tuple[tuple[str, str], ...]


def trailers(request_id: str, error: OcrError | None = None) -> Metadata:
    """What is told behind an answer: the request's id; and of an error its code, and when to try again.

    ``grpc-retry-pushback-ms`` is what gRPC's own clients wait where they retry; ``retry-after`` is HTTP's, in seconds.
    """
    told = [("x-request-id", request_id)]
    if error is not None:
        told.append(("x-error-code", error.code))
    if isinstance(error, UnavailableError):
        seconds = error.retry_after_seconds
        told.append(("retry-after", str(max(1, math.ceil(seconds)))))
        told.append(("grpc-retry-pushback-ms", str(max(_LEAST_PUSHBACK_MS, math.ceil(1000 * seconds)))))
    return tuple(told)
