"""HTTP requests inside events of API Gateway, function URLs and load balancers: see :mod:`app.faas.aws_events`."""

import base64
import string
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import quote

from app.faas.calls import HttpCall, HttpReply
from app.faas.event_json import members_of, text
from app.faas.events import Event, gateway_event

HttpForm = Literal["gateway-1", "gateway-2", "alb", "alb-many"]
"""Payload format 1.0 (REST APIs), 2.0 (HTTP APIs, function URLs); load balancers without and with several values."""

_TEXT = ("text/", "application/json", "application/problem+json", "application/xml", "image/svg")


def decode_http(members: Mapping[str, Any], form: HttpForm) -> Event:
    """The request in an event of that form.

    Raises:
        MalformedRequestError: A member of it is not what it should be.
    """
    match form:
        case "gateway-1":
            return _of_format_1(members)
        case "gateway-2":
            return _of_format_2(members)
        case _:
            return _of_balancer(members)


def encode_http(form: HttpForm, reply: HttpReply) -> dict[str, Any]:
    """*reply* as an event of that form is answered. Bodies that are no text go as base64."""
    body, encoded = _written(reply)
    document = {"statusCode": reply.status, "isBase64Encoded": encoded, "body": body}
    match form:
        case "gateway-1" | "alb-many":
            document["multiValueHeaders"] = _listed(reply.headers)
        case "gateway-2":
            document["headers"] = _joined(header for header in reply.headers if header[0].lower() != "set-cookie")
            cookies = [value for name, value in reply.headers if name.lower() == "set-cookie"]
            document |= {"cookies": cookies} if cookies else {}
        case "alb":
            document["headers"] = _joined(reply.headers)
    if form in {"alb", "alb-many"}:
        document["statusDescription"] = f"{reply.status} {_phrase(reply.status)}"
    return document


def _of_format_1(members: Mapping[str, Any]) -> Event:
    context = members_of(members, "requestContext")
    return gateway_event(
        {**members, "headers": _fuller(members, "multiValueHeaders", "headers")},
        method=text(members, "httpMethod"),
        path=_path_of_resource(members) or _without_stage(text(members, "path"), context),
        query=_fuller(members, "multiValueQueryStringParameters", "queryStringParameters"),
        client=text(members_of(context, "identity"), "sourceIp"),
    )


def _of_format_2(members: Mapping[str, Any]) -> Event:
    context = members_of(members, "requestContext")
    http, headers = members_of(context, "http"), members_of(members, "headers")
    cookies = members.get("cookies")
    if isinstance(cookies, list) and cookies:  # they are in no header
        headers = {**headers, "cookie": "; ".join(map(str, cookies))}
    event = gateway_event(
        {**members, "headers": headers},
        method=text(http, "method"),
        path=_without_stage(text(members, "rawPath"), context),
        query={},
        client=text(http, "sourceIp"),
    )
    return _with_query(event, text(members, "rawQueryString"))


def _of_balancer(members: Mapping[str, Any]) -> Event:
    headers = _fuller(members, "multiValueHeaders", "headers")
    # The balancer adds the address that it saw to what it was sent.
    forwarded = next((value for name, value in headers.items() if name.lower() == "x-forwarded-for"), "")
    forwarded = ",".join(map(str, forwarded)) if isinstance(forwarded, list) else str(forwarded)
    event = gateway_event(
        {**members, "headers": headers},
        method=text(members, "httpMethod"),
        path=text(members, "path"),
        query={},
        client=forwarded.rpartition(",")[2].strip(),
    )
    # As they were on the wire: a balancer does not decode them.
    query = _fuller(members, "multiValueQueryStringParameters", "queryStringParameters")
    pairs = [
        f"{name}={one}" for name, value in query.items() for one in (value if isinstance(value, list) else [value])
    ]
    return _with_query(event, "&".join(pairs))


def _with_query(event: Event, query: str) -> Event:
    assert isinstance(event.wanted, HttpCall)  # noqa: S101 - of gateways there are no others
    written = quote(query, safe=string.punctuation, errors="replace")
    return replace(event, wanted=replace(event.wanted, query=written))


def _path_of_resource(members: Mapping[str, Any]) -> str:
    """The path below the API, from its resource and what stood in the place of each parameter.

    ``path`` has the base path besides that a custom domain maps to the API.
    """
    path = text(members, "resource")
    if not path.startswith("/"):
        return ""
    values = members_of(members, "pathParameters")
    filled = []
    for part in path.split("/"):
        value = values.get(part[1:-1].removesuffix("+")) if part.startswith("{") else part
        if not isinstance(value, str):
            return ""
        filled.append(value)
    return "/".join(filled)


def _without_stage(path: str, context: Mapping[str, Any]) -> str:
    """*path* without the stage that it begins with, unless that is the default one."""
    stage = "/" + text(context, "stage")
    rest = path.removeprefix(stage)
    return (rest or "/") if rest != path and rest[:1] in {"", "/"} else path


def _fuller(members: Mapping[str, Any], lists: str, single: str) -> dict[str, Any]:
    """The member with a list for each name, or where there is none, the one with the last value."""
    return members_of(members, lists) or members_of(members, single)


def _written(reply: HttpReply) -> tuple[str, bool]:
    kind = next((value for name, value in reply.headers if name.lower() == "content-type"), "").lower()
    is_encoded = any(name.lower() == "content-encoding" for name, _ in reply.headers)
    if not is_encoded and (not reply.body or kind.startswith(_TEXT)):
        try:
            return reply.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(reply.body).decode(), True


def _listed(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: ", ".join(values) for name, values in _listed(headers).items()}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # of nginx or of somebody else
        return "Unknown"
