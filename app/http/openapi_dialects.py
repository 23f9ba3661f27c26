"""What the OpenAPI document says of dialects, made of the types that parse their requests and write their answers."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from app.http.openapi_schemas import Schema
from app.protocols.dialect import Description, Dialect, Document

_VARIABLE = re.compile(r"<(\w+)>")
_TEMPLATE = "#/components/schemas/{name}"
_JSON = "application/json"

Problems = Callable[[Any], dict[str, Any]]
"""The responses of an operation that are errors, by the type of their bodies."""


def component_schemas(dialects: Sequence[Dialect[Any]]) -> dict[str, Schema]:
    """Every named type of *dialects*, by its name."""
    return _schemas([shape for dialect in dialects for shape in _shapes(dialect)])[1]


def type_schemas(shapes: Sequence[Any]) -> list[Schema]:
    """A reference, or what else stands for it, to each of *shapes*."""
    return _schemas(shapes)[0]


def openapi_path(rule: str) -> str:
    """A path in Flask's notation as OpenAPI writes it."""
    return _VARIABLE.sub(r"{\1}", rule)


def path_parameters(rule: str, examples: Mapping[str, str]) -> list[dict[str, Any]]:
    """The variables of a path, with *examples* of their values."""
    text = {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": text, "example": examples[name]}
        for name in _VARIABLE.findall(rule)
    ]


def request_content(dialect: Dialect[Any]) -> dict[str, Any]:
    """The bodies that *dialect* reads, by media type, with an example that works as it stands."""
    description = described(dialect)
    (schema,) = type_schemas([description.request])
    example = {"summary": description.summary, "value": dict(description.example)}
    return {kind: {"schema": schema, "examples": {dialect.name: example}} for kind in description.media_types}


def answer_schema(dialect: Dialect[Any]) -> Schema:
    """What *dialect* answers a request that was read."""
    (schema,) = type_schemas([described(dialect).answer])
    return schema


def described(dialect: Dialect[Any]) -> Description:
    """What *dialect* says of itself; the native one is described elsewhere."""
    assert dialect.description is not None  # noqa: S101
    return dialect.description


def recognition(path: str, dialect: Dialect[Any], problems: Problems) -> dict[str, Any]:
    """The operation of a path that *dialect* has for itself."""
    good = {"description": "The text.", "content": {_JSON: {"schema": answer_schema(dialect)}}}
    return {
        "operationId": _operation_id(dialect, path),
        "summary": described(dialect).summary,
        "tags": [dialect.name],
        "parameters": path_parameters(path, dialect.path_values),
        "requestBody": {"required": True, "content": request_content(dialect)},
        "responses": {"200": good, **problems(described(dialect).failure)},
    }


def enquiry(dialect: Dialect[Any], document: Document, problems: Problems) -> dict[str, Any]:
    """The operation of one of *dialect*'s documents."""
    good: dict[str, Any] = {"description": document.summary}
    if document.shape is not None:
        (schema,) = type_schemas([document.shape])
        good["content"] = {_JSON: {"schema": schema}}
    return {
        "operationId": _operation_id(dialect, document.path),
        "summary": document.summary,
        "tags": [dialect.name],
        "parameters": path_parameters(document.path, dialect.path_values),
        "responses": {"200": good, **problems(document.failure)},
    }


def _operation_id(dialect: Dialect[Any], path: str) -> str:
    return re.sub(r"\W+", "_", f"{dialect.name}{path}").strip("_")


def _shapes(dialect: Dialect[Any]) -> list[Any]:
    shapes = [shape for document in dialect.documents for shape in (document.shape, document.failure)]
    if dialect.description:
        shapes += [dialect.description.request, dialect.description.answer, dialect.description.failure]
    return [shape for shape in shapes if shape is not None]


def _schemas(shapes: Sequence[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_TEMPLATE)
    return list(schemas), components
