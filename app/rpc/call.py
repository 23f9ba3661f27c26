"""A method of gRPC, and one call of it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from app.access.gate import Access
from app.errors import OcrError
from app.metrics.request_record import RequestRecord
from app.scheduling.deadline import Deadline
from app.tracing.remote_span import RemoteSpan, remote_span

Context = Any
"""grpc.aio.ServicerContext, of methods whose messages are bytes."""


@dataclass(slots=True)
class Call:
    """One request: what is known of it, and by when it is to be answered. client_id: what its message calls it."""

    record: RequestRecord
    deadline: Deadline
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """A method. path: as gRPC writes it; it is the route in metrics and log.

    like: the HTTP request whose key it needs, and whose rate it counts for. answer: from the bytes of a message to
    those of its answer; may raise an OcrError. recognises: it takes long, and needs a permit. is_quiet: it comes every
    second. encode_error: of methods whose answer can tell an error itself.
    """

    path: str
    like: tuple[str, str]
    answer: Callable[[bytes, Call], bytes]
    recognises: bool = False
    is_quiet: bool = False
    encode_error: "Callable[[OcrError, Call], bytes] | None" = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the metadata by their names in lower case, the address, and the seconds until the caller gives up."""

    metadata: Mapping[str, str]
    address: str
    seconds: float

    @classmethod
    def of(cls, context: Context, trusted_proxies: int) -> "Caller":
        """The caller of *context*. trusted_proxies: see :mod:`app.http.entrance`."""
        metadata: dict[str, str] = {}
        for name, value in context.invocation_metadata() or ():
            if isinstance(value, str):
                metadata[name] = f"{metadata[name]}, {value}" if name in metadata else value
        address = unquote(context.peer().partition(":")[2])
        hops = [hop.strip() for hop in metadata.get("x-forwarded-for", "").split(",")]
        if trusted_proxies and len(hops) >= trusted_proxies and hops[-trusted_proxies]:
            address = hops[-trusted_proxies]
        seconds = context.time_remaining()
        return cls(metadata, address, math.inf if seconds is None else max(0.0, seconds))

    @property
    def request_id(self) -> str:
        """The caller's name for the request, or nothing."""
        return self.metadata.get("x-request-id", "")

    @property
    def span(self) -> RemoteSpan | None:
        """The caller's span, where it tells of one."""
        return remote_span(self.metadata.get("traceparent", ""), self.metadata.get("tracestate", ""))

    def enter(self, access: Access, like: tuple[str, str]) -> str:
        """Pass *access* as the HTTP request *like* would; returns the name of the key.

        Raises:
            UnauthorizedError, RateLimitedError: See :meth:`Access.enter`.
        """
        return access.enter(*like, self.metadata, self.address)
