"""What the manifests tell the service, against what the service takes: settings, ports, sizes and times that agree."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from app.settings import Settings, unknown_names

_DEPLOY = Path(__file__).parents[2] / "deploy"
_PLATFORMS = sorted(
    path.name
    for path in _DEPLOY.iterdir()
    if path.is_dir() and path.name not in {"checks", "container", "supply"} and path.name[0] != "_"
)
_MI, _GI = 1 << 20, 1 << 30


@dataclass(frozen=True)
class Instance:
    """An instance of the service, as one manifest asks for it."""

    port: int
    memory_bytes: int
    cpus: float | None = None
    env: dict[str, str] = field(default_factory=dict)
    set_by_platform: dict[str, str] = field(default_factory=dict)
    """What the platform itself puts into the environment, of what the service reads."""

    timeout_seconds: float | None = None
    grace_seconds: float | None = None
    probes: frozenset[str] = frozenset()


class _AnyTag(yaml.SafeLoader):
    """Reads CloudFormation's ``!Ref`` and its like as what follows them."""


_AnyTag.add_multi_constructor("!", lambda _loader, _suffix, node: node.value)


def read(path):
    """A manifest of one document."""
    return yaml.load((_DEPLOY / path).read_text(encoding="utf-8"), Loader=_AnyTag)  # noqa: S506 - a safe loader


def size(text):
    """Bytes of a Kubernetes quantity, or of Compose's."""
    number, unit = re.fullmatch(r"(\d+)([MmGg])i?", text).groups()
    return int(number) * {"m": _MI, "g": _GI}[unit.lower()]


def of_function(name):
    """A function of ``alibaba-fc/s.yaml``."""
    props = read("alibaba-fc/s.yaml")["resources"][name]["props"]
    container = props["customContainerConfig"]
    return Instance(
        port=container["port"],
        memory_bytes=props["memorySize"] * _MI,
        cpus=props["cpu"],
        env=props["environmentVariables"],
        set_by_platform={"FC_CUSTOM_LISTEN_PORT": "9000"},
        timeout_seconds=props["timeout"],
        probes=frozenset({container["healthCheckConfig"]["httpGetUrl"]}),
    )


def of_lambda(path):
    """A function of a SAM template."""
    template = read(path)
    props = template.get("Globals", {}).get("Function", {}) | template["Resources"]["Http"]["Properties"]
    env = props["Environment"]["Variables"]
    return Instance(
        port=int(env.get("AWS_LWA_PORT", 9000)),
        memory_bytes=props["MemorySize"] * _MI,
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
        cpus=props["MemorySize"] / 1769,
        env=env,
        set_by_platform={"AWS_LAMBDA_FUNCTION_NAME": "ppocr"},
        timeout_seconds=props["Timeout"],
        probes=frozenset({env.get("AWS_LWA_READINESS_CHECK_PATH", "/readyz")}),
    )


def of_pod(spec, port, **rest):
    """A container as Kubernetes and its kin spell it."""
    container = spec["containers"][0]
    limits = container["resources"].get("limits", container["resources"])
    probes = [container[key] for key in container if key.endswith("Probe")] + container.get("probes", [])
    return Instance(
        port=port,
        memory_bytes=size(limits["memory"]),
        cpus=float(limits["cpu"]),
        env={entry["name"]: entry["value"] for entry in container.get("env", [])},
        probes=frozenset(probe["httpGet"]["path"] for probe in probes),
        **rest,
    )


def of_cloud_run():
    """Cloud Run's service. From SIGTERM to SIGKILL there are 10 seconds."""
    spec = read("google-cloud-run/service.yaml")["spec"]["template"]["spec"]
    port = spec["containers"][0]["ports"][0]["containerPort"]
    timeout = spec["timeoutSeconds"]
    return of_pod(spec, port, set_by_platform={"PORT": str(port)}, timeout_seconds=timeout, grace_seconds=10)


def of_knative():
    """Knative's service, whose pods get as long to end as a request may take."""
    spec = read("knative/service.yaml")["spec"]["template"]["spec"]
    port = spec["containers"][0]["ports"][0]["containerPort"]
    timeout = spec["timeoutSeconds"]
    return of_pod(spec, port, set_by_platform={"PORT": str(port)}, timeout_seconds=timeout, grace_seconds=timeout)


def of_container_app():
    """Azure's Container App."""
    properties = read("azure/container-app.yaml")["properties"]
    port = properties["configuration"]["ingress"]["targetPort"]
    return of_pod(properties["template"], port, grace_seconds=properties["template"]["terminationGracePeriodSeconds"])


def of_deployment():
    """Kubernetes' Deployment. The pause before SIGTERM is part of the time to end."""
    spec = read("kubernetes/base/deployment.yaml")["spec"]["template"]["spec"]
    container = spec["containers"][0]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    port = container["ports"][0]["containerPort"]
    return of_pod(spec, port, grace_seconds=spec["terminationGracePeriodSeconds"] - pause)


