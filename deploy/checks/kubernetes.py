"""Kubernetes: objects against the published schemas, those of KEDA and of the Prometheus operator against their types.

Kustomizations against their files.
"""

from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject
from cloudcoil.models.prometheus_operator.v1 import PodMonitor

from deploy.checks.manifest import ROOT, Manifest, documents, mismatches
from deploy.checks.sdk_schemas import of_pydantic_model

_KINDS = ({"apiVersion": "v1beta1", "kind": "Kustomization"}, {"apiVersion": "v1alpha1", "kind": "Component"})
_KUSTOMIZATION = {
    "type": "object",
    "oneOf": [
        {
            "properties": {
                "apiVersion": {"const": f"kustomize.config.k8s.io/{each['apiVersion']}"},
                "kind": {"const": each["kind"]},
            }
        }
        for each in _KINDS
    ],
    "properties": {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "resources": {"type": "array", "items": {"type": "string"}},
        "patches": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}},
                "required": ["path"],
                "additionalProperties": False,
            },
        },
        "images": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {key: {"type": "string"} for key in ("name", "newName", "newTag", "digest")},
                "required": ["name"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["apiVersion", "kind", "resources"],
    "additionalProperties": False,
}
"""https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/: as much of it as is used here."""

# https://keda.sh/docs/latest/scalers/prometheus/ and .../cpu/: only its scaler reads a trigger's metadata.
_TRIGGERS = {
    "prometheus": {
        "serverAddress",
        "query",
        "threshold",
        "activationThreshold",
        "ignoreNullValues",
        "namespace",
        "timeout",
    },
    "cpu": {"value", "containerName", "activationValue"},
}


def _judge(text: str) -> list[str]:
    complaints = []
    for document in documents(text):
        try:
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            complaints.append(f"{'.'.join(map(str, error.path))}: {error.message[:300]}")
        except kubernetes_validate.SchemaNotFoundError as error:
            complaints.append(str(error))
    return complaints


def _judge_patch(text: str) -> list[str]:
    """A patch of the base's Deployment: what the two come to, which has the same name and no container more."""
    [patch] = documents(text)
    [base] = documents((ROOT / "kubernetes/base/deployment.yaml").read_text(encoding="utf-8"))
    patched = _merged(base, patch)
    before, after = map(_names, (base, patched))
    complaints = [] if before == after else [f"of {after} there is only {before} to patch"]
    return complaints + _judge(yaml.safe_dump(patched))


def _names(deployment: Any) -> list[str]:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return [deployment["kind"], deployment["metadata"]["name"], *(container["name"] for container in containers)]


