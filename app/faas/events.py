"""What the events of every platform come down to, and the forms that most of them share. Pure.

A gateway's event is an HTTP request as JSON, and its answer ``{isBase64Encoded, statusCode, headers, body}``. A caller
of the platform's own interface sends what ``/ocr`` takes: its JSON object, or an image's bytes.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from app.errors import MalformedRequestError
from app.faas.calls import HttpCall, HttpReply, ObjectCall
from app.faas.event_json import members_of, text
from app.json_object import json_object

_NATIVE_MEMBERS = frozenset({"image", "images", "url", "urls"})
_CREATED = "ObjectCreated"
"""In the names of the events that tell of a new object, with every store."""


@dataclass(frozen=True, slots=True)
class Event:
    """What an event asks for.

    origin: ``gateway``, somebody outside whose request a gateway wrapped; ``caller``, somebody whom the platform let
    call the function itself; ``store``, a bucket. wanted: a request, or of a bucket the objects, of which there may be
    none: events that tell of their end ask for nothing.
    """

    origin: Literal["gateway", "caller", "store"]
    wanted: HttpCall | tuple[ObjectCall, ...]


def native_event(payload: bytes, members: Mapping[str, Any] | None) -> Event:
    """The event of a caller who sends what ``/ocr`` takes. members: of *payload*, where it is JSON.

    Raises:
        MalformedRequestError: It is JSON, and not the service's.
    """
    if members is not None and not _NATIVE_MEMBERS & members.keys():
        raise MalformedRequestError(f"the event has none of {', '.join(sorted(_NATIVE_MEMBERS))}, and no known form")
    kind = "application/octet-stream" if members is None else "application/json"
    return Event("caller", HttpCall("POST", "/ocr", headers=(("Content-Type", kind),), body=payload))


def plain_event(
    payload: bytes,
    *,
    query: str,
    client: tuple[str, str],
    objects: Callable[[Mapping[str, Any]], tuple[ObjectCall, ...]],
) -> Event:
    """The event of a platform whose gateway has ``httpMethod`` and ``path``, and whose buckets write ``Records``.

    query: the member with the parameters. client: where the client's address stands, a member in a member. objects:
    what a bucket's event names.

    Raises:
        MalformedRequestError: It is none of these forms.
    """
    members = json_object(payload, "event")
    if "httpMethod" in members:
        around, name = client
        return gateway_event(
            members,
            method=text(members, "httpMethod"),
            path=text(members, "path"),
            query=members_of(members, query),
            client=text(members_of(members, around), name),
        )
    if "Records" in members:
        return Event("store", objects(members))
    return native_event(payload, members)


def gateway_event(
    members: Mapping[str, Any], *, method: str, path: str, query: Mapping[str, Any], client: str
) -> Event:
    """The event of a gateway, with the members that all of them name alike: headers, body, isBase64Encoded.

    Raises:
        MalformedRequestError: One of them is not what it should be.
    """
    if not path.startswith("/"):
        raise MalformedRequestError("the event's path does not begin with /")
    headers = [(name, _header(value)) for name, value in members_of(members, "headers").items()]
    if any(map(_is_unwritable, (method, path, client, *(part for header in headers for part in header)))):
        raise MalformedRequestError("the event has characters that no request has")
    try:
        written = urlencode({name: "" if value is None else value for name, value in query.items()}, doseq=True)
    except (TypeError, ValueError) as error:
        raise MalformedRequestError("the event's query is not of strings") from error
    return Event("gateway", HttpCall(method or "GET", path, written, tuple(headers), _body(members), client))


def gateway_reply(reply: HttpReply, headers: tuple[tuple[str, str], ...] = ()) -> HttpReply:
    """*reply* as the JSON that gateways make a response of. headers: of the answer that carries it."""
    told: dict[str, str] = {}
    for name, value in reply.headers:
        told[name] = f"{told[name]}, {value}" if name in told else value
    try:
        body, encoded = reply.body.decode(), False
    except UnicodeDecodeError:
        body, encoded = base64.b64encode(reply.body).decode(), True
    document = {"isBase64Encoded": encoded, "statusCode": reply.status, "headers": told, "body": body}
    kept = [(name, value) for name, value in reply.headers if name.lower() == "x-request-id"]
    return HttpReply(200, (("Content-Type", "application/json"), *kept, *headers), json.dumps(document).encode())


def is_new_object(name: str) -> bool:
    """Whether an event of a bucket with this name tells of an object that has come; without a name it does."""
    return not name or _CREATED in name


def _header(value: object) -> str:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str | int | float) for one in values):
        raise MalformedRequestError("a header of the event is not a string")
    return ",".join(map(str, values))


def _is_unwritable(text: str) -> bool:
    """Whether *text* has line ends or zeros, or the halves of characters that JSON can write and UTF-8 cannot."""
    return any(letter in "\r\n\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _body(members: Mapping[str, Any]) -> bytes:
    body = text(members, "body")
    if str(members.get("isBase64Encoded")).lower() != "true":
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequestError("the event's body is not base64") from error
