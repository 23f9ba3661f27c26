"""Health, readiness, metrics and information: answered without waiting for anything."""

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from app.http.problems import problem
from app.metrics.exposition import CONTENT_TYPE, Exposition
from app.pipeline.pipeline import Pipeline
from app.scheduling.readiness import Readiness


def probe_blueprint(
    readiness: Readiness[Pipeline], exposition: Exposition, information: Callable[[], dict[str, Any]]
) -> Blueprint:
    """The routes with their collaborators; *information* is asked at each ``/info``."""
    routes = Blueprint("probes", __name__)

    @routes.get("/healthz")
    def live() -> Response:
        if readiness.state == "failed":
            return problem(503, "engine_error", "the models could not be loaded; the log says why")
        return _json({"status": "ok"})

    @routes.get("/readyz")
    def ready() -> Response:
        if readiness.state == "ready":
            return _json({"status": "ready"})
        code = {"starting": "not_ready", "draining": "draining", "failed": "engine_error"}[readiness.state]
        return problem(503, code, f"the service is {readiness.state}", {"Retry-After": "1"})

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(exposition.render(), content_type=CONTENT_TYPE)

    @routes.get("/info")
    def info() -> Response:
        return _json(information())

    return routes


def _json(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document) + "\n", mimetype="application/json")
