"""What is known of one request, whichever way it came in: its metrics and its one line in the log.

Never the recognised text, and no value of a client's but the id that it gave its request, and that of its trace.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from app.metrics.emf import with_metrics
from app.metrics.instruments import Instruments
from app.pipeline.result import OcrResult
from app.pipeline.text_layer import Source
from app.pipeline.timeline import Timeline, timed
from app.tracing.remote_span import RemoteSpan
from app.tracing.request_trace import NoTracer, Outcome, RequestTrace, Tracer, Unrecorded

_LOG = logging.getLogger("ocr.request")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
REFUSALS = frozenset({"queue_full", "draining", "not_ready", "unavailable", "unauthorized", "rate_limited"})

UNMATCHED = "unmatched"
"""In the place of a route or a method that is none: a client may have made it up."""

BY_PAGE = " by page"
"""Behind the route, in metrics, of an answer that was sent while it was made: it takes as long as its document is."""


@dataclass(frozen=True, slots=True)
class RequestRecorder:
    """Begins the records of a process's requests.

    embed_metrics: make each log line CloudWatch's embedded metric format.
    """

    instruments: Instruments
    embed_metrics: bool = False
    tracer: Tracer = field(default_factory=NoTracer)

    def begin(
        self, wanted_id: str = "", caller: RemoteSpan | None = None, *, is_traced: bool = True
    ) -> "RequestRecord":
        """A request has come in. *wanted_id*: the client's name for it, which is taken where it is fit to be one.

        caller: what it says of the trace that it belongs to. is_traced: else it makes no span, whatever that says.
        """
        self.instruments.in_flight.inc()
        trace = self.tracer.begin(caller) if is_traced else Unrecorded(caller)
        return RequestRecord(self, request_id(wanted_id), trace)


def request_id(wanted: str) -> str:
    """The name of a request: *wanted*, what its client calls it, where that is fit to be one."""
    return wanted if _REQUEST_ID.fullmatch(wanted) else uuid.uuid4().hex


@dataclass(slots=True)
class RequestRecord:
    """One request: what its handlers learn of it, in plain attributes, and what is told of it in the end.

    code: of the error that cut its answer short, when the status was out already. rpc_status: the name of the status
    that it ended with as a gRPC, where it is one. is_by_page: the answer is sent while it is made.

    Not thread-safe: one thread at a time works for a request.
    """

    recorder: RequestRecorder
    request_id: str
    trace: RequestTrace
    started: float = field(default_factory=time.perf_counter)
    key: str = ""
    dialect: str = ""
    bytes_in: int = 0
    images: int = 0
    lines: int = 0
    pixels: list[int] = field(default_factory=list)
    stages_ms: dict[str, float] = field(default_factory=dict)
    code: str = ""
    is_by_page: bool = False
    rpc_status: str = ""

    @property
    def timeline(self) -> Timeline | None:
        """Where whoever works for the request says when; None: nobody asks."""
        return self.trace.timeline

    def encoding(self) -> AbstractContextManager[None]:
        """A context in which its answer is written."""
        return timed("encode", self.timeline)

    @contextmanager
    def inference(self) -> Iterator[Callable[[OcrResult], None]]:
        """Count what is recognised and answered within the block, as failed where it raises.

        Yields what is to be told the result, before the answer is written.
        """
        results: list[OcrResult] = []
        with self.recorder.instruments.inferences.inference() as inference:

            def has_read(result: OcrResult) -> None:
                inference.has_read(len(result.images), dict(result.timings.items()))
                self._observe(result)
                results.append(result)

            yield has_read
        self._count_errors(results)

    def finish(self, route: str, method: str, status: int, code: str = "", *, quiet: bool = False) -> None:
        """The answer is there: count it, and write its line.

        route: where it came in, as the service calls it, or `UNMATCHED`. status: HTTP's. code: of the error that it
        ended with, nothing where it did not. quiet: of those that come every second and say nothing.
        """
        seconds, code = time.perf_counter() - self.started, code or self.code
        instruments = self.recorder.instruments
        counted = route + BY_PAGE if self.is_by_page else route
        instruments.requests.labels(counted, status).inc()
        instruments.request_duration.labels(counted).observe(seconds, self.trace.exemplar)
        if code:
            instruments.errors.labels(code).inc()
            if code in REFUSALS:
                instruments.rejected.labels(code).inc()
        self.trace.finish(self._outcome(route, method, status, code))
        fields = self._fields(route, method, status, code, seconds)
        level = logging.DEBUG if quiet else logging.INFO
        _LOG.log(level, "request", extra=with_metrics(fields) if self.recorder.embed_metrics else fields)

    def leave(self) -> None:
        """The request is no longer answered; called once."""
        self.recorder.instruments.in_flight.dec()

    def _observe(self, result: OcrResult) -> None:
        """Count what recognition found, for the metrics and for the log line."""
        instruments, exemplar = self.recorder.instruments, self.trace.exemplar
        instruments.queue_duration.observe(result.timings.queue, exemplar)
        for name, seconds in result.timings.items():
            instruments.stage_duration.labels(name).observe(seconds, exemplar)
        pages = [page for image in result.images for page in image.pages]
        for page in pages:
            instruments.image_pixels.observe(page.width * page.height)
        read = [(page, line) for page in pages for line in page.lines if line.text]  # others are only found
        for page, line in read:
            if page.source is not Source.TEXT_LAYER:  # of which nobody is more or less sure
                instruments.line_confidence.observe(line.score)
        self.pixels = [page.width * page.height for page in pages]
        self.lines = len(read)
        self.stages_ms = {name: round(1000 * seconds, 2) for name, seconds in result.timings.items()}
        instruments.lines.inc(self.lines)

    def _count_errors(self, results: Sequence[OcrResult]) -> None:
        """Count what an answer tells of parts that could not be read; where there is none the request is counted."""
        for result in results:
            if not any(image.pages for image in result.images):
                continue  # the request itself ends as the first one's error
            for image in result.images:
                for error in (image.error, *(page.error for page in image.failed)):
                    if error:
                        self.recorder.instruments.errors.labels(error.code).inc()

    def _outcome(self, route: str, method: str, status: int, code: str) -> Outcome:
        return Outcome(
            route="" if route == UNMATCHED else route,
            method=method,
            status=status,
            rpc_status=self.rpc_status,
            code=code,
            request_id=self.request_id,
            dialect=self.dialect,
            bytes_in=self.bytes_in,
            images=self.images,
            pages=len(self.pixels),
            lines=self.lines,
        )

    def _fields(self, route: str, method: str, status: int, code: str, seconds: float) -> dict[str, object]:
        fields: dict[str, object] = {
            "request_id": self.request_id,
            "method": method,
            "route": route,
            "status": status,
            "code": code or "ok",
            "ms": round(1000 * seconds, 2),
            "bytes_in": self.bytes_in,
            **self.trace.ids,
        }
        if self.key:
            fields["key"] = self.key
        if self.dialect:
            fields["dialect"] = self.dialect
        if self.images:
            fields |= {"images": self.images, "pixels": self.pixels, "lines": self.lines, "stages_ms": self.stages_ms}
        return fields
