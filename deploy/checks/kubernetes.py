"""Kubernetes: objects against the published schemas, those of KEDA and of the Prometheus operator against their types.

Kustomizations against their files.
"""

from pathlib import Path
from typing import Any

import kubernetes_validate
from cloudcoil.models.keda.v1alpha1 import ScaledObject
from cloudcoil.models.prometheus_operator.v1 import PodMonitor

from deploy.checks.manifest import ROOT, Manifest, documents, mismatches
from deploy.checks.sdk_schemas import of_pydantic_model

_KUSTOMIZATION = {
    "type": "object",
    "properties": {
        "apiVersion": {"const": "kustomize.config.k8s.io/v1beta1"},
        "kind": {"const": "Kustomization"},
        "resources": {"type": "array", "items": {"type": "string"}},
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


def _kustomization(folder: str) -> Manifest:
    def judge(text: str) -> list[str]:
        [document] = documents(text)
        complaints = mismatches(document, _KUSTOMIZATION)
        here = ROOT / folder
        return complaints + [f"there is no {name}" for name in document.get("resources", []) if not _there(here / name)]

    return Manifest(
        f"{folder}/kustomization.yaml",
        judge,
        (("resources:", "resource:"), ("  - ", "  - missing-"), ("v1beta1", "v1")),
    )


def _there(path: Path) -> bool:
    return path.is_file() or (path / "kustomization.yaml").is_file()


MANIFESTS = (
    _kustomization("kubernetes/base"),
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
