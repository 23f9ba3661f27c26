"""Keys, rates and addresses over gRPC: the rules of HTTP, method by method."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from app.rpc import inference_pb2 as pb
from tests.rpc.client import RpcClient, refusal, request, tensors, trailer

KEY = "first-key-first-key"
StartRpc = Callable[..., tuple[Any, RpcClient]]


def ready(client: RpcClient) -> Any:
    """Ask a method that is open where probes are."""
    return client.call("ServerReady", pb.ServerReadyRequest(), pb.ServerReadyResponse)


def health(client: RpcClient) -> int:
    """The health of the whole service."""
    check = client.method("Check", "grpc.health.v1.Health")
    answer = check(health_pb2.HealthCheckRequest().SerializeToString(), timeout=60)
    return int(health_pb2.HealthCheckResponse.FromString(answer).status)


def reflected(client: RpcClient, version: str = "v1alpha") -> list[str]:
    """The services that reflection lists."""
    method = client.channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = method(iter([asked.SerializeToString()]), timeout=60)
    told = reflection_pb2.ServerReflectionResponse.FromString(answer)
    return [service.name for service in told.list_services_response.service]


@pytest.mark.parametrize("header", [("authorization", f"Bearer {KEY}"), ("x-api-key", KEY)])
def test_a_key_is_needed_where_http_needs_one(
    start_rpc: StartRpc, image: Callable[[str], bytes], header: tuple[str, str]
) -> None:
    """UNAUTHENTICATED without one or with a wrong one, on streams too; health and reflection are open."""
    service, client = start_rpc(engine="null", api_keys=KEY)
    for wrong in ((), ((header[0], "Bearer wrong" if " " in header[1] else "wrong"),)):
        error = refusal(lambda wrong=wrong: client.infer(image("latin.png"), metadata=wrong))
        assert (error.code(), trailer(error, "x-error-code")) == (grpc.StatusCode.UNAUTHENTICATED, "unauthorized")
    assert refusal(lambda: client.stream([request(b"x")])).code() == grpc.StatusCode.UNAUTHENTICATED
    metadata = pb.ModelMetadataRequest(name="ocr")
    error = refusal(lambda: client.call("ModelMetadata", metadata, pb.ModelMetadataResponse))
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED
    assert ready(client).ready
    assert health(client) == health_pb2.HealthCheckResponse.SERVING
    assert "inference.GRPCInferenceService" in reflected(client)
    assert "text" in tensors(client.infer(image("latin.png"), metadata=(header,)))
    lines = [line for line in service.log() if line.get("key")]
    assert [line["key"] for line in lines] == ["env-1"]


def test_probes_can_be_closed(start_rpc: StartRpc) -> None:
    """As over HTTP, with the same setting: health and readiness then need a key, reflection does not."""
    _, client = start_rpc(wait=False, engine="null", api_keys=KEY, open_probes="false")
    grpc.channel_ready_future(client.channel).result(60)
    assert refusal(lambda: ready(client)).code() == grpc.StatusCode.UNAUTHENTICATED
    assert refusal(lambda: health(client)).code() == grpc.StatusCode.UNAUTHENTICATED
    assert reflected(client)
    metadata = (("x-api-key", KEY),)
    assert client.call("ServerLive", pb.ServerLiveRequest(), pb.ServerLiveResponse, metadata=metadata).live


def test_a_rate_is_one_for_both_ways_in(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """A client that has used it up over HTTP has over gRPC: RESOURCE_EXHAUSTED, and when to come back."""
    service, client = start_rpc(engine="null", rate_limit=0.001, rate_burst=2)
    assert service.ocr(image("latin.png")).status_code == 200
    client.infer(image("latin.png"))
    error = refusal(lambda: client.infer(image("latin.png")))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert trailer(error, "x-error-code") == "rate_limited"
    assert int(trailer(error, "retry-after")) > 1
    assert int(trailer(error, "grpc-retry-pushback-ms")) > 1000
    assert service.ocr(image("latin.png")).status_code == 429
    assert ready(client).ready  # what is not recognition counts for no rate


def test_each_message_of_a_stream_counts(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Opening one is free, and no way round the limit."""
    _, client = start_rpc(engine="null", rate_limit=0.001, rate_burst=2)
    answers = client.stream(request(image("latin.png")) for _ in range(4))
    assert [bool(answer.error_message) for answer in answers] == [False, False, True, True]


def test_only_what_trusted_proxies_wrote_is_believed(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Without one, what a client says of its address is nothing; with one, its last address is the client."""
    for proxies, refused in ((0, True), (1, False)):
        _, client = start_rpc(engine="null", rate_limit=0.001, rate_burst=1, trusted_proxies=proxies)
        client.infer(image("latin.png"), metadata=(("x-forwarded-for", "203.0.113.7"),))
        other = (("x-forwarded-for", "203.0.113.7, 203.0.113.8"),)
        if refused:
            assert refusal(lambda client=client, other=other: client.infer(image("latin.png"), metadata=other))
        else:
            client.infer(image("latin.png"), metadata=other)


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_describes_what_is_served(silent: tuple[Any, RpcClient], version: str) -> None:
    """Every service is listed, and the description of the inference service has its methods."""
    _, client = silent
    assert set(reflected(client, version)) >= {"inference.GRPCInferenceService", "grpc.health.v1.Health"}
    method = client.channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
    asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol="inference.GRPCInferenceService")
    (answer,) = method(iter([asked.SerializeToString()]), timeout=60)
    (description,) = reflection_pb2.ServerReflectionResponse.FromString(
        answer
    ).file_descriptor_response.file_descriptor_proto
    assert b"ModelInferRequest" in description
