"""What a request's span is called and what it says, by OpenTelemetry's conventions for servers.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and https://opentelemetry.io/docs/specs/semconv/rpc/grpc/.
The service's own names begin with ``ocr.``. Neither text nor anything else that a client chose is in it, but the id
that it gave its request.
"""

from dataclasses import dataclass

from app.tracing.request_trace import Outcome

Attributes = dict[str, str | int]

_OTHER = "_OTHER"
"""What the conventions have in the place of a method that the server does not know."""

_RPC_FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
"""gRPC's statuses that are the server's fault rather than the client's."""


@dataclass(frozen=True, slots=True)
class SpanDescription:
    """is_error: the service failed; a request that cannot be served is none."""

    name: str
    attributes: Attributes
    is_error: bool


def described(outcome: Outcome) -> SpanDescription:
    """The span of a request that ended so."""
    name, attributes, is_error = _rpc(outcome) if outcome.rpc_status else _http(outcome)
    if is_error:
        attributes["error.type"] = outcome.code or str(outcome.status)
    own: Attributes = {
        "ocr.request_id": outcome.request_id,
        "ocr.dialect": outcome.dialect,
        "ocr.error_code": outcome.code,
        "ocr.bytes": outcome.bytes_in,
        "ocr.images": outcome.images,
        "ocr.pages": outcome.pages,
        "ocr.lines": outcome.lines,
    }
    told = {key: value for key, value in own.items() if value or (outcome.images and value != "")}
    return SpanDescription(name, attributes | told, is_error)


def _http(outcome: Outcome) -> tuple[str, Attributes, bool]:
    attributes: Attributes = {"http.response.status_code": outcome.status, "url.scheme": "http"}
    # With a status that is out already, a code tells what cut the answer short.
    is_error = outcome.status >= 500 or (outcome.status < 400 and bool(outcome.code))
    if not outcome.route:
        return "HTTP", attributes | {"http.request.method": _OTHER}, is_error
    attributes |= {"http.request.method": outcome.method, "http.route": outcome.route}
    if "<" not in outcome.route:  # else a part of the path is the client's
        attributes["url.path"] = outcome.route
    return f"{outcome.method} {outcome.route}", attributes, is_error


def _rpc(outcome: Outcome) -> tuple[str, Attributes, bool]:
    method = outcome.route.removeprefix("/") or _OTHER
    attributes: Attributes = {
        "rpc.system.name": "grpc",
        "rpc.method": method,
        "rpc.response.status_code": outcome.rpc_status,
    }
    return method if outcome.route else "grpc", attributes, outcome.rpc_status in _RPC_FAULTS
