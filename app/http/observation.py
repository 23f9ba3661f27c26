"""What is known of every request: its id, its metrics and its one line in the log. Never the recognised text."""

import logging
import re
import time
import uuid
from dataclasses import dataclass, field

from flask import Flask, Response, g, request

from app.access.gate import PROBES
from app.metrics.emf import with_metrics
from app.metrics.instruments import Instruments
from app.pipeline.result import OcrResult

_LOG = logging.getLogger("ocr.request")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_QUIET = PROBES - {"/info"}
_REFUSALS = frozenset({"queue_full", "draining", "not_ready", "unavailable", "unauthorized", "rate_limited"})


@dataclass(slots=True)
class Observed:
    """What the handlers learn of a request and the log line tells."""

    started: float = field(default_factory=time.perf_counter)
    key: str = ""
    dialect: str = ""
    bytes_in: int = 0
    images: int = 0
    lines: int = 0
    pixels: list[int] = field(default_factory=list)
    stages_ms: dict[str, float] = field(default_factory=dict)


def register(app: Flask, instruments: Instruments, *, embed_metrics: bool = False) -> None:
    """Observe every request of *app*. embed_metrics: make each log line CloudWatch's embedded metric format."""

    @app.before_request
    def _begin() -> None:
        wanted = request.headers.get("X-Request-Id", "")
        g.request_id = wanted if _REQUEST_ID.fullmatch(wanted) else uuid.uuid4().hex
        g.observed = Observed()
        instruments.in_flight.inc()

    @app.after_request
    def _end(response: Response) -> Response:
        seen: Observed = g.observed
        seconds = time.perf_counter() - seen.started
        route = request.url_rule.rule if request.url_rule else "unmatched"
        code = g.get("error_code")
        response.headers["X-Request-Id"] = g.request_id
        instruments.requests.labels(route, response.status_code).inc()
        instruments.request_duration.labels(route).observe(seconds)
        if code:
            instruments.errors.labels(code).inc()
            if code in _REFUSALS:
                instruments.rejected.labels(code).inc()
        level = logging.DEBUG if route in _QUIET else logging.INFO
        fields = _fields(seen, route, response.status_code, code, seconds)
        _LOG.log(level, "request", extra=with_metrics(fields) if embed_metrics else fields)
        return response

    @app.teardown_request
    def _gone(_: BaseException | None) -> None:
        if "observed" in g:
            instruments.in_flight.dec()


def observe_result(result: OcrResult, instruments: Instruments) -> None:
    """Count what recognition found, for the metrics and for the request's log line."""
    seen: Observed = g.observed
    instruments.queue_duration.observe(result.timings.queue)
    for name, seconds in result.timings.items():
        instruments.stage_duration.labels(name).observe(seconds)
    pages = [page for image in result.images for page in image.pages]
    for page in pages:
        instruments.image_pixels.observe(page.width * page.height)
    read = [line for page in pages for line in page.lines if line.text]  # others are only found
    for line in read:
        instruments.line_confidence.observe(line.score)
    seen.pixels = [page.width * page.height for page in pages]
    seen.lines = len(read)
    seen.stages_ms = {name: round(1000 * seconds, 2) for name, seconds in result.timings.items()}
    instruments.lines.inc(seen.lines)
    if pages:  # else the request itself ends as the first one's error, and is counted as that
        for image in result.images:
            for error in (image.error, *(page.error for page in image.failed)):
                if error:
                    instruments.errors.labels(error.code).inc()


def _fields(seen: Observed, route: str, status: int, code: str | None, seconds: float) -> dict[str, object]:
    fields: dict[str, object] = {
        "request_id": g.request_id,
        "method": request.method if request.url_rule else "unmatched",
        "route": route,
        "status": status,
        "code": code or "ok",
        "ms": round(1000 * seconds, 2),
        "bytes_in": seen.bytes_in,
    }
    if seen.key:
        fields["key"] = seen.key
    if seen.dialect:
        fields["dialect"] = seen.dialect
    if seen.images:
        fields |= {"images": seen.images, "pixels": seen.pixels, "lines": seen.lines, "stages_ms": seen.stages_ms}
    return fields
