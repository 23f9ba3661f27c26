"""What a Lambda function is: called with an event, it returns the answer, or raises an error.

The service's application answers whatever is a request, so that it passes keys, limits, metrics and the log. An error
that is raised here is the function's: who called it hears of it, and Lambda tries an event of a bucket again instead of
taking it for done.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from app.errors import REFUSAL, AnswerTooLargeError, MalformedRequestError, ObjectEventError
from app.faas.aws_events import Kind, decode, encode, kind_of
from app.faas.calls import SECONDS, HttpCall, HttpReply, ObjectCall
from app.faas.contract import INSIDE
from app.faas.events import Event
from app.faas.inner_call import call
from app.faas.object_event import ObjectEvents

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_MOST_BYTES = 6 << 20
"""Of an answer as JSON: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""

_MOST_BYTES_OF_BALANCER = 1_000_000
"""1 MB: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""

_SECONDS_TO_ANSWER = 0.5
"""Of the time that the function has, for what comes behind the deadline: the engine's grace, the answer's way."""

_REQUEST_ID = "x-request-id"
_OK = 200


class Context(Protocol):
    """What the function needs of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """How long Lambda waits for the answer."""
        ...


class LambdaFunction:
    """Answers events with a WSGI application, which may be called from several threads."""

    def __init__(self, application: "WSGIApplication", objects: ObjectEvents) -> None:
        self._application = application
        self._objects = objects

    def __call__(self, event: object, context: Context) -> dict[str, Any]:
        """The answer to *event*, in the form that its sender takes.

        Raises:
            MalformedRequestError: It is of no known kind.
            OcrError: It is of a bucket, and cannot be done.
        """
        if not isinstance(event, dict):
            raise MalformedRequestError("the event is not a JSON object")
        kind = kind_of(event)
        seconds = max(0.0, context.get_remaining_time_in_millis() / 1000 - _SECONDS_TO_ANSWER)
        try:
            wanted = decode(event, kind)
        except MalformedRequestError as error:
            if kind in {"bucket", "caller"}:
                raise
            refused = HttpCall("POST", "/ocr")
            return encode(kind, self._ask(refused, context, {SECONDS: seconds, REFUSAL: error}))
        if not isinstance(wanted.wanted, HttpCall):
            return self._of_objects(wanted.wanted, context, {SECONDS: seconds, INSIDE: True})
        return self._answer(kind, wanted, wanted.wanted, context, {SECONDS: seconds})

    def _answer(
        self, kind: Kind, event: Event, request: HttpCall, context: Context, around: Mapping[str, Any]
    ) -> dict[str, Any]:
        # Whoever stands behind a gateway shows a key of their own; callers, Lambda itself has asked who they are.
        around = {**around, INSIDE: event.origin != "gateway"}
        document = encode(kind, self._ask(request, context, around))
        most = _MOST_BYTES_OF_BALANCER if kind in {"alb", "alb-many"} else _MOST_BYTES
        size = len(json.dumps(document))  # as awslambdaric writes it, with escapes for all that is not ASCII
        if size <= most:
            return document
        error = AnswerTooLargeError(
            f"an answer of {size} bytes > {most} that Lambda carries here; ask for less at once"
        )
        return encode(kind, self._ask(replace(request, body=b""), context, {**around, REFUSAL: error}))

    def _ask(self, request: HttpCall, context: Context, around: Mapping[str, Any]) -> HttpReply:
        if not any(name.lower() == _REQUEST_ID for name, _ in request.headers):
            request = replace(request, headers=(*request.headers, (_REQUEST_ID, context.aws_request_id)))
        return call(self._application, request, around.items())

    def _of_objects(self, objects: Sequence[ObjectCall], context: Context, around: Mapping[str, Any]) -> dict[str, Any]:
        reply = self._objects.answer(objects, None, {**around, "HTTP_X_REQUEST_ID": context.aws_request_id})
        document: dict[str, Any] = json.loads(reply.body)
        if reply.status != _OK:
            raise ObjectEventError(f"{document['code']}: {document['detail']}")
        return document