def _merged(base: Any, patch: Any) -> Any:
    """*base* with *patch* laid over it: mappings key by key, lists of named members member by member."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return base | {key: _merged(base.get(key), value) for key, value in patch.items()}
    if isinstance(base, list) and isinstance(patch, list):
        before, after = ({member["name"]: member for member in members} for members in (base, patch))
        return list(_merged(before, after).values())
    return patch


def _judge_scaled_object(text: str) -> list[str]:
    [document] = documents(text)
    complaints = mismatches(document, of_pydantic_model(ScaledObject))
    identity = (document.get("apiVersion"), document.get("kind"))
    complaints += [] if identity == ("keda.sh/v1alpha1", "ScaledObject") else ["it is no ScaledObject"]
    for trigger in document["spec"]["triggers"]:
        complaints += _of_trigger(trigger)
    return complaints


def _of_trigger(trigger: dict[str, Any]) -> list[str]:
    known = _TRIGGERS.get(trigger["type"], set())
    return [f"{trigger['type']}: unknown metadata {key}" for key in trigger["metadata"].keys() - known]


def _judge_pod_monitor(text: str) -> list[str]:
    [document] = documents(text)
    complaints = mismatches(document, of_pydantic_model(PodMonitor))
    identity = (document.get("apiVersion"), document.get("kind"))
    return complaints + ([] if identity == ("monitoring.coreos.com/v1", "PodMonitor") else ["it is no PodMonitor"])


def _kustomization(folder: str, *more: tuple[str, str]) -> Manifest:
    def judge(text: str) -> list[str]:
        [document] = documents(text)
        complaints = mismatches(document, _KUSTOMIZATION)
        here = ROOT / folder
        named = [*document.get("resources", []), *(patch["path"] for patch in document.get("patches", []))]
        return complaints + [f"there is no {name}" for name in named if not _there(here / name)]

    return Manifest(
        f"{folder}/kustomization.yaml",
        judge,
        (("resources:", "resource:"), ("  - ", "  - missing-"), ("k8s.io/v1", "k8s.io/v2"), *more),
    )


def _there(path: Path) -> bool:
    return path.is_file() or (path / "kustomization.yaml").is_file()


MANIFESTS = (
    _kustomization("kubernetes/base"),
    _kustomization(
        "kubernetes/grpc",
        ("kind: Component", "kind: Kustomization"),
        ("patches:", "patch:"),
        ("path: ", "path: missing-"),
    ),
    _kustomization("kubernetes/hpa"),
    _kustomization("kubernetes/keda"),
    _kustomization("kubernetes/monitoring"),
    Manifest(
        "kubernetes/base/deployment.yaml",
        _judge,
        (
            ("apiVersion: apps/v1", "apiVersion: apps/v2"),
            ("terminationGracePeriodSeconds: 45", "terminationGracePeriod: 45"),
            ("terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 45s"),
            ("startupProbe:", "startProbe:"),
            ("readOnlyRootFilesystem: true", "readonlyRootFilesystem: true"),
            ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: 'true'"),
            ("seccompProfile:", "seccomp:"),
            ("value: '30'", "value: 30"),
            ("drop: [ALL]", "drop: ALL"),
            ("seconds: 5", "second: 5"),
            ("sizeLimit: 64Mi", "size: 64Mi"),
        ),
    ),
    Manifest(
        "kubernetes/grpc/deployment.yaml",
        _judge_patch,
        (
            ("name: ppocr", "name: another"),
            ("        - name: ppocr", "        - name: another"),
            ("containerPort:", "port:"),
            ("value: '9001'", "value: 9001"),
            ("spec:", "specification:"),
        ),
    ),
    Manifest(
        "kubernetes/grpc/service.yaml",
        _judge,
        (("targetPort:", "target:"), ("appProtocol:", "protocolOfApp:"), ("clusterIP: None", "clusterIP: [None]")),
    ),
    Manifest("kubernetes/base/service.yaml", _judge, (("targetPort:", "target:"), ("port: 80", "port: http"))),
    Manifest(
        "kubernetes/base/disruption-budget.yaml",
        _judge,
        (("maxUnavailable:", "maxUnavailible:"), ("policy/v1", "policy/v1beta1"), ("matchLabels:", "labels:")),
    ),
    Manifest(
        "kubernetes/hpa/autoscaler.yaml",
        _judge,
        (
            ("averageUtilization: 70", "targetAverageUtilization: 70"),
            ("autoscaling/v2", "autoscaling/v2beta2"),
            ("maxReplicas: 20", "maxReplicas: many"),
            ("scaleTargetRef:", "scaleTarget:"),
        ),
    ),
    Manifest(
        "kubernetes/keda/scaled-object.yaml",
        _judge_scaled_object,
        (
            ("minReplicaCount: 2", "minReplicas: 2"),
            ("pollingInterval: 15", "pollingInterval: 15s"),
            ("threshold: '4'", "treshold: '4'"),
            ("threshold: '4'", "threshold: 4"),
            ("metricType: Utilization", "metricType: 70"),
            ("scaleTargetRef:", "scaleTarget:"),
            ("failureThreshold: 4", "failures: 4"),
            ("keda.sh/v1alpha1", "keda.k8s.io/v1alpha1"),
        ),
    ),
    Manifest(
        "kubernetes/monitoring/pod-monitor.yaml",
        _judge_pod_monitor,
        (
            ("monitoring.coreos.com/v1", "monitoring.coreos.com/v2"),
            ("kind: PodMonitor", "kind: ServiceMonitor"),
            ("jobLabel:", "joblabel:"),
            ("podMetricsEndpoints:", "endpoints:"),
            ("port: http", "port: [http]"),
            ("interval: 15s", "intervall: 15s"),
        ),
    ),
)
