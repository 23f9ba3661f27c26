"""``GET /openapi.json``: the contract as an OpenAPI 3.1 document, made of the code that keeps it where that can be."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from flask import Blueprint, Response

from app.http.docs_routes import docs_blueprint
from app.http.ocr_routes import by_path
from app.http.openapi_dialects import (
    answer_schema,
    component_schemas,
    described,
    enquiry,
    openapi_path,
    recognition,
    request_content,
    type_schemas,
)
from app.http.openapi_schemas import Schema, answer_schemas, options, reference, request_schemas
from app.http.problems import STATUS, title
from app.metrics.exposition import TEXT_FORMATS
from app.protocols.dialect import Dialect
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.formats import FORMATS, JSON, NDJSON
from app.protocols.native import NATIVE
from app.settings import Settings
from app.version import VERSION

_OF_HTTP = {"not_found": 404, "method_not_allowed": 405, "bad_request": 400}
"""Codes that come of the protocol and of no error of ours, with their statuses."""

_OF_ANY_ROUTE = (401, 429)
_HEARD = tuple(code for code in STATUS if code != "client_gone")
_OF_PROBES = ("draining", "engine_error", "not_ready")
_TEXT: dict[str, Any] = {"schema": {"type": "string"}}
_HTML: dict[str, Any] = {"text/html": _TEXT}
_EXAMPLE = {"summary": "A small picture of a line of text.", "value": {"image": EXAMPLE_IMAGE, "words": True}}
_IMAGES = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/bmp",
    "image/gif",
    "image/tiff",
    "application/pdf",
    "application/octet-stream",
)


def openapi_blueprint(settings: Settings, dialects: Sequence[Dialect[Any]]) -> Blueprint:
    """The document's route, made when it is asked for first, and those of the page that shows it."""
    routes = Blueprint("openapi", __name__)
    routes.register_blueprint(docs_blueprint())
    body = cache(lambda: json.dumps(document(settings, dialects)) + "\n")

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return Response(body(), mimetype="application/json")

    return routes


def document(settings: Settings, dialects: Sequence[Dialect[Any]]) -> dict[str, Any]:
    """The OpenAPI document of a service with these settings, which speaks *dialects*."""
    sharing, metrics = by_path(dialects), {each.content_type: _TEXT for each in TEXT_FORMATS.values()}
    peers = [dialect for dialect in sharing.pop("/ocr") if dialect.description]
    own = {openapi_path(path): {"post": recognition(path, dialect, _failures)} for path, (dialect,) in sharing.items()}
    for dialect in dialects:
        for one in dialect.documents:
            own.setdefault(openapi_path(one.path), {})["get"] = enquiry(dialect, one, _refusals)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PP-OCR",
            "version": VERSION,
            "summary": "Text with boxes and scores from images.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],
        "paths": {
            "/ocr": {"post": _ocr(settings, peers)},
            "/": {"get": _get("The page on which people have pictures read.", _HTML)},
            "/healthz": {"get": _probe("Whether the process lives.", _json("Status"))},
            "/readyz": {"get": _probe("Whether it takes requests.", _json("Status"))},
            "/metrics": {"get": _get("Metrics for Prometheus.", metrics)},
            "/info": {"get": _get("Model, engine, limits and memory.", _json("Info"))},
            "/openapi.json": {"get": _get("This document.", {"application/json": {"schema": {"type": "object"}}})},
            "/docs": {"get": _get("This document as a page.", _HTML)},
            **own,
        },
        "components": {
            "schemas": request_schemas(settings.det_max_side, settings.max_images)
            | answer_schemas([*STATUS, *_OF_HTTP])
            | component_schemas(dialects),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Where the service has keys."},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same keys."},
            },
        },
        "security": [{}, {"bearer": []}, {"key": []}],
    }


