"""Events of AWS Lambda, and the answers that their senders take. Pure.

- API Gateway, REST: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
- API Gateway, HTTP: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
- Function URLs, which send what HTTP APIs do: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
- Load balancers: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
- S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html; through EventBridge:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
- EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html

Whoever may call the function itself sends what ``POST /ocr`` takes as JSON, and gets the document that it answers; a
problem document where it fails, whose ``status`` tells it from others. ``{"warm": true}``, or what a schedule of
EventBridge sends, asks only whether the instance is ready.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import unquote_plus

from app.errors import MalformedRequestError
from app.faas.aws_http_events import HttpForm, decode_http, encode_http
from app.faas.calls import HttpCall, HttpReply, ObjectCall
from app.faas.event_json import members_of, objects_of, text, whole_number
from app.faas.events import Event, is_new_object, native_event
from app.json_object import json_object

Kind = HttpForm | Literal["bucket", "ping", "caller"]

_PING = Event("caller", HttpCall("GET", "/readyz"))
_S3 = "aws:s3"


def kind_of(members: Mapping[str, Any]) -> Kind:
    """Whose event has *members*; ``caller`` where no service of AWS writes events like that."""
    context = members.get("requestContext")
    if isinstance(context, dict):
        if "elb" in context:
            return "alb-many" if isinstance(members.get("multiValueHeaders"), dict) else "alb"
        if "http" in context:
            return "gateway-2"
        if "httpMethod" in members:
            return "gateway-1"
    if "Records" in members or members.get("Event") == "s3:TestEvent" or members.get("source") == "aws.s3":
        return "bucket"
    return "ping" if members.get("source") == "aws.events" or members.get("warm") else "caller"


def decode(members: Mapping[str, Any], kind: Kind) -> Event:
    """What an event of that kind asks for.

    Raises:
        MalformedRequestError: It is not what that kind should be; or of a caller, and nothing that the service knows.
    """
    match kind:
        case "bucket":
            return Event("store", _objects(members))
        case "ping":
            return _PING
        case "caller":
            return native_event(json.dumps(members).encode(), members)
        case _:
            return decode_http(members, kind)


def encode(kind: Kind, reply: HttpReply) -> dict[str, Any]:
    """*reply* as an event of that kind is answered: gateways make a response of it, callers get the document."""
    if kind == "bucket" or kind == "ping" or kind == "caller":  # noqa: PLR1714 - a set would not narrow the type
        document = json.loads(reply.body)
        return document if isinstance(document, dict) else {"result": document}
    return encode_http(kind, reply)


def decode_event(payload: bytes) -> Event:
    """What an event asks for that the Web Adapter hands on: all but HTTP requests, which it sends as such.

    Raises:
        MalformedRequestError: It is none of the known forms.
    """
    members = json_object(payload, "event")
    kind = kind_of(members)
    if kind not in {"bucket", "ping", "caller"}:  # whoever sends one himself would say what address it comes from
        raise MalformedRequestError("the event is an HTTP request, which the Web Adapter sends as such")
    return decode(members, kind)


def encode_reply(_: Event | None, reply: HttpReply) -> HttpReply:
    """*reply* as the Web Adapter takes it: as it is."""
    return reply


def _objects(members: Mapping[str, Any]) -> tuple[ObjectCall, ...]:
    if members.get("source") == "aws.s3":
        return _object_of_bus(members)
    if "Records" not in members:  # the test that a new notification begins with
        return ()
    found = []
    for record in objects_of(members, "Records"):
        source = text(record, "eventSource") or text(record, "EventSource")
        if source != _S3:
            raise MalformedRequestError(f"the event has a record of {source[:64]!r}; only {_S3!r} is served")
        if is_new_object(text(record, "eventName")):
            store = members_of(record, "s3")
            thing = members_of(store, "object")
            # With + for spaces, as forms are written.
            found.append(_named(text(record, "awsRegion"), store, thing, unquote_plus(text(thing, "key"))))
    return tuple(found)


def _object_of_bus(members: Mapping[str, Any]) -> tuple[ObjectCall, ...]:
    if text(members, "detail-type") != "Object Created":
        return ()
    detail = members_of(members, "detail")
    thing = members_of(detail, "object")
    return (_named(text(members, "region"), detail, thing, text(thing, "key")),)


def _named(region: str, store: Mapping[str, Any], thing: Mapping[str, Any], key: str) -> ObjectCall:
    bucket = text(members_of(store, "bucket"), "name")
    if not bucket or not key:
        raise MalformedRequestError("the event names no bucket, or no object in it")
    return ObjectCall("s3", region, bucket, key, whole_number(thing, "size"))
