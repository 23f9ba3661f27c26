"""The lifecycle hooks of function platforms: each may be called any number of times."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, request

from app.errors import NotReadyError, OcrError
from app.faas.contract import INSIDE, Contract
from app.faas.platform import Platform
from app.http.problems import STATUS, problem
from app.scheduling.deadline import Deadline
from app.scheduling.occupancy import Occupancy
from app.scheduling.readiness import Readiness
from app.settings import Settings

_FAILED = 404
"""What Function Compute takes for a hook that failed."""


def hook_blueprint(  # noqa: PLR0913, PLR0917 - made in one place
    contract: Contract,
    settings: Settings,
    readiness: Readiness[Any],
    push_metrics: Callable[[], bool],
    flush_traces: Callable[[], None],
    occupancy: Occupancy,
) -> Blueprint:
    """The hooks of *contract*, which answer only the platform.

    push_metrics, flush_traces: hand them to whoever gathers them. occupancy: who has been let in.
    """
    seconds = settings.graceful_timeout_seconds
    routes = Blueprint("hooks", __name__)
    is_fc = contract.platform is Platform.ALIBABA_FC

    @routes.before_request
    def _only_the_platform() -> None:
        if not request.environ.get(INSIDE):
            abort(404)

    def initialize() -> Response:
        try:
            readiness.wait(Deadline(settings.start_timeout_seconds))
        except OcrError as error:
            return _failure(error, is_fc=is_fc)
        return _done("ready", is_fc=is_fc)

    def pre_freeze() -> Response:
        flush_traces()  # nothing else is done behind the answers, and nothing runs that a pause would hurt
        return _done("ready", is_fc=is_fc)

    def pre_stop() -> Response:
        # It is not told whether the instance ends or pauses: one that pauses must serve on. SIGTERM drains.
        is_idle = occupancy.wait_empty(seconds)
        push_metrics()
        flush_traces()
        if not is_idle:
            return _failure(NotReadyError(f"requests are still at work after {seconds} s"), is_fc=is_fc)
        return _done("idle", is_fc=is_fc)

    views = {"/initialize": initialize, "/init": initialize, "/pre-freeze": pre_freeze, "/pre-stop": pre_stop}
    for method, path in contract.hooks:
        if path in views:  # those of Lambda are in lambda_routes.py
            routes.add_url_rule(path, view_func=views[path], methods=[method])
    return routes


def _done(status: str, *, is_fc: bool) -> Response:
    headers = _status(200) if is_fc else {}
    return Response(json.dumps({"status": status}) + "\n", mimetype="application/json", headers=headers)


def _failure(error: OcrError, *, is_fc: bool) -> Response:
    status = _FAILED if is_fc else STATUS[error.code]
    return problem(status, error.code, str(error), _status(status) if is_fc else {})


def _status(status: int) -> Mapping[str, str]:
    """What Function Compute reads."""
    return {"x-fc-status": str(status)}
