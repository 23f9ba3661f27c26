"""FunctionGraph: the bodies of the requests that KooCLI sends, by the models of Huawei Cloud's SDK."""

import json
from typing import Any

from huaweicloudsdkfunctiongraph.v2 import model

from deploy.checks.manifest import Judge, Manifest, mismatches
from deploy.checks.sdk_schemas import of_huawei_model

_STRING = {"type": "string"}


def _judge_of(body: Any, path: tuple[str, ...]) -> Judge:
    def judge(text: str) -> list[str]:
        document = json.loads(text)
        schema = {
            "type": "object",
            "properties": {
                "path": {
                    "type": "object",
                    "properties": dict.fromkeys(path, _STRING),
                    "required": list(path),
                    "additionalProperties": False,
                },
                "body": of_huawei_model(body),
            },
            "required": ["path", "body"],
            "additionalProperties": False,
        }
        complaints = mismatches(document, schema)
        # The variables of the environment are JSON in a string, of names to strings.
        variables = json.loads(document.get("body", {}).get("user_data", "{}"))
        return complaints + mismatches(variables, {"type": "object", "additionalProperties": _STRING}, "user_data")

    return judge


MANIFESTS = (
    Manifest(
        "huawei-functiongraph/create-function.json",
        _judge_of(model.CreateFunctionRequestBody, ("project_id",)),
        (
            ('"func_name"', '"function_name"'),
            ('"memory_size": 2048', '"memory_size": "2048"'),
            ('"custom_image"', '"image"'),
            ('"enabled": true', '"enabled": "yes"'),
            ('\\"8000\\"', "8000"),
            ('"project_id"', '"project"'),
            ('"enable_lts_log": true', '"enable_lts_log": "true"'),
        ),
    ),
    Manifest(
        "huawei-functiongraph/reserve-instances.json",
        _judge_of(model.UpdateFunctionReservedInstancesCountRequestBody, ("project_id", "function_urn")),
        (
            ('"count": 1', '"count": "1"'),
            ('"idle_mode"', '"idle"'),
            ('"cron_configs"', '"crons"'),
            ('"expired_time"', '"end_time"'),
            ('"function_urn"', '"urn"'),
        ),
    ),
)
