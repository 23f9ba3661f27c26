"""Traces by OpenTelemetry's SDK. To be imported only where they are on."""

import os
import time
from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)
from opentelemetry.trace import Tracer as SdkTracer

from app.pipeline.timeline import PageTimes, Part, Timeline
from app.tracing.export import Export
from app.tracing.remote_span import RemoteSpan
from app.tracing.request_trace import Outcome, RequestTrace, Unrecorded
from app.tracing.span_names import Attributes, described
from app.version import NAME, VERSION


class OpenTelemetryTracer:
    """Records a share of the requests, and those of callers that record theirs. Thread-safe."""

    def __init__(self, url: str, share: float, about: Mapping[str, str]) -> None:
        """*url*: of the collector. *share*: 0 to 1, of requests of no trace. *about*: what each request's span says.

        ``OTEL_SERVICE_NAME`` and ``OTEL_RESOURCE_ATTRIBUTES`` are heeded, and take precedence.
        """
        named = {"service.name": NAME, "service.version": VERSION}
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create({**named, **OTELResourceDetector().detect().attributes}),
            id_generator=_RandomIds(),
            shutdown_on_exit=False,
        )
        self._export = Export.to(url, provider)
        self._tracer = provider.get_tracer(NAME, VERSION)
        self._about: Attributes = {f"ocr.{name}": value for name, value in about.items()}

    def begin(self, caller: RemoteSpan | None) -> RequestTrace:
        """See :class:`app.tracing.request_trace.Tracer`."""
        begun, epoch = time.perf_counter(), time.time_ns()
        span = self._tracer.start_span("request", _context(caller), SpanKind.SERVER, self._about, start_time=epoch)
        if not span.is_recording():
            return Unrecorded(caller)
        return _RecordedRequest(self._tracer, span, epoch - _nanoseconds(begun))

    def flush(self) -> None:
        """See :class:`app.tracing.request_trace.Tracer`."""
        self._export.flush()

    def close(self) -> None:
        """See :class:`app.tracing.request_trace.Tracer`."""
        self._export.close()


class _RecordedRequest:
    """A request that is recorded: its parts become spans when it is answered."""

    def __init__(self, tracer: SdkTracer, span: Span, zero: int) -> None:
        """*zero*: nanoseconds since 1970 when ``time.perf_counter`` would have been 0, were the clock never set."""
        context = span.get_span_context()
        self.exemplar: dict[str, str] | None = {
            "trace_id": format_trace_id(context.trace_id),
            "span_id": format_span_id(context.span_id),
        }
        self.ids: Mapping[str, str] = self.exemplar
        self.timeline: Timeline | None = Timeline()
        self._tracer = tracer
        self._span = span
        self._zero = zero

    def finish(self, outcome: Outcome) -> None:
        """See :class:`app.tracing.request_trace.RequestTrace`."""
        ended, timeline = time.perf_counter(), self.timeline
        assert timeline is not None  # noqa: S101 - this one has one
        self._add(self._span, timeline.parts)
        for page in timeline.pages:
            self._add_page(page)
        description = described(outcome)
        self._span.update_name(description.name)
        self._span.set_attributes(description.attributes)
        if description.is_error:
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end(self._epoch(ended))

    def _add_page(self, page: PageTimes) -> None:
        about = {"ocr.image": page.image, "ocr.page": page.page}
        span = self._begin(self._span, "page", page.begun, about)
        self._add(span, page.parts, about)
        if page.code:
            span.set_attribute("error.type", page.code)
            span.set_status(Status(StatusCode.ERROR))
        span.end(self._epoch(page.ended))

    def _add(self, parent: Span, parts: Sequence[Part], about: Mapping[str, int] | None = None) -> None:
        for name, begun, ended in parts:
            self._begin(parent, name, begun, about).end(self._epoch(ended))

    def _begin(self, parent: Span, name: str, begun: float, about: Mapping[str, int] | None) -> Span:
        context = set_span_in_context(parent, Context())
        return self._tracer.start_span(name, context, attributes=about, start_time=self._epoch(begun))

    def _epoch(self, moment: float) -> int:
        return self._zero + _nanoseconds(moment)


class _RandomIds(IdGenerator):
    """Ids by the kernel: copies of a snapshot of the process have the same generator otherwise."""

    def generate_trace_id(self) -> int:
        """16 bytes, not all of them 0."""
        return int.from_bytes(os.urandom(16)) or self.generate_trace_id()

    def generate_span_id(self) -> int:
        """8 bytes, not all of them 0."""
        return int.from_bytes(os.urandom(8)) or self.generate_span_id()


def _context(caller: RemoteSpan | None) -> Context:
    if caller is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if caller.is_sampled else TraceFlags.DEFAULT)
    state = TraceState.from_header([caller.state]) if caller.state else None
    span = SpanContext(
        int(caller.trace_id, 16), int(caller.span_id, 16), is_remote=True, trace_flags=flags, trace_state=state
    )
    return set_span_in_context(NonRecordingSpan(span), Context())


def _nanoseconds(seconds: float) -> int:
    return round(1e9 * seconds)
