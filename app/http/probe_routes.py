"""Health, readiness, metrics and information: answered without waiting for anything."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from app.http.problems import problem
from app.metrics.exposition import CLASSIC, TEXT_FORMATS, Exposition
from app.protocols.media_ranges import preferred
from app.scheduling.readiness import Readiness

_DEAD = {
    "failed": "the models could not be loaded; the log says why",
    "wedged": "the engine hangs and is being replaced",
}
_UNREADY = {
    "starting": ("not_ready", "the models are still loading"),
    "replacing": ("not_ready", "the engine is being replaced"),
    "wedged": ("engine_error", _DEAD["wedged"]),
    "draining": ("draining", "the service is shutting down"),
    "failed": ("engine_error", _DEAD["failed"]),
}


def probe_blueprint(
    readiness: Readiness[Any], exposition: Exposition, information: Callable[[], dict[str, Any]]
) -> Blueprint:
    """The routes with their collaborators; *information* is asked at each ``/info``."""
    routes = Blueprint("probes", __name__)

    @routes.get("/healthz")
    def live() -> Response:
        if readiness.state in _DEAD:
            return problem(503, "engine_error", _DEAD[readiness.state])
        return _json({"status": "ok"})

    @routes.get("/readyz")
    def ready() -> Response:
        state = readiness.state
        if state == "ready":
            return _json({"status": "ready"})
        code, detail = _UNREADY[state]
        return problem(503, code, detail, {"Retry-After": "1"})

    @routes.get("/metrics")
    def metrics() -> Response:
        liked = preferred(request.headers.get("Accept", ""), tuple(TEXT_FORMATS))
        wanted = TEXT_FORMATS.get(liked or "", CLASSIC)
        return Response(exposition.render(wanted), content_type=wanted.content_type)

    @routes.get("/info")
    def info() -> Response:
        return _json(information())

    return routes


def _json(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document) + "\n", mimetype="application/json")
