"""The hooks that Lambda's Web Adapter calls around a snapshot, before it is taken and in each copy.

https://github.com/aws/aws-lambda-web-adapter/blob/main/docs/guide/src/features/snapstart.md: by POST, with no body, at
the paths that ``AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH`` and ``AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH`` name. The
adapter refuses clients these paths; what they do harms nothing.
"""

import json

from flask import Blueprint, Response, abort, request

from app.faas.contract import INSIDE
from app.faas.snapshot import Snapshot


def snapshot_blueprint(snapshot: Snapshot) -> Blueprint:
    """The routes, which answer only the platform."""
    routes = Blueprint("snapshot", __name__)

    @routes.before_request
    def _only_the_platform() -> None:
        if not request.environ.get(INSIDE):
            abort(404)

    @routes.post("/snapstart/before")
    def before() -> Response:
        snapshot.before()
        return _done("warm")

    @routes.post("/snapstart/after")
    def after() -> Response:
        snapshot.after()
        return _done("restored")

    return routes


def _done(status: str) -> Response:
    return Response(json.dumps({"status": status}) + "\n", mimetype="application/json")
