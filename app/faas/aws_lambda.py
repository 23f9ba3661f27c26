"""The service as a function of AWS Lambda: ``python3 -m awslambdaric app.faas.aws_lambda.handler``.

Importing it loads and warms the models, in Lambda's init phase. There is no server: awslambdaric fetches one event
after the other from Lambda, calls :data:`handler`, and sends the answer. Between two events Lambda freezes all
processes. SIGTERM, which Lambda sends where extensions are registered, ends this one at once (a handler in Python would
have to wait for the next event), and what it started ends with it.
"""

from snapshot_restore_py import register_after_restore, register_before_snapshot

from app.faas.lambda_function import LambdaFunction
from app.faas.snapshot import Snapshot
from wsgi import app

handler = LambdaFunction(app, app.extensions["ocr"].object_events(app.wsgi_app))
"""Called by awslambdaric with each event, decoded, and its context."""

_snapshot = Snapshot(app.extensions["ocr"].await_warm)
register_before_snapshot(_snapshot.before)
register_after_restore(_snapshot.after)
