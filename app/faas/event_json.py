"""Reads the JSON of events: bounded, and with an error that names the member that is not what it should be."""

import json
from collections.abc import Mapping
from typing import Any

from app.errors import MalformedRequestError

_MOST_VALUES = 65_536
"""As many as a JSON request may hold: an empty object of three bytes becomes one of 72."""


def event_object(payload: bytes) -> dict[str, Any]:
    """The members of the event *payload*.

    Raises:
        MalformedRequestError: It is no JSON object.
    """
    values = sum(map(payload.count, (b",", b"[", b"{")))
    if values > _MOST_VALUES:
        raise MalformedRequestError(f"{values} values in the event > {_MOST_VALUES} allowed")
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("the event is not JSON") from error
    if not isinstance(value, dict):
        raise MalformedRequestError("the event is not a JSON object")
    return value


def text(members: Mapping[str, Any], name: str) -> str:
    """The string *name* of *members*; empty where it is not there or null.

    Raises:
        MalformedRequestError: It is something else.
    """
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedRequestError(f"the event's {name} is not a string")
    return value


def whole_number(members: Mapping[str, Any], name: str) -> int | None:
    """The whole number *name* of *members*, where it is one; of a size nothing else depends."""
    value = members.get(name)
    return value if type(value) is int else None


def members_of(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object *name* of *members*; empty where it is not there or null.

    Raises:
        MalformedRequestError: It is something else.
    """
    value = members.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedRequestError(f"the event's {name} is not an object")
    return value


def objects_of(members: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The list *name* of *members*, of objects.

    Raises:
        MalformedRequestError: It is none, or holds something else.
    """
    value = members.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedRequestError(f"the event's {name} is not a list of objects")
    return value
