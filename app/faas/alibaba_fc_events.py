"""Event calls of Alibaba Function Compute 3.0: ``POST /invoke``.

The payload is what InvokeFunction was called with, or what a trigger wrote; a call that failed is answered 404 with
``x-fc-status: 404``: https://www.alibabacloud.com/help/en/fc/user-guide/event-handlers-1. The events of HTTP triggers:
https://www.alibabacloud.com/help/en/functioncompute/http-trigger-invoking-function; of API Gateway:
https://www.alibabacloud.com/help/en/functioncompute/fc/configure-an-api-gateway-trigger;
of OSS triggers: https://www.alibabacloud.com/help/doc-detail/70140.htm.
"""

from collections.abc import Mapping
from typing import Any

from app.faas.calls import HttpReply, ObjectCall
from app.faas.event_json import members_of, objects_of, text, whole_number
from app.faas.events import Event, gateway_event, gateway_reply, is_new_object, native_event
from app.json_object import json_object

_STATUS = "x-fc-status"


def decode_event(payload: bytes) -> Event:
    """What *payload* asks for: JSON in one of the known forms, or else the bytes of an image.

    Raises:
        MalformedRequestError: It begins like JSON, and has none of these forms.
    """
    if payload.lstrip()[:1] != b"{":
        return native_event(payload, None)
    members = json_object(payload, "event")
    http = members_of(members_of(members, "requestContext"), "http")
    if http:
        return gateway_event(
            members,
            method=text(http, "method"),
            path=text(members, "rawPath") or text(http, "path"),
            query=members_of(members, "queryParameters"),
            client=text(http, "sourceIp"),
        )
    if "httpMethod" in members:
        return gateway_event(
            members,
            method=text(members, "httpMethod"),
            path=text(members, "path"),
            query=members_of(members, "queryParameters"),
            client="",
        )
    if "events" in members:
        return Event("store", _objects(members))
    return native_event(payload, members)


def encode_reply(event: Event | None, reply: HttpReply) -> HttpReply:
    """*reply* as Function Compute takes it. event: what it answers, where that could be told.

    A gateway's client gets the status that it is told; of anything else a status that is none of success is a failure.
    """
    if event is not None and event.origin == "gateway":
        return gateway_reply(reply, ((_STATUS, "200"),))
    status = 200 if 200 <= reply.status < 300 else 404
    return HttpReply(status, (*reply.headers, (_STATUS, str(status))), reply.body)


def _objects(members: Mapping[str, Any]) -> tuple[ObjectCall, ...]:
    found = []
    for record in objects_of(members, "events"):
        store = members_of(record, "oss")
        bucket, thing = members_of(store, "bucket"), members_of(store, "object")
        if is_new_object(text(record, "eventName")):
            size = whole_number(thing, "size")
            found.append(ObjectCall("oss", text(record, "region"), text(bucket, "name"), text(thing, "key"), size))
    return tuple(found)
