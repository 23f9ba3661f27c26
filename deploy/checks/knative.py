"""Knative's service: against the types of its custom resources, and the autoscaler's documented annotations."""

from typing import Any

from cloudcoil.models.knative_serving.serving.v1 import Service

from deploy.checks.manifest import Manifest, documents, mismatches
from deploy.checks.sdk_schemas import of_pydantic_model

# https://knative.dev/docs/serving/autoscaling/scale-bounds/, .../concurrency/, .../autoscaling-metrics/
_ANNOTATIONS = {
    f"autoscaling.knative.dev/{name}": {"type": "string", "pattern": pattern}
    for name, pattern in (
        ("min-scale", r"^\d+$"),
        ("max-scale", r"^\d+$"),
        ("initial-scale", r"^\d+$"),
        ("activation-scale", r"^\d+$"),
        ("metric", "^(concurrency|rps|cpu|memory)$"),
        ("target", r"^\d+(\.\d+)?$"),
        ("target-utilization-percentage", r"^\d+(\.\d+)?$"),
        ("scale-down-delay", r"^\d+(s|m)$"),
        ("window", r"^\d+(s|m)$"),
    )
}


def _judge(text: str) -> list[str]:
    [service] = documents(text)
    complaints = mismatches(service, of_pydantic_model(Service))
    complaints += _of_identity(service)
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    return complaints + mismatches(
        annotations, {"properties": _ANNOTATIONS, "additionalProperties": False}, "annotations"
    )


def _of_identity(service: dict[str, Any]) -> list[str]:
    wanted = ("serving.knative.dev/v1", "Service")
    return [] if (service.get("apiVersion"), service.get("kind")) == wanted else ["it is no service of Knative"]


MANIFESTS = (
    Manifest(
        "knative/service.yaml",
        _judge,
        (
            ("apiVersion: serving.knative.dev/v1", "apiVersion: v1"),
            ("autoscaling.knative.dev/min-scale", "autoscaling.knative.dev/minscale"),
            ("min-scale: '1'", "min-scale: 1"),
            ("containerConcurrency: 8", "concurrency: 8"),
            ("timeoutSeconds: 60", "timeoutSeconds: 60s"),
            ("readinessProbe:", "readyProbe:"),
            ("path: /readyz", "url: /readyz"),
            ("runAsNonRoot: true", "runAsNonRoot: yes please"),
            ("emptyDir:", "emptydir:"),
        ),
    ),
)
