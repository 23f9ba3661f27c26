"""``grpc.health.v1`` on a real service, from its start to its end."""

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from app.rpc import inference_pb2 as pb
from tests.rpc.client import SERVICE, RpcClient, refusal, request, settled, tensors, trailer

StartRpc = Callable[..., tuple[Any, RpcClient]]
Response = health_pb2.HealthCheckResponse


def check(client: RpcClient, service: str = "") -> int:
    """The health of *service*."""
    stub = health_pb2_grpc.HealthStub(client.channel)
    return int(stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=60, wait_for_ready=True).status)


def watch(client: RpcClient, service: str = "") -> Any:
    """The health of *service* from now on."""
    stub = health_pb2_grpc.HealthStub(client.channel)
    return stub.Watch(health_pb2.HealthCheckRequest(service=service), timeout=120, wait_for_ready=True)


@pytest.mark.parametrize("service", ["", SERVICE, "liveness"])
def test_a_service_that_is_ready_serves(silent: tuple[Any, RpcClient], service: str) -> None:
    """Under no name, its own, and the one for Kubernetes."""
    assert check(silent[1], service) == Response.SERVING


def test_of_other_services_nothing_is_known(silent: tuple[Any, RpcClient]) -> None:
    """Check answers NOT_FOUND and Watch SERVICE_UNKNOWN, as the protocol has it."""
    assert refusal(lambda: check(silent[1], "other")).code() == grpc.StatusCode.NOT_FOUND
    watched = watch(silent[1], "other")
    assert next(watched).status == Response.SERVICE_UNKNOWN
    watched.cancel()


def test_health_follows_the_engine(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Not serving but alive while the models load, then serving: who watches is told, and a call waits meanwhile."""
    _, client = start_rpc(wait=False, model="pp-ocrv6-small", autorotate="on", warmup="background")
    watched = watch(client)
    assert next(watched).status == Response.NOT_SERVING
    assert check(client, "liveness") == Response.SERVING
    assert not client.call("ServerReady", pb.ServerReadyRequest(), pb.ServerReadyResponse).ready
    assert tensors(client.infer(image("latin.png")))["text"][0]
    assert next(watched).status == Response.SERVING
    watched.cancel()


def test_at_sigterm_what_was_accepted_is_answered(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Who watches hears NOT_SERVING, new calls are refused as UNAVAILABLE, the others answered; the end is clean."""
    service, client = start_rpc(engine="null", null_delay_seconds=0.5, cpus=1)
    watched = watch(client)
    assert next(watched).status == Response.SERVING
    working = client.method("ModelInfer").future(request(*[image("latin.png")] * 8).SerializeToString(), timeout=60)
    streamed = client.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
    over = threading.Event()

    def one_and_no_end() -> Any:
        yield request(image("latin.png"), id="first").SerializeToString()
        over.wait(60)

    answers = streamed(one_and_no_end(), timeout=60)
    assert settled(lambda: service.metric("ocr_requests_in_flight") == 3)  # both, and the scrape
    service.client.close()
    service.process.send_signal(signal.SIGTERM)
    assert next(watched).status == Response.NOT_SERVING
    assert refusal(lambda: next(watched)).code() == grpc.StatusCode.UNAVAILABLE
    assert refusal(lambda: client.infer(image("latin.png"))).code() == grpc.StatusCode.UNAVAILABLE
    assert len(tensors(pb.ModelInferResponse.FromString(working.result()))["text"]) == 8
    assert pb.ModelStreamInferResponse.FromString(next(answers)).infer_response.id == "first"
    error = refusal(lambda: next(answers))
    over.set()
    assert (error.code(), trailer(error, "x-error-code")) == (grpc.StatusCode.UNAVAILABLE, "draining")
    assert service.process.wait(60) == 0
    codes = [line["code"] for line in service.log() if line.get("route", "").endswith("Infer")]
    assert codes.count("ok") == 2


def test_a_call_that_was_accepted_is_heard_to_its_end(start_rpc: StartRpc) -> None:
    """Whose message was still on its way at SIGTERM hears the service's own answer, not a broken connection."""
    service, client = start_rpc(engine="null")
    method, come = client.channel.stream_stream(f"/{SERVICE}/ModelInfer"), threading.Event()

    def late() -> Any:
        come.wait(60)
        yield request(b"x").SerializeToString()

    answers = method(late(), timeout=60)
    assert settled(lambda: service.metric("ocr_requests_in_flight") == 2)  # it, and the scrape
    service.client.close()
    service.process.send_signal(signal.SIGTERM)
    time.sleep(2)
    come.set()
    error = refusal(lambda: next(answers))
    assert (error.code(), trailer(error, "x-error-code")) == (grpc.StatusCode.UNAVAILABLE, "draining")
    assert service.process.wait(60) == 0
