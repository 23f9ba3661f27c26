"""Reads a JSON object that somebody sent, whose size in memory nobody bounds but this."""

import json
from typing import Any

from app.errors import MalformedRequestError

_MOST_VALUES = 65_536
"""An empty object of three bytes becomes one of 72."""


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """The members of *data*. what: the errors' name for it.

    Raises:
        MalformedRequestError: It is no JSON object, or holds too many values.
    """
    values = sum(map(data.count, (b",", b"[", b"{")))
    if values > _MOST_VALUES:
        raise MalformedRequestError(f"{values} values in the JSON of the {what} > {_MOST_VALUES} allowed")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError(f"the {what} is not JSON") from error
    if not isinstance(value, dict):
        raise MalformedRequestError(f"the {what} is not a JSON object")
    return value
