"""Event calls of Tencent SCF: ``POST /event-invoke``, where the function is an event function.

https://www.tencentcloud.com/document/product/583/41076 tells of the path and the headers, and of no status that an
event function has to answer with; the events: https://www.tencentcloud.com/document/product/583/31439.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.errors import MalformedRequestError
from app.faas.calls import HttpReply, ObjectCall
from app.faas.event_json import members_of, objects_of, text, whole_number
from app.faas.events import Event, gateway_reply, is_new_object, plain_event


def decode_event(payload: bytes) -> Event:
    """What *payload* asks for.

    Raises:
        MalformedRequestError: It is none of the known forms.
    """
    return plain_event(payload, query="queryString", client=("requestContext", "sourceIp"), objects=_objects)


def encode_reply(event: Event | None, reply: HttpReply) -> HttpReply:
    """*reply* as SCF takes it: to a gateway's event its JSON, to any other the answer as it is, with its status."""
    return gateway_reply(reply) if event is not None and event.origin == "gateway" else reply


def _objects(members: Mapping[str, Any]) -> tuple[ObjectCall, ...]:
    found = []
    for record in objects_of(members, "Records"):
        store = members_of(record, "cos")
        bucket, thing = members_of(store, "cosBucket"), members_of(store, "cosObject")
        if is_new_object(text(members_of(record, "event"), "eventName")):
            name, owner = text(bucket, "name"), text(bucket, "appid")
            # The key begins with /appid/bucket/, which is no part of it.
            key = text(thing, "key").removeprefix(f"/{owner}/{name}/")
            full = f"{name}-{owner}" if owner else name
            found.append(ObjectCall("cos", _region(bucket, thing), full, key, whole_number(thing, "size")))
    return tuple(found)


def _region(bucket: Mapping[str, Any], thing: Mapping[str, Any]) -> str:
    """The region as addresses write it (ap-guangzhou), which *bucket* may only have as an abbreviation (gz)."""
    try:
        host = (urlsplit(text(thing, "url")).hostname or "").split(".")
    except ValueError as error:
        raise MalformedRequestError("the object's url is none") from error
    of_address = host[host.index("cos") + 1] if "cos" in host[:-1] else ""
    return text(bucket, "s3Region") or of_address or text(bucket, "region")
