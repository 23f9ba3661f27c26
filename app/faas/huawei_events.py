"""Event calls of Huawei FunctionGraph: ``POST /invoke``, always answered ``{isBase64Encoded,statusCode,headers,body}``.

https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html; the events:
https://support.huaweicloud.com/intl/en-us/devg-functiongraph/functiongraph_02_0102.html; of OBS, in the form that S3
has: https://opentelekomcloud-community.github.io/otc-functiongraph-go-runtime/devguide/event_function/trigger_events/trigger_obs_event.html.
"""

from collections.abc import Mapping
from typing import Any

from app.faas.calls import HttpReply, ObjectCall
from app.faas.event_json import members_of, objects_of, text, whole_number
from app.faas.events import Event, gateway_reply, is_new_object, plain_event


def decode_event(payload: bytes) -> Event:
    """What *payload* asks for.

    Raises:
        MalformedRequestError: It is none of the known forms.
    """
    return plain_event(payload, query="queryStringParameters", client=("headers", "x-real-ip"), objects=_objects)


def encode_reply(event: Event | None, reply: HttpReply) -> HttpReply:
    """*reply* as FunctionGraph takes it.

    An event that nobody waits for has failed where its answer's own status says so, since nobody reads the one inside.
    """
    wrapped = gateway_reply(reply)
    is_gateways = event is not None and event.origin == "gateway"
    return wrapped if is_gateways else HttpReply(reply.status, wrapped.headers, wrapped.body)


def _objects(members: Mapping[str, Any]) -> tuple[ObjectCall, ...]:
    found = []
    for record in objects_of(members, "Records"):
        store = members_of(record, "obs") or members_of(record, "s3")
        bucket, thing = members_of(store, "bucket"), members_of(store, "object")
        if is_new_object(text(record, "eventName")):
            region = text(record, "eventRegion") or text(record, "awsRegion")
            size = whole_number(thing, "size")
            found.append(ObjectCall("obs", region, text(bucket, "name"), text(thing, "key"), size))
    return tuple(found)
