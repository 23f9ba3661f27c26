"""The wire, pinned file by file: ``goldens/valid`` and ``goldens/invalid``.

A golden holds a request and what must come back; ``"*"`` stands for a value that differs from run to run.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

_GOLDENS = Path(__file__).with_name("goldens")


def _load(kind: str) -> list[Any]:
    return [pytest.param(json.loads(file.read_text()), id=file.stem) for file in sorted((_GOLDENS / kind).iterdir())]


def _body(body: dict[str, Any]) -> bytes | Iterator[bytes]:
    if "base64" in body:
        return base64.b64decode(body["base64"])
    if "json" in body:
        return json.dumps(body["json"]).encode()
    if "repeat" in body:
        content = (body["repeat"][0] * body["repeat"][1]).encode()
        return iter([content]) if body.get("chunked") else content
    return body["text"].encode()


def _send(client: httpx2.Client, request: dict[str, Any]) -> httpx2.Response:
    content = _body(request["body"]) if request["method"] == "POST" else None
    return client.request(request["method"], request["path"], headers=request["headers"], content=content)


def _matches(pattern: object, value: object) -> bool:
    if pattern == "*":
        return value is not None
    if isinstance(pattern, dict):
        same_keys = isinstance(value, dict) and list(pattern) == list(value)
        return same_keys and all(_matches(pattern[key], value[key]) for key in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and len(pattern) == len(value) and all(map(_matches, pattern, value))
    return pattern == value


@pytest.mark.parametrize("golden", _load("invalid"))
def test_bad_input_gets_its_problem_document(null_service: Any, golden: dict[str, Any]) -> None:
    """Each kind of bad input gets its status, its stable code and a detail that states actual > allowed."""
    response = _send(null_service.client, golden["request"])
    expected = golden["response"]
    assert response.status_code == expected["status"]
    assert response.headers["content-type"] == "application/problem+json"
    assert response.content.endswith(b"}\n")
    assert {name: response.headers.get(name) for name in expected["headers"]} == expected["headers"]
    assert response.json() == {
        "type": "about:blank",
        "title": expected["problem"]["title"],
        "status": expected["status"],
        "code": expected["problem"]["code"],
        "detail": expected["problem"]["detail"],
        "id": response.headers["x-request-id"],
    }


@pytest.mark.parametrize("golden", _load("valid"))
def test_good_input_gets_its_document(null_service: Any, golden: dict[str, Any]) -> None:
    """Every way to send an image gets the documented members, in the documented order."""
    response = _send(null_service.client, golden["request"])
    assert response.status_code == 200, response.text
    assert _matches(golden["response"], response.json()), response.text
    assert response.content.endswith(b"}\n")
