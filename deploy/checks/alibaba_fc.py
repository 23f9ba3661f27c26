"""Function Compute 3.0's ``s.yaml``: its props as the requests that the component sends, by the SDK's models."""

import re
from collections.abc import Iterator
from typing import Any

from alibabacloud_fc20230330 import models

from deploy.checks.manifest import Manifest, documents, mismatches
from deploy.checks.sdk_schemas import of_alibaba_model

_TOP = {"edition", "name", "access", "vars", "resources"}
_RESOURCE = {"component", "props"}
# https://github.com/devsapp/fc3/blob/master/src/schema.json: what the component makes of itself where it reads `auto`.
_AUTO = {"logConfig", "nasConfig", "role", "vpcConfig"}
_TRIGGERS = {"http": models.HTTPTriggerConfig, "oss": models.OSSTriggerConfig}
# Ranges that the API's reference states: https://www.alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-createfunction
_FUNCTION = of_alibaba_model(models.CreateFunctionInput)
for _key, _least, _most in (
    ("timeout", 1, 86400),
    ("memorySize", 128, 32768),
    ("instanceConcurrency", 1, 200),
    ("cpu", 0.05, 16),
):
    _FUNCTION["properties"][_key] = {**_FUNCTION["properties"][_key], "minimum": _least, "maximum": _most}


def _judge(text: str) -> list[str]:
    [document] = documents(text)
    complaints = [f"unknown key {key}" for key in document.keys() - _TOP]
    complaints += [
        f"{name} is not among vars" for name in re.findall(r"\$\{vars\.(\w+)\}", text) if name not in document["vars"]
    ]
    for name, resource in document["resources"].items():
        complaints += [f"{name}: unknown key {key}" for key in resource.keys() - _RESOURCE]
        complaints += [] if resource["component"] == "fc3" else [f"{name}: another component than fc3"]
        complaints += [f"{name}: {complaint}" for complaint in _of_props(dict(resource["props"]))]
    return complaints


def _of_props(props: dict[str, Any]) -> Iterator[str]:
    yield from (
        f"{key} is missing" for key in ("region", "functionName", "runtime") if not isinstance(props.get(key), str)
    )
    props.pop("region", None)
    triggers, provision = props.pop("triggers", []), props.pop("provisionConfig", {})
    function = {key: value for key, value in props.items() if not (key in _AUTO and value == "auto")}
    yield from (misfits := mismatches(function, _FUNCTION))
    yield from mismatches(provision, of_alibaba_model(models.PutProvisionConfigInput), "provisionConfig")
    for trigger in triggers:
        # On the wire the configuration is JSON in a string.
        wire = {**trigger, "triggerConfig": ""}
        yield from mismatches(wire, of_alibaba_model(models.CreateTriggerInput), "trigger")
        yield from mismatches(
            trigger["triggerConfig"], of_alibaba_model(_TRIGGERS[trigger["triggerType"]]), "triggerConfig"
        )
    # 1 to 4 GB a vCPU: https://www.alibabacloud.com/help/en/functioncompute/fc/product-overview/instance-types-and-usage-modes
    if not misfits and not 1 <= function["memorySize"] / 1024 / function["cpu"] <= 4:
        yield "a vCPU has 1 to 4 GB"
    if not misfits:
        models.CreateFunctionInput().from_map(function).validate()


MANIFESTS = (
    Manifest(
        "alibaba-fc/s.yaml",
        _judge,
        (
            ("instanceConcurrency: 4", "instanceConcurency: 4"),
            ("memorySize: 2048", "memorySize: '2048'"),
            ("port: 9000", "caPort: 9000"),
            ("httpGetUrl", "httpGetURL"),
            ("preStop:", "prestop:"),
            ("defaultTarget: 1", "minInstances: 1"),
            ("target: 4", "target: four"),
            ("authType: function", "auth: function"),
            ("oss:ObjectCreated:PutObject", "[oss:ObjectCreated:PutObject]"),
            ("prefix: incoming/", "prefx: incoming/"),
            ("sourceArn:", "sourceARN:"),
            ("${vars.image}", "${vars.picture}"),
            ("cpu: 2", "cpu: 0.3"),
        ),
    ),
)