def of_functiongraph():
    """Huawei's function; the platform calls port 8000."""
    body = json.loads((_DEPLOY / "huawei-functiongraph/create-function.json").read_text(encoding="utf-8"))["body"]
    env = json.loads(body["user_data"])
    return Instance(8000, body["memory_size"] * _MI, env=env, timeout_seconds=body["timeout"])


def of_stack():
    """OpenFaaS's function; the platform calls port 8080."""
    function = read("openfaas/stack.yml")["functions"]["ppocr"]
    cpus = int(function["limits"]["cpu"].removesuffix("m")) / 1000
    return Instance(8080, size(function["limits"]["memory"]), cpus, function["environment"])


def of_scf():
    """Tencent's function; the platform calls port 9000."""
    inputs = read("tencent-scf/serverless.yml")["inputs"]
    return Instance(
        9000, inputs["memorySize"] * _MI, env=inputs["environment"]["variables"], timeout_seconds=inputs["timeout"]
    )


def of_compose():
    """The service in Compose."""
    service = read("compose/compose.yaml")["services"]["ppocr"]
    grace = int(service["stop_grace_period"].removesuffix("s"))
    return Instance(9000, size(service["mem_limit"]), service["cpus"], grace_seconds=grace)


_INSTANCES = {
    "alibaba-fc, http": lambda: of_function("http"),
    "alibaba-fc, events": lambda: of_function("events"),
    "aws-lambda": lambda: of_lambda("aws-lambda/template.yaml"),
    "aws-lambda, snapstart": lambda: of_lambda("aws-lambda/template-snapstart.yaml"),
    "aws-lambda, web adapter": lambda: of_lambda("aws-lambda/template-web-adapter.yaml"),
    "azure": of_container_app,
    "compose": of_compose,
    "google-cloud-run": of_cloud_run,
    "huawei-functiongraph": of_functiongraph,
    "knative": of_knative,
    "kubernetes": of_deployment,
    "openfaas": of_stack,
    "tencent-scf": of_scf,
}


def test_grpc_has_one_port_wherever_it_is_named():
    """The setting, the container's port and the Service's are the same, and none is HTTP's."""
    [container] = read("kubernetes/grpc/deployment.yaml")["spec"]["template"]["spec"]["containers"]
    [service] = read("kubernetes/grpc/service.yaml")["spec"]["ports"]
    env = {entry["name"]: entry["value"] for entry in container["env"]}
    settings = Settings.from_env(env)
    [port] = container["ports"]
    assert settings.grpc_port == port["containerPort"] == service["port"] != of_deployment().port
    assert service["targetPort"] == port["name"]
    assert not unknown_names(env)


@pytest.fixture(params=_INSTANCES, ids=str)
def instance(request):
    """What each manifest asks for."""
    return _INSTANCES[request.param]()


def settings_of(instance):
    """What the service makes of its environment there."""
    return Settings.from_env(instance.set_by_platform | instance.env)


def test_every_platform_has_an_instance_here():
    """A platform that is added is held to the same."""
    assert {name.partition(",")[0] for name in _INSTANCES} == set(_PLATFORMS)


def test_the_settings_are_such_that_the_service_has(instance):
    """No manifest names a setting that is not there, or gives one a value that would stop the start."""
    settings_of(instance)
    assert not unknown_names(instance.env)
    assert all(isinstance(value, str) for value in instance.env.values())


def test_the_service_listens_where_the_platform_calls(instance):
    """The port in the manifest is the one that the service takes from its environment there."""
    assert settings_of(instance).port == instance.port


def test_the_service_plans_for_what_it_gets(instance):
    """A manifest that tells the service its memory and processors, which some platforms hide, tells the truth."""
    settings = settings_of(instance)
    assert settings.memory_bytes in {0, instance.memory_bytes}
    assert settings.cpus == 0 or settings.cpus == pytest.approx(instance.cpus, rel=0.01)


def test_an_instance_has_the_memory_that_the_model_wants(instance):
    """README: pp-ocrv6-small wants 512 MB."""
    assert instance.memory_bytes >= 512 * _MI


def test_the_service_answers_before_its_platform_gives_up(instance):
    """A request that takes too long hears the service's own 504, not the platform's."""
    if instance.timeout_seconds is not None:
        assert instance.timeout_seconds > settings_of(instance).deadline_seconds


def test_accepted_requests_are_answered_before_the_kill(instance):
    """From SIGTERM on, the platform waits longer than the service takes at most."""
    if instance.grace_seconds is not None:
        assert instance.grace_seconds > settings_of(instance).graceful_timeout_seconds


def test_probes_go_to_the_service_s_own_routes(instance):
    """What is probed is there."""
    assert instance.probes <= {"/healthz", "/readyz"}