def _ocr(settings: Settings, peers: Sequence[Dialect[Any]]) -> dict[str, Any]:
    raw = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _IMAGES}
    listed = {"file": {"style": "form", "explode": True}, "image": {"style": "form", "explode": True}}
    bodies: dict[str, Any] = {
        **raw,
        "multipart/form-data": {"schema": reference("FormRequest"), "encoding": listed},
        "application/json": {"schema": reference("JsonRequest"), "examples": {NATIVE.name: _EXAMPLE}},
    }
    answers = [reference("Result"), reference("Results")]
    for dialect in peers:
        answers.append(answer_schema(dialect))
        for kind, content in request_content(dialect).items():
            bodies[kind] = _either(bodies.get(kind, {}), content)
    return {
        "operationId": "recognise",
        "summary": "Recognise the text of one or several images or documents.",
        "description": "The format is told by the first bytes; the declared type is only a hint. One bad image of "
        "several is its result's error, not the request's. Options may be given once, wherever.",
        "parameters": [
            {"name": name, "in": "query", "schema": schema, "description": schema["description"]}
            for name, schema in options(settings.det_max_side).items()
        ],
        "requestBody": {
            "required": True,
            "content": bodies,
        },
        "responses": {
            "200": {
                "description": "The text.",
                "headers": _headers()
                | {
                    "Server-Timing": _header("Milliseconds by stage."),
                    "X-Truncated": _header("There, and true, where there were more pages or frames than were read."),
                },
                "content": {"application/json": {"schema": {"anyOf": answers}}, **_other_formats()},
            },
            **_problems(_HEARD, type_schemas([described(dialect).failure for dialect in peers])),
        },
    }


def _other_formats() -> dict[str, Any]:
    """The bodies of a 200 that are not one JSON document."""
    others = {
        media_type: {"schema": {"type": "string"} if each.is_text else {"type": "string", "format": "binary"}}
        for each in FORMATS.values()
        if each.name not in {JSON.name, NDJSON.name}
        for media_type in each.media_types
    }
    return others | {NDJSON.media_types[0]: {"schema": reference("StreamLine")}}


def _either(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A body that may be *one* or the *other*."""
    if not one:
        return dict(other)
    schemas = [*one["schema"].get("anyOf", [one["schema"]]), other["schema"]]
    return {**one, "schema": {"anyOf": schemas}, "examples": one.get("examples", {}) | other["examples"]}


def _failures(shape: Any) -> dict[str, Any]:
    """The errors of a request in another dialect."""
    return _problems(_HEARD, type_schemas([shape]), native=False)


def _refusals(shape: Any) -> dict[str, Any]:
    """The errors of a dialect's document."""
    codes = [code for code, status in STATUS.items() if status in _OF_ANY_ROUTE]
    return _problems([*codes, *_OF_PROBES, "not_found", "internal_error"], type_schemas([shape]), native=False)


def _get(summary: str, content: Mapping[str, Any]) -> dict[str, Any]:
    everywhere = [code for code, status in STATUS.items() if status in _OF_ANY_ROUTE]
    good = {"description": summary, "headers": _headers(), "content": dict(content)}
    return {"summary": summary, "responses": {"200": good, **_problems([*everywhere, "internal_error"])}}


def _probe(summary: str, content: Mapping[str, Any]) -> dict[str, Any]:
    operation = _get(summary, content)
    operation["responses"] |= _problems(_OF_PROBES)
    return operation


def _problems(codes: Iterable[str], peers: Sequence[Schema] = (), *, native: bool = True) -> dict[str, Any]:
    """A response for each status that the errors of these codes have: problem documents, or what *peers* hear."""
    by_status = defaultdict(list)
    for code in codes:
        by_status[(STATUS | _OF_HTTP)[code]].append(code)
    return {
        str(status): _problem(status, sorted(by_status[status]), peers, native=native) for status in sorted(by_status)
    }


def _problem(status: int, codes: list[str], peers: Sequence[Schema], *, native: bool) -> Schema:
    headers = _headers()
    if status in {429, 503}:
        headers["Retry-After"] = _header("Seconds after which to try again.")
    only = {"type": "object", "properties": {"code": {"enum": codes}, "status": {"const": status}}}
    content: Schema = {"application/json": {"schema": {"anyOf": list(peers)}}} if peers else {}
    if native:
        content["application/problem+json"] = {"schema": {"allOf": [reference("Problem"), only]}}
    return {"description": f"{title(status)}: {', '.join(codes)}.", "headers": headers, "content": content}


def _headers() -> dict[str, Any]:
    return {"X-Request-Id": _header("The request's, or one made up; also in the log.")}


def _header(about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "string"}}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": reference(name)}}
