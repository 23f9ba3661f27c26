"""SCF's ``serverless.yml``: the component's inputs turned into the requests that it sends, by the SDK's models.

Which input becomes which field is what the component's toolkit does: npm ``tencent-component-toolkit``, ``scf``.
"""

from typing import Any

from tencentcloud.scf.v20180416 import models

from deploy.checks.manifest import Manifest, documents, mismatches
from deploy.checks.sdk_schemas import of_tencent_model

_TOP = {"component", "name", "app", "stage", "inputs"}
_FIELDS = {
    "name": "FunctionName",
    "description": "Description",
    "memorySize": "MemorySize",
    "timeout": "Timeout",
    "initTimeout": "InitTimeout",
}
_IMAGE = {
    "imageType": "ImageType",
    "imageUrl": "ImageUri",
    "registryId": "RegistryId",
    "command": "Command",
    "args": "Args",
}
_CLS = {"logsetId": "ClsLogsetId", "topicId": "ClsTopicId"}
_TYPES = {"web": "HTTP", "event": "Event"}
_OTHERS = {
    "region",
    "type",
    "image",
    "environment",
    "instanceConcurrencyConfig",
    "cls",
    "provisionedNum",
    "publicAccess",
    "events",
}
# A function URL: https://cloud.tencent.com/document/product/1154/43228
_HTTP_TRIGGER = {
    "type": "object",
    "properties": {
        "qualifier": {"type": "string"},
        "authType": {"enum": ["NONE", "CAM"]},
        "netConfig": {
            "type": "object",
            "properties": {"enableIntranet": {"type": "boolean"}, "enableExtranet": {"type": "boolean"}},
            "additionalProperties": False,
        },
    },
    "required": ["netConfig"],
    "additionalProperties": False,
}
_CONCURRENCY = {
    "type": "object",
    "properties": {
        "enable": {"type": "boolean"},
        "dynamicEnabled": {"type": "boolean"},
        "maxConcurrency": {"type": "integer", "minimum": 2, "maximum": 100},
    },
    "additionalProperties": False,
}

# https://www.tencentcloud.com/document/product/583/11637
_FUNCTION = of_tencent_model(models.CreateFunctionRequest)
_FUNCTION["properties"]["MemorySize"] = {"enum": [64, *range(128, 3073, 128)]}
_FUNCTION["properties"]["Timeout"] = {"type": "integer", "minimum": 1, "maximum": 900}


def _judge(text: str) -> list[str]:
    [document] = documents(text)
    inputs = document.get("inputs", {})
    complaints = [f"unknown key {key}" for key in document.keys() - _TOP]
    complaints += [f"unknown input {key}" for key in inputs.keys() - _FIELDS.keys() - _OTHERS]
    complaints += [] if document.get("component") == "scf" else ["another component than scf"]
    complaints += mismatches(_request(inputs), _FUNCTION)
    complaints += mismatches(inputs.get("instanceConcurrencyConfig", {}), _CONCURRENCY, "instanceConcurrencyConfig")
    provision = {
        "FunctionName": inputs.get("name"),
        "Qualifier": "1",
        "VersionProvisionedConcurrencyNum": inputs.get("provisionedNum"),
    }
    complaints += mismatches(
        provision, of_tencent_model(models.PutProvisionedConcurrencyConfigRequest), "provisionedNum"
    )
    for event in inputs.get("events", []):
        complaints += [f"unknown event {key}" for key in event.keys() - {"http"}]
        complaints += mismatches(event.get("http", {}).get("parameters"), _HTTP_TRIGGER, "http")
    return complaints


def _request(inputs: dict[str, Any]) -> dict[str, Any]:
    """The request CreateFunction; a key that has no place in it is left as it is, so that the model refuses it."""
    variables = inputs.get("environment", {}).get("variables", {})
    request = {field: inputs[key] for key, field in _FIELDS.items() if key in inputs}
    request |= {_CLS.get(key, key): value for key, value in inputs.get("cls", {}).items()}
    request["Type"] = _TYPES.get(inputs.get("type", "event"))
    request["Code"] = {"ImageConfig": {_IMAGE.get(key, key): value for key, value in inputs.get("image", {}).items()}}
    request["Environment"] = {"Variables": [{"Key": key, "Value": value} for key, value in variables.items()]}
    request["PublicNetConfig"] = {
        "PublicNetStatus": {True: "ENABLE", False: "DISABLE"}.get(inputs.get("publicAccess", True))
    }
    return request


MANIFESTS = (
    Manifest(
        "tencent-scf/serverless.yml",
        _judge,
        (
            ("memorySize: 2048", "memorysize: 2048"),
            ("memorySize: 2048", "memorySize: 2000"),
            ("imageUrl:", "imageUri_:"),
            ("type: web", "type: http"),
            ("OCR_MEMORY_BYTES: '2147483648'", "OCR_MEMORY_BYTES: 2147483648"),
            ("maxConcurrency: 4", "maxConcurrency: four"),
            ("provisionedNum: 2", "provisionedNum: two"),
            ("authType: NONE", "authType: none"),
            ("initTimeout: 90", "initTimeout: 90s"),
            ("topicId:", "topic:"),
        ),
    ),
)
