"""Members of an event's JSON, with an error that names the one that is not what it should be."""

from collections.abc import Mapping
from typing import Any

from app.errors import MalformedRequestError


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
