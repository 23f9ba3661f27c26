"""``/openapi.json`` is a valid document, and what the service answers is what it says."""

import base64
import dataclasses
import json
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from app.errors import RequestError
from app.http.openapi import document
from app.http.problems import STATUS
from app.protocols.catalogue import dialects_named
from app.settings import DIALECTS, Settings
from tests import pdf_files
from tests.conftest import Service

SPOKEN = dialects_named(DIALECTS)
DOCUMENT = document(Settings(), SPOKEN)


def schema(name: str, given: dict[str, Any] = DOCUMENT) -> jsonschema.Draft202012Validator:
    """A validator for one of the document's schemas."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": given["components"]}
    return jsonschema.Draft202012Validator(whole)


def response(status: int, kind: str = "application/json") -> jsonschema.Draft202012Validator:
    """A validator for an answer of ``POST /ocr`` of one content type."""
    said = DOCUMENT["paths"]["/ocr"]["post"]["responses"][str(status)]
    return jsonschema.Draft202012Validator(said["content"][kind]["schema"] | {"components": DOCUMENT["components"]})


def test_the_document_is_valid():
    """It is OpenAPI 3.1 by the letter of the specification's own schema."""
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_error_of_a_request_is_documented():
    """Each code stands at its status: an error that is added comes in by itself, but for the one that nobody hears."""
    said = DOCUMENT["paths"]["/ocr"]["post"]["responses"]
    assert "499" not in said
    for code, status in STATUS.items() - {("client_gone", 499)}:
        assert code in said[str(status)]["description"]
    for kind in RequestError.__subclasses__():
        assert kind.code in DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]


def test_limits_are_those_of_the_settings():
    """What the document allows follows the service's own settings."""
    small = document(dataclasses.replace(Settings(), det_max_side=640), SPOKEN)
    parameters = {one["name"]: one["schema"] for one in small["paths"]["/ocr"]["post"]["parameters"]}
    assert parameters["det_max_side"]["maximum"] == 640


def test_the_service_serves_it(null_service: Service):
    """The route answers with the document, and every route in it is there."""
    answer = null_service.client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    served = answer.json()
    assert served == json.loads(json.dumps(document(dataclasses.replace(Settings(), max_images=3), SPOKEN)))
    for path, methods in served["paths"].items():
        known = [p for operation in methods.values() for p in operation.get("parameters", []) if p["in"] == "path"]
        there = path.format_map({parameter["name"]: parameter["example"] for parameter in known})
        assert null_service.client.get(there).status_code == (200 if "get" in methods else 405), path


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/info"])
def test_probes_answer_as_documented(null_service: Service, path: str):
    """The answer of each probe that is JSON fits its schema, and its content type is the one that is named."""
    said = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]
    answer = null_service.client.get(path)
    whole = said[answer.headers["content-type"]]["schema"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer.json())


@pytest.mark.parametrize(
    ("options", "several"), [({}, False), ({"words": "true", "autorotate": "on"}, False), ({"min_score": "0.5"}, True)]
)
def test_results_fit_their_schema(null_service: Service, image, *, options, several):
    """One image's result and several ones', words and an error of one among them included, are as documented."""
    text = base64.b64encode(image("latin.png")).decode()
    body = {"images": [text, "QUJD", text]} if several else {"image": text}
    assert not list(schema("JsonRequest").iter_errors(body | options))
    answer = null_service.client.post("/ocr", json=body | options)
    assert answer.status_code == 200
    response(200).validate(answer.json())
    assert schema("Results" if several else "Result").is_valid(answer.json())


@pytest.mark.parametrize("several", [False, True])
def test_lines_of_an_answer_by_pages_fit_their_schema(null_service: Service, image, *, several):
    """Every line, errors and totals included; and with pictures, or where the lines come from, where that was asked."""
    text, document = (base64.b64encode(data).decode() for data in (image("latin.png"), pdf_files.painted(1, 2)))
    body = {"images": [text, "QUJD", document]} if several else {"image": document}
    for options in ({}, {"text_layer": "auto"}, {"picture": "true"}):
        assert not list(schema("JsonRequest").iter_errors(body | options))
        answer = null_service.client.post("/ocr", json=body | options, headers={"Accept": "application/x-ndjson"})
        said = response(200, answer.headers["content-type"])
        lines = answer.text.splitlines()
        assert len(lines) == (5 if several else 3)
        for line in lines:
            said.validate(json.loads(line))
    assert not said.is_valid({"error": {"code": "no_such_code", "detail": ""}})


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [
        (b"", {}, 400),
        (b"\x89PNG\r\n\x1a\n", {}, 400),
        (b"x" * 70_000, {}, 413),
        (b"hello", {}, 415),
        (b"hello", {"words": "maybe"}, 422),
    ],
)
def test_problems_fit_their_schema(null_service: Service, content, query, status):
    """Each refusal is a problem whose code is among those of its status."""
    answer = null_service.client.post("/ocr", content=content, params=query)
    assert answer.status_code == status
    said = response(status, answer.headers["content-type"])
    said.validate(answer.json())
    wrong = answer.json() | {"code": "queue_full"}
    assert not said.is_valid(wrong)


@pytest.mark.parametrize(
    "body", [{}, {"image": 1}, {"images": []}, {"image": "", "images": ["QQ=="]}, {"image": "QQ==", "nonsense": 1}]
)
def test_what_is_refused_is_not_documented(null_service: Service, body):
    """Bodies that the service refuses as malformed do not fit the schema of a request either."""
    assert not schema("JsonRequest").is_valid(body)
    assert null_service.client.post("/ocr", json=body).status_code in {400, 422}
