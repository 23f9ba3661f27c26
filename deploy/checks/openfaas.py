"""OpenFaaS's stack file: the keys that faas-cli reads, with the labels and annotations that its documentation lists.

faas-cli itself (a Go program) ignores what it does not know: https://github.com/openfaas/faas-cli/blob/master/stack/schema.go
"""

import re

from deploy.checks.manifest import Manifest, documents, mismatches

_WORDS = {"type": "object", "additionalProperties": {"type": "string"}}
_RESOURCES = {
    "type": "object",
    "properties": {
        "cpu": {"type": "string", "pattern": r"^\d+m?$"},
        "memory": {"type": "string", "pattern": r"^\d+(Mi|Gi|M|G)?$"},
    },
    "additionalProperties": False,
}
_NUMBER = {"type": "string", "pattern": r"^\d+(\.\d+)?$"}
_SWITCH = {"enum": ["true", "false"]}
_DURATION = {"type": "string", "pattern": r"^\d+(s|m|h)$"}
# https://docs.openfaas.com/architecture/autoscaling/
_LABELS = {
    "com.openfaas.scale.min": _NUMBER,
    "com.openfaas.scale.max": _NUMBER,
    "com.openfaas.scale.target": _NUMBER,
    "com.openfaas.scale.target-proportion": _NUMBER,
    "com.openfaas.scale.type": {"enum": ["rps", "capacity", "cpu"]},
    "com.openfaas.scale.zero": _SWITCH,
    "com.openfaas.scale.zero-duration": _DURATION,
}
# https://docs.openfaas.com/reference/workloads/
_ANNOTATIONS = {
    "com.openfaas.health.http.path": {"type": "string", "pattern": "^/"},
    "com.openfaas.health.http.initialDelay": _DURATION,
    "com.openfaas.health.http.periodSeconds": _DURATION,
    "com.openfaas.ready.http.path": {"type": "string", "pattern": "^/"},
}
_FUNCTION = {
    "type": "object",
    "properties": {
        "image": {"type": "string"},
        "skip_build": {"const": True},
        "environment": _WORDS,
        "secrets": {"type": "array", "items": {"type": "string"}},
        "constraints": {"type": "array", "items": {"type": "string"}},
        "labels": {"type": "object", "properties": _LABELS, "additionalProperties": False},
        "annotations": {"type": "object", "properties": _ANNOTATIONS, "additionalProperties": False},
        "readonly_root_filesystem": {"type": "boolean"},
        "namespace": {"type": "string"},
        "requests": _RESOURCES,
        "limits": _RESOURCES,
    },
    "required": ["image", "skip_build"],
    "additionalProperties": False,
}
_STACK = {
    "type": "object",
    "properties": {
        "version": {"const": 1.0},
        "provider": {
            "type": "object",
            "properties": {"name": {"const": "openfaas"}, "gateway": {"type": "string"}},
            "required": ["name"],
            "additionalProperties": False,
        },
        "functions": {
            "type": "object",
            "patternProperties": {"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$": _FUNCTION},
            "additionalProperties": False,
        },
    },
    "required": ["provider", "functions"],
    "additionalProperties": False,
}


def _judge(text: str) -> list[str]:
    # As faas-cli substitutes: https://docs.openfaas.com/reference/yaml/#yaml-environment-variable-substitution
    [document] = documents(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    return mismatches(document, _STACK)


MANIFESTS = (
    Manifest(
        "openfaas/stack.yml",
        _judge,
        (
            ("skip_build: true", "skip_build: 'true'"),
            ("readonly_root_filesystem:", "readOnlyRootFilesystem:"),
            ("com.openfaas.scale.min", "com.openfaas.scale.minimum"),
            ("scale.max: '20'", "scale.max: 20"),
            ("OCR_PLATFORM: openfaas", "OCR_PLATFORM: 1"),
            ("com.openfaas.ready.http.path: /_/ready", "com.openfaas.ready.http.path: _/ready"),
            ("name: openfaas", "name: faas"),
            ("memory: 1Gi", "memory: 1GB"),
        ),
    ),
)
