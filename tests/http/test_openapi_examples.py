"""Every example in ``/openapi.json`` works as it stands, and is answered as the document says."""

from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema
import pytest

from app.http.openapi import document
from app.protocols.catalogue import dialects_named
from app.protocols.example_image import EXAMPLE_TEXT
from app.settings import DIALECTS, Settings
from tests.conftest import Service

DOCUMENT = document(Settings(), dialects_named(DIALECTS))


def _examples() -> Iterator[Any]:
    for path, operations in DOCUMENT["paths"].items():
        bodies = operations.get("post", {}).get("requestBody", {}).get("content", {})
        for media_type, content in bodies.items():
            for name, example in content.get("examples", {}).items():
                case = (path, media_type, example["value"])
                yield pytest.param(*case, id=f"{name} {path} {media_type}")


EXAMPLES = list(_examples())


def _send(client: httpx2.Client, path: str, media_type: str, value: Any) -> httpx2.Response:
    path = path.format(model="ocr", version="1")
    if media_type == "application/json":
        return client.post(path, json=value)
    fields = {name: str(given).lower() if isinstance(given, bool) else given for name, given in value.items()}
    if media_type == "application/x-www-form-urlencoded":
        return client.post(path, data=fields)
    return client.post(path, files={name: (None, text) for name, text in fields.items()})


def test_every_dialect_has_an_example():
    """Whoever reads the document finds a body for each dialect, the service's own included."""
    named = {name for path in DOCUMENT["paths"].values() for name in _names(path)}
    assert named >= {*DIALECTS, "native"}


def _names(operations: dict[str, Any]) -> set[str]:
    bodies = operations.get("post", {}).get("requestBody", {}).get("content", {})
    return {name for content in bodies.values() for name in content.get("examples", {})}


@pytest.mark.parametrize(("path", "media_type", "value"), EXAMPLES)
def test_an_example_is_answered_as_documented(small_service: Service, path: str, media_type: str, value: Any):
    """The text of its picture is read, the answer fits its schema, and the example fits that of the request."""
    operation = DOCUMENT["paths"][path]["post"]
    components = {"components": DOCUMENT["components"]}
    wanted = operation["requestBody"]["content"][media_type]["schema"] | components
    jsonschema.Draft202012Validator(wanted).validate(value)
    answer = _send(small_service.client, path, media_type, value)
    assert answer.status_code == 200, answer.text
    assert (EXAMPLE_TEXT in answer.text) is ("ocr_det" not in path)  # which only finds where it stands
    said = operation["responses"]["200"]["content"][answer.headers["content-type"]]["schema"] | components
    jsonschema.Draft202012Validator(said).validate(answer.json())
