"""Requests of goldens as they are sent, and patterns that answers are held against."""

import base64
import json
import re
from typing import Any

import httpx2

_BOUNDARY = "golden"


def send(client: httpx2.Client, request: dict[str, Any]) -> httpx2.Response:
    """Send a golden's *request*, which may declare no type of its body."""
    content, media_type = _body(request["body"]) if "body" in request else (None, "")
    headers = ({"Content-Type": media_type} if media_type else {}) | request["headers"]
    return client.request(request["method"], request["path"], headers=headers, content=content)


def matches(pattern: object, value: object) -> bool:
    """Whether *value* is *pattern*, members in the same order; ``*`` in a text stands for anything but nothing."""
    if pattern == "*":
        return value is not None
    if isinstance(pattern, dict):
        same_keys = isinstance(value, dict) and list(pattern) == list(value)
        return same_keys and all(matches(pattern[key], value[key]) for key in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and len(pattern) == len(value) and all(map(matches, pattern, value))
    if isinstance(pattern, str) and isinstance(value, str):
        return re.fullmatch(".+".join(map(re.escape, pattern.split("*"))), value, re.DOTALL) is not None
    return pattern == value and type(pattern) is type(value)


def _body(body: dict[str, Any]) -> tuple[bytes, str]:
    """The bytes of a golden's body, and the type that goes with them by itself."""
    if "form" in body:
        return _form(body["form"]), f"multipart/form-data; boundary={_BOUNDARY}"
    if "base64" in body:
        return base64.b64decode(body["base64"]), ""
    if "json" in body:
        return json.dumps(body["json"]).encode(), ""
    if "repeat" in body:
        return (body["repeat"][0] * body["repeat"][1]).encode(), ""
    return body["text"].encode(), ""


def _form(fields: list[tuple[str, Any]]) -> bytes:
    """A multipart form of fields, of which an object with ``base64`` is a file."""
    parts = []
    for name, value in fields:
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, str):
            parts += [f"{head}\r\n\r\n".encode(), value.encode(), b"\r\n"]
        else:
            file = f'{head}; filename="picture.png"\r\nContent-Type: application/octet-stream\r\n\r\n'
            parts += [file.encode(), base64.b64decode(value["base64"]), b"\r\n"]
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
