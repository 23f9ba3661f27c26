"""A collector for the tests: OTLP's protobuf over real HTTP, on the loopback, into a list."""

import dataclasses
import http.server
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

_PATIENCE_SECONDS = 60
ERROR = 2
SERVER = 2
"""OTLP's numbers for a status and a kind."""


@dataclasses.dataclass(frozen=True)
class Span:
    """A span as it came. Ids are hexadecimal, times nanoseconds since 1970; parent: empty where there is none."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    begun: int
    ended: int
    status: int
    state: str
    attributes: dict[str, Any]
    resource: dict[str, Any]

    def holds(self, other: "Span") -> bool:
        """Whether *other* lies within it in time."""
        return self.begun <= other.begun <= other.ended <= self.ended


class Collector:
    """Keeps what it is sent. status: what it answers."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.status = 200
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                collector.headers.append({name.lower(): value for name, value in self.headers.items()})
                collector.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if collector.status == 200:
                    collector.bodies.append(body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(collector.status)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self) -> list[Span]:
        """All that came so far."""
        return [span for body in list(self.bodies) for span in _spans(body)]

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace, once the one of its request is there, which ends last and is sent last."""

        def found() -> list[Span]:
            spans = [span for span in self.spans if span.trace == trace_id]
            return spans if any(span.kind == SERVER for span in spans) else []

        return self.eventually(found)

    def request(self, request_id: str) -> list[Span]:
        """The spans of the trace of the request with this id."""

        def trace_id() -> str | None:
            ids = [span.trace for span in self.spans if span.attributes.get("ocr.request_id") == request_id]
            return ids[0] if ids else None

        return self.trace(self.eventually(trace_id))

    @staticmethod
    def eventually(seen: Callable[[], Any]) -> Any:
        """What is *seen*, once it is something."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not (found := seen()):
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)
        return found


def root(spans: Iterable[Span]) -> Span:
    """The one span of a server."""
    (found,) = [span for span in spans if span.kind == SERVER]
    return found


def children(spans: Iterable[Span], parent: Span) -> list[Span]:
    """Those below *parent*, in the order in which they began."""
    return sorted((span for span in spans if span.parent == parent.id), key=lambda span: (span.begun, span.ended))


def names(spans: Iterable[Span]) -> list[str]:
    """What they are called."""
    return [span.name for span in spans]


def _spans(body: bytes) -> Iterable[Span]:
    for told in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _attributes(told.resource.attributes)
        for scope in told.scope_spans:
            for span in scope.spans:
                yield Span(
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.name,
                    span.kind,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code,
                    span.trace_state,
                    _attributes(span.attributes),
                    resource,
                )


def _attributes(told: Iterable[Any]) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in told}
