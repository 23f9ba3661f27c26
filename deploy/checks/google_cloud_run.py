"""Cloud Run's service: against the discovery document of its API, annotations included."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from deploy.checks.manifest import Manifest, documents, mismatches


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    """The API's types as JSON schemas that know no other keys."""
    document = files("googleapiclient.discovery_cache.documents") / "run.v1.json"
    schemas: dict[str, dict[str, Any]] = json.loads(document.read_text(encoding="utf-8"))["schemas"]
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return schemas


def _schema() -> dict[str, Any]:
    # A discovery document refers by a bare name.
    text = re.sub(r'"\$ref": "(\w+)"', r'"$ref": "#/definitions/\1"', json.dumps(_schemas()))
    return {"$ref": "#/definitions/Service", "definitions": json.loads(text)}


def _annotations() -> dict[str, set[str]]:
    """What each annotation may stand on, as the document's prose lists it."""
    prose = _schemas()["ObjectMeta"]["properties"]["annotations"]["description"]
    return {
        name: set(kinds.split(", ")) for name, kinds in re.findall(r"\* `([\w./-]+)`: ([\w, ]+?)[.,](?: |$)", prose)
    }


def _judge(text: str) -> list[str]:
    [service] = documents(text)
    complaints = mismatches(service, _schema())
    known = _annotations()
    for kind, metadata in (("Service", service["metadata"]), ("Revision", service["spec"]["template"]["metadata"])):
        for name in metadata.get("annotations", {}):
            complaints += [] if kind in known.get(name, ()) else [f"{name} is no annotation of a {kind}"]
    return complaints


MANIFESTS = (
    Manifest(
        "google-cloud-run/service.yaml",
        _judge,
        (
            ("containerConcurrency: 4", "concurrency: 4"),
            ("containerConcurrency: 4", "containerConcurrency: four"),
            ("startupProbe:", "startProbe:"),
            ("failureThreshold: 120", "failureThreshold: 2m"),
            ("run.googleapis.com/startup-cpu-boost", "run.googleapis.com/cpu-boost"),
            ("autoscaling.knative.dev/maxScale", "run.googleapis.com/minScale"),
            ("cpu-throttling: 'true'", "cpu-throttling: true"),
            ("value: '8'", "value: 8"),
            ("percent: 100", "weight: 100"),
        ),
    ),
)
