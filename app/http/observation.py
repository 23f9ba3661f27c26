"""The records of Flask's requests: begun before anything else looks at one, finished when its answer is there.

That of an answer which is sent while it is made is finished when it is closed, and the request is in flight until then.
"""

from functools import partial

from flask import Flask, Response, g, request

from app.access.gate import PROBES
from app.metrics.request_record import UNMATCHED, RequestRecord, RequestRecorder
from app.tracing.remote_span import remote_span

_QUIET = PROBES - {"/info"}
_UNTRACED = frozenset({"probes", "hooks", "snapshot"})
"""Blueprints of what comes again and again, or from the platform: it makes no spans."""


def register(app: Flask, recorder: RequestRecorder) -> None:
    """Record every request of *app*: handlers find it as ``g.observed``, and its id as ``g.request_id``."""

    @app.before_request
    def _begin() -> None:
        headers = request.headers
        caller = remote_span(headers.get("traceparent", ""), headers.get("tracestate", ""))
        is_traced = request.blueprint not in _UNTRACED
        g.observed = recorder.begin(headers.get("X-Request-Id", ""), caller, is_traced=is_traced)
        g.request_id = g.observed.request_id

    @app.after_request
    def _end(response: Response) -> Response:
        record: RequestRecord = g.observed
        response.headers["X-Request-Id"] = record.request_id
        rule = request.url_rule.rule if request.url_rule else UNMATCHED
        method = request.method if request.url_rule else UNMATCHED
        code, is_quiet = g.get("error_code", ""), rule in _QUIET
        finish = partial(record.finish, rule, method, response.status_code, code, quiet=is_quiet)
        if response.is_streamed:
            g.is_streamed = True
            response.call_on_close(finish)
            response.call_on_close(record.leave)
        else:
            finish()
        return response

    @app.teardown_request
    def _gone(_: BaseException | None) -> None:
        if "observed" in g and "is_streamed" not in g:
            g.observed.leave()
