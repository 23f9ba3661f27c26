"""What the service asks of traces, whether there are any or not; and what it has where there are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from app.pipeline.timeline import Timeline
from app.tracing.remote_span import RemoteSpan


@dataclass(frozen=True, slots=True)
class Outcome:
    """A request that was answered.

    route: as the service calls it; empty where there is none. method, status: HTTP's. rpc_status: the name of gRPC's;
    empty where it came over HTTP. code: of its error, or empty. The rest: see
    :class:`app.metrics.request_record.RequestRecord`.
    """

    route: str
    method: str
    status: int
    rpc_status: str
    code: str
    request_id: str
    dialect: str
    bytes_in: int
    images: int
    pages: int
    lines: int


class RequestTrace(Protocol):
    """The trace of one request."""

    @property
    def ids(self) -> Mapping[str, str]:
        """What the log line says of it: ``trace_id``, and ``span_id`` where there is a span; or nothing."""
        ...

    @property
    def exemplar(self) -> dict[str, str] | None:
        """What the histograms keep beside a value, so that its request is found; None: it is not recorded."""
        ...

    @property
    def timeline(self) -> Timeline | None:
        """To be filled while the request is worked on; None: it is not recorded."""
        ...

    def finish(self, outcome: Outcome) -> None:
        """The request is answered."""
        ...


class Tracer(Protocol):
    """Begins the traces of a process's requests, and sends them off. Thread-safe."""

    def begin(self, caller: RemoteSpan | None) -> RequestTrace:
        """A request has come in. *caller*: what it says that it belongs to."""
        ...

    def flush(self) -> None:
        """Have sent what is there, within a bound of time."""
        ...

    def close(self) -> None:
        """Likewise, and send no more."""
        ...


class Unrecorded:
    """A request that is not recorded: its log line has the caller's trace, where there is one."""

    __slots__ = ("ids",)
    exemplar: dict[str, str] | None = None
    timeline: Timeline | None = None

    def __init__(self, caller: RemoteSpan | None = None) -> None:
        self.ids: Mapping[str, str] = {"trace_id": caller.trace_id} if caller else {}

    def finish(self, outcome: Outcome) -> None:
        """Nothing is told of it."""


class NoTracer:
    """Records nothing."""

    def begin(self, caller: RemoteSpan | None) -> RequestTrace:
        """See :class:`Tracer`."""
        return Unrecorded(caller)

    def flush(self) -> None:
        """There is nothing to send."""

    def close(self) -> None:
        """There is nothing to send."""
