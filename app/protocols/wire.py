"""What crosses the wire, either way, without a framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.json_object import json_object

_BEGINNING = 64
"""Bytes of a body that are looked at to tell what it is."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form: the name of its field, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class WireRequest:
    """A request as it came: media type in lower case, query, raw body, or else form fields and file parts.

    headers: by their names in lower case. path_values: what stands in the path in the place of its variables.
    """

    media_type: str
    query: Mapping[str, str]
    body: bytes = b""
    form: Mapping[str, str] | None = None
    files: tuple[FilePart, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    path_values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether the body is declared as JSON, or begins as an object of it does, and no file: types are forgotten."""
        declared = self.media_type == "application/json" or self.media_type.endswith("+json")
        return self.form is None and (declared or self.body[:_BEGINNING].lstrip().startswith(b"{"))

    @cached_property
    def members(self) -> dict[str, Any]:
        """The members of the body, a JSON object whatever its declared type; read once for all who ask.

        Raises:
            MalformedRequestError: It is none.
        """
        return json_object(self.body, "body")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. headers: beside the content's type and length."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is not answered. status: HTTP's; code: the stable one of the error; headers: such as Retry-After.

    request_id: the service's name for the request. caller_id: the client's own, where its dialect has one.
    """

    status: int
    title: str
    code: str
    detail: str
    request_id: str
    caller_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
