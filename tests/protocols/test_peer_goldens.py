"""The wire of the dialects that are spoken as documented, pinned file by file: ``goldens/<dialect>/{valid,invalid}``.

A golden holds a request and what must come back; ``*`` in a text stands for what differs from run to run.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.http.openapi import document
from app.protocols.catalogue import dialects_named
from app.settings import DIALECTS, Settings
from tests.protocols.golden_requests import matches, send

_GOLDENS = Path(__file__).with_name("goldens")
_DIALECTS = ("rapidocr", "paddlehub", "paddle-serving", "umi-ocr")
_DESCRIBED = document(Settings(), dialects_named(DIALECTS))


def _load(kind: str) -> list[Any]:
    return [
        pytest.param(json.loads(file.read_text(encoding="utf-8")), id=f"{dialect}-{file.stem}")
        for dialect in _DIALECTS
        for file in sorted((_GOLDENS / dialect / kind).iterdir())
    ]


def _described_answer(request: dict[str, Any], status: int, media_type: str) -> Any:
    """The schema that the API's description has for an answer."""
    operation = _DESCRIBED["paths"][request["path"].partition("?")[0]][request["method"].lower()]
    schema = operation["responses"][str(status)]["content"][media_type]["schema"]
    return jsonschema.Draft202012Validator(schema | {"components": _DESCRIBED["components"]})


@pytest.mark.parametrize("golden", [*_load("valid"), *_load("invalid")])
def test_each_request_gets_its_answer(null_service: Any, golden: dict[str, Any]) -> None:
    """Status, type and members in their order are the dialect's own, and fit the API's description; it is a line."""
    response = send(null_service.client, golden["request"])
    expected = golden["response"]
    assert (response.status_code, response.headers["content-type"]) == (expected["status"], expected["media_type"])
    assert matches(expected["body"], response.json()), response.text
    assert response.content.endswith(b"}\n")
    _described_answer(golden["request"], response.status_code, expected["media_type"]).validate(response.json())


@pytest.mark.parametrize("kind", ["valid", "invalid"])
def test_goldens_lie_where_they_belong(kind: str) -> None:
    """What is answered well is valid, and nothing else."""
    for case in _load(kind):
        (golden,) = case.values
        assert (golden["response"]["status"] == 200) == (kind == "valid"), case.id


@pytest.mark.parametrize("golden", _load("valid"))
def test_good_requests_fit_the_description(golden: dict[str, Any]) -> None:
    """A JSON body that is read well is one that the API's description allows."""
    request = golden["request"]
    if "json" in request.get("body", {}):
        operation = _DESCRIBED["paths"][request["path"]]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        validator = jsonschema.Draft202012Validator(schema | {"components": _DESCRIBED["components"]})
        validator.validate(request["body"]["json"])
