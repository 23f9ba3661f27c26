"""How calls end before their answer: deadlines, cancellation, slow clients."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from app.rpc import inference_pb2 as pb
from app.rpc.statuses import STATUS
from tests.rpc.client import SECONDS, SERVICE, RpcClient, refusal, request, settled, trailer

StartRpc = Callable[..., tuple[Any, RpcClient]]


def test_the_services_own_deadline_ends_a_call(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """DEADLINE_EXCEEDED and the stage at which it stopped, though the client would wait for longer."""
    _, client = start_rpc(engine="null", null_delay_seconds=1, deadline_seconds=0.5, cpus=1)
    error = refusal(lambda: client.infer(image("latin.png"), image("latin.png"), image("latin.png")))
    assert (error.code(), trailer(error, "x-error-code")) == (STATUS["deadline_exceeded"], "deadline_exceeded")
    assert "0.5 s allowed" in error.details()


def test_the_clients_deadline_ends_a_call(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Earlier than the service's own: nothing is worked on for a client that has given up."""
    service, client = start_rpc(engine="null", null_delay_seconds=1, cpus=1)
    error = refusal(lambda: client.infer(*[image("latin.png")] * 8, timeout=0.5))
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert settled(lambda: service.metric("ocr_requests_in_flight") == 1)  # the scrape's own
    (line,) = [line for line in service.log() if line.get("route", "").endswith("ModelInfer")]
    assert line["status"] == 504


def test_who_cancels_makes_room(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Calls that are given up leave the queue and their slots: the next one is answered, and the log tells of them."""
    service, client = start_rpc(engine="null", null_delay_seconds=2, cpus=1, queue_size=2)
    asked = request(*[image("latin.png")] * 8).SerializeToString()
    calls = [client.method("ModelInfer").future(asked) for _ in range(3)]
    assert settled(lambda: service.metric("ocr_queue_depth") == 2)
    assert refusal(lambda: client.infer(image("latin.png"))).code() == grpc.StatusCode.UNAVAILABLE
    for call in calls:
        call.cancel()
    assert settled(lambda: service.metric("ocr_requests_in_flight") == 1)
    client.infer(image("latin.png"))
    lines = [line for line in service.log() if line.get("code") == "client_gone"]
    assert [line["status"] for line in lines] == [499] * 3
    assert service.metric("ocr_image_pixels_count") == 1  # of the last one: no other was read to its end
    assert not [line for line in service.log() if line["level"] not in {"DEBUG", "INFO"}]


def test_a_message_that_does_not_come_is_not_waited_for_for_ever(start_rpc: StartRpc) -> None:
    """A call that sends nothing ends with the deadline; one that ends without a message hears so."""
    _, client = start_rpc(engine="null", deadline_seconds=0.5)
    method = client.channel.stream_stream(f"/{SERVICE}/ModelInfer")

    def never() -> Any:
        time.sleep(SECONDS)
        yield b""

    assert refusal(lambda: list(method(never(), timeout=30))).code() == grpc.StatusCode.DEADLINE_EXCEEDED
    error = refusal(lambda: list(method(iter(()), timeout=30)))
    assert (error.code(), trailer(error, "x-error-code")) == (STATUS["malformed_request"], "malformed_request")


def test_overload_loses_nothing(start_rpc: StartRpc, image: Callable[[str], bytes]) -> None:
    """Of five hundred calls at once each is answered or told when to come back; then all is as before."""
    service, client = start_rpc(engine="null", null_delay_seconds=0.01, queue_size=16)
    method, asked, calls = client.method("ModelInfer"), request(image("latin.png")).SerializeToString(), 500
    pending = [method.future(asked, timeout=60) for _ in range(calls)]
    errors = [error for call in pending if (error := call.exception()) is not None]
    assert len(errors) < calls
    assert {(error.code(), trailer(error, "x-error-code")) for error in errors} <= {
        (grpc.StatusCode.UNAVAILABLE, "queue_full")
    }
    assert all(int(trailer(error, "grpc-retry-pushback-ms")) > 0 for error in errors)
    route = f"/{SERVICE}/ModelInfer"
    counted = [service.metric("ocr_requests_total", route=route, code=code) for code in ("200", "503")]
    assert counted == [calls - len(errors), len(errors)]
    client.infer(image("latin.png"))
    assert service.ocr(image("latin.png")).status_code == 200


@pytest.mark.parametrize("connections", [4, 40])
def test_no_more_calls_and_connections_are_open_than_allowed(
    start_rpc: StartRpc, free_port: Callable[[], int], connections: int
) -> None:
    """With room for sixteen, no more are served and the others refused, whether they share connections or not."""
    service, client = start_rpc(engine="null", max_connections=16)
    clients = [RpcClient(client.port) for _ in range(connections)]
    over = threading.Event()

    def silence() -> Any:
        over.wait(SECONDS)
        yield from ()

    methods = [one.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer") for one in clients]
    calls = [methods[place % connections](silence(), timeout=60) for place in range(40)]
    try:
        assert settled(lambda: sum(call.done() for call in calls) >= 24)
    finally:
        over.set()
    ends = Counter(call.code() for call in calls)
    assert 0 < ends.pop(grpc.StatusCode.OK) <= 16
    assert ends.keys() <= {grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE}
    for one in clients:
        one.channel.close()
    live = client.call("ServerLive", pb.ServerLiveRequest(), pb.ServerLiveResponse, wait_for_ready=True)
    assert live.live
    assert service.client.get("/readyz").status_code == 200
