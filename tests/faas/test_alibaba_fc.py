"""The service as Alibaba Function Compute 3.0 calls it: as a custom container, over the real process."""

import base64
import concurrent.futures
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

KEY = "key-of-sixteen-letters"
INVOKE = {"x-fc-control-path": "/invoke", "Content-Type": "application/octet-stream"}
ENVIRON = {"FC_FUNCTION_NAME": "ocr", "FC_REGION": "cn-hangzhou"}


@pytest.fixture(scope="module")
def fc(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The service on the platform, with a key."""
    folder = tmp_path_factory.mktemp("fc")
    with running(
        folder,
        wait=True,
        environ=ENVIRON,
        port_variable="FC_CUSTOM_LISTEN_PORT",
        engine="null",
        api_keys=KEY,
        max_bytes=65536,
    ) as service:
        yield service


def invoke(service: Any, payload: object, **headers: str) -> httpx2.Response:
    """Call the function as InvokeFunction does."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return service.client.post("/invoke", content=body, headers=INVOKE | headers)


def test_the_port_is_9000_unless_the_function_says_another(bound_port: Any) -> None:
    """https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables: FC_CUSTOM_LISTEN_PORT; else 9000
    is the port of a custom container.
    """
    assert bound_port(ENVIRON) == 9000
    assert bound_port(ENVIRON | {"FC_CUSTOM_LISTEN_PORT": "9551"}) == 9551


def test_initialize_comes_first_and_answers_when_warm(
    start_service: Any, image: Any, labels: dict[str, list[str]]
) -> None:
    """POST /initialize without a body is called before the first invocation, and 2xx means that the instance may serve:
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/lifecycle-hooks-for-function-instances-in-a-custom-runtime.
    Even where the models warm up in the background, it is answered when they are, and the event finds them so.
    """
    service = start_service(
        wait=False,
        environ=ENVIRON,
        port_variable="FC_CUSTOM_LISTEN_PORT",
        warmup="background",
        model="pp-ocrv6-tiny",
        det_max_side=640,
    )
    hook = {"x-fc-control-path": "/initialize"}
    while True:
        try:
            answers = [service.client.post("/initialize", headers=hook)]
            break
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
            time.sleep(0.02)
    assert service.client.get("/readyz").status_code == 200
    answers.append(service.client.post("/initialize", headers=hook))
    assert [(answer.status_code, answer.headers["x-fc-status"]) for answer in answers] == [(200, "200")] * 2
    assert [line for line in labels["latin.png"] if line in invoke(service, image("latin.png")).json()["text"]]


def test_initialize_that_fails_is_a_failed_hook(start_service: Any, tmp_path: Any) -> None:
    """What cannot be warmed answers 404: https://alibabacloud.com/help/en/fc/lifecycle-hooks-for-function-instances-7."""
    for part in ("det", "rec"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "inference.onnx").write_bytes(b"no graph")
        (tmp_path / part / "inference.yml").write_text("{}")
    service = start_service(wait=False, environ=ENVIRON, warmup="background", model_dir=tmp_path)
    answer = None
    while answer is None:
        try:
            answer = service.client.post("/initialize", headers={"x-fc-control-path": "/initialize"})
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
            time.sleep(0.02)
    assert (answer.status_code, answer.headers["x-fc-status"]) == (404, "404")
    assert answer.json()["code"] == "engine_error"


def test_events_of_callers_are_answered_like_requests(fc: Any, image: Any) -> None:
    """The payload is InvokeFunction's, as it is: an image, or JSON as /ocr takes it. No key is asked for: the header
    x-fc-control-path says that the platform let the caller in, and its clients cannot send it, see
    https://www.alibabacloud.com/help/en/functioncompute/web-functions.
    """
    data = image("latin.png")
    for payload in (data, {"image": base64.b64encode(data).decode()}):
        answer = invoke(fc, payload, **{"x-fc-request-id": "fc-1"})
        assert (answer.status_code, answer.headers["x-fc-status"]) == (200, "200")
        assert answer.json()["pages"][0]["width"] == 560
        assert (answer.json()["id"], answer.headers["x-request-id"]) == ("fc-1", "fc-1")


def test_events_of_gateways_are_answered_as_gateways_want_it(fc: Any, image: Any) -> None:
    """The forms of API Gateway, https://www.alibabacloud.com/help/en/functioncompute/fc/configure-an-api-gateway-trigger,
    and of HTTP triggers, https://www.alibabacloud.com/help/en/functioncompute/http-trigger-invoking-function. Whoever
    stands behind them shows their own key.
    """
    body = {"isBase64Encoded": "true", "body": base64.b64encode(image("latin.png")).decode()}
    gateway = {"path": "/ocr", "httpMethod": "POST", "queryParameters": {"min_score": "1.0"}, **body}
    http = {"method": "POST", "path": "/ocr", "sourceIp": "192.0.2.7"}
    trigger = {"version": "v1", "rawPath": "/ocr", "requestContext": {"http": http}, **body, "isBase64Encoded": True}
    for event in (gateway, trigger):
        answer = invoke(fc, event | {"headers": {"X-API-Key": KEY}})
        assert (answer.status_code, answer.headers["x-fc-status"]) == (200, "200")
        reply = answer.json()
        assert (reply["statusCode"], reply["isBase64Encoded"]) == (200, False)
        assert json.loads(reply["body"])["pages"][0]["width"] == 560
        answer = invoke(fc, event | {"headers": {}})
        assert (answer.status_code, answer.json()["statusCode"]) == (200, 401)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"no image", "unsupported_media_type"),
        (b'{"image": ', "malformed_request"),
        ({"other": 1}, "malformed_request"),
        ({"image": "%%%"}, "malformed_request"),
        ({"events": [1]}, "malformed_request"),
        (b"x" * 70_000, "body_too_large"),
        ({"events": [{"oss": {"bucket": {"name": "b"}}}]}, "object_not_allowed"),
    ],
)
def test_an_event_that_fails_says_so(fc: Any, payload: Any, code: str) -> None:
    """A failed invocation answers 404 with x-fc-status: 404, https://www.alibabacloud.com/help/en/fc/user-guide/event-handlers-1,
    and tells why, under the platform's name for the call.
    """
    answer = invoke(fc, payload, **{"x-fc-request-id": "fc-2"})
    assert (answer.status_code, answer.headers["x-fc-status"]) == (404, "404")
    assert answer.json()["code"] == code
    assert answer.headers["x-request-id"] == "fc-2"


def test_an_event_is_counted_once_as_a_request(fc: Any, image: Any) -> None:
    """The call that an event came in adds nothing to what the request in it is counted as."""

    def total() -> float:
        text = fc.client.get("/metrics").text.splitlines()
        counts = [line for line in text if line.startswith("ocr_requests_total") and 'route="/metrics"' not in line]
        return sum(float(line.rpartition(" ")[2]) for line in counts)

    before, served = total(), fc.metric("ocr_requests_total", route="/ocr", code="200")
    invoke(fc, image("latin.png"))
    assert (total(), fc.metric("ocr_requests_total", route="/ocr", code="200")) == (before + 1, served + 1)
    assert fc.metric("ocr_requests_in_flight") == 1  # the scrape itself


def test_an_event_whose_caller_hangs_up_is_given_up(start_service: Any, image: Callable[[str], bytes]) -> None:
    """The request inside knows the connection that the event came over, and ends with it."""
    service = start_service(environ=ENVIRON, engine="null", null_delay_seconds=0.3, slots=1, cpus=1)
    data, address = image("latin.png"), httpx2.URL(service.url)
    head = f"POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\nx-fc-control-path: /invoke\r\n\r\n"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(httpx2.post, service.url + "/ocr", content=data, timeout=60)
        while service.metric("ocr_requests_in_flight") < 2:
            time.sleep(0.01)
        with socket.create_connection((address.host, address.port)) as caller:
            caller.sendall(head.encode() + data)
            while service.metric("ocr_requests_in_flight") < 3:
                time.sleep(0.01)
        assert first.result().status_code == 200
    while not service.metric("ocr_errors_total", code="client_gone"):
        time.sleep(0.01)
    assert service.metric("ocr_requests_total", route="/ocr", code="499") == 1


@pytest.mark.parametrize(
    "headers", [{}, {"x-fc-control-path": "/http-invoke"}, {"x-fc-control-path": "/http-invoke, /http-invoke"}]
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/initialize"), ("GET", "/pre-stop"), ("POST", "/invoke")])
def test_clients_cannot_call_hooks(fc: Any, method: str, path: str, headers: dict[str, str]) -> None:
    """What comes through an HTTP trigger has x-fc-control-path: /http-invoke:
    https://www.alibabacloud.com/help/en/functioncompute/fc/context-and-log-format-1. Even with a key there is no such
    path, and the service goes on; without one, nobody is told.
    """
    call = fc.client.request
    assert call(method, path, headers=headers | {"X-API-Key": KEY}).status_code == 404
    assert call(method, path, headers=headers).status_code == 401
    assert fc.client.get("/readyz").status_code == 200


def test_what_other_platforms_call_is_not_found(fc: Any, assert_alone: Any) -> None:
    """Hooks answer only where their platform is."""
    assert_alone(fc, "alibaba-fc", **{"X-API-Key": KEY})


def test_an_instance_that_was_frozen_goes_on(fc: Any, image: Any, frozen: Any) -> None:
    """Between requests an instance may be frozen, after GET /pre-freeze where that is set up:
    https://alibabacloud.com/help/en/fc/lifecycle-hooks-for-function-instances-7.
    """
    for _ in range(2):
        answer = fc.client.get("/pre-freeze", headers={"x-fc-control-path": "/pre-freeze"})
        assert (answer.status_code, answer.headers["x-fc-status"]) == (200, "200")
        with frozen(fc):
            time.sleep(0.3)
        assert invoke(fc, image("latin.png")).status_code == 200


def test_pre_stop_ends_when_nobody_is_in(start_service: Any, image: Callable[[str], bytes]) -> None:
    """GET /pre-stop waits for who is in, twice the same, and the process then ends at SIGTERM at once:
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/lifecycle-hooks-for-function-instances-in-a-custom-runtime.
    Should the instance go on after all, it serves: nothing says that it will not.
    """
    service = start_service(environ=ENVIRON, engine="null", null_delay_seconds=0.2, slots=1, cpus=1)
    stop, data = {"x-fc-control-path": "/pre-stop"}, image("latin.png")
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        accepted = [pool.submit(httpx2.post, service.url + "/invoke", content=data, headers=INVOKE) for _ in range(3)]
        while service.metric("ocr_requests_in_flight") < 4:  # the three and the scrape
            time.sleep(0.01)
        assert service.client.get("/pre-stop", headers=stop).status_code == 200
        assert service.metric("ocr_requests_total", route="/ocr", code="200") == 3
        assert [answer.result().status_code for answer in accepted] == [200] * 3
    assert service.client.get("/pre-stop", headers=stop).json() == {"status": "idle"}
    assert service.client.get("/readyz").status_code == 200
    assert invoke(service, data).status_code == 200
    assert service.stop() == 0


def test_pre_stop_that_takes_too_long_is_a_failed_hook(start_service: Any, image: Callable[[str], bytes]) -> None:
    """Who was let in and is not done within the grace period is told of by 404; nobody is sent away."""
    service = start_service(
        environ=ENVIRON, engine="null", null_delay_seconds=2, slots=1, cpus=1, graceful_timeout_seconds=1
    )
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        accepted = pool.submit(service.ocr, image("latin.png"))
        with httpx2.Client(base_url=service.url, timeout=60) as platform:
            while "ocr_requests_in_flight 2.0" not in platform.get("/metrics").text:
                time.sleep(0.01)
            answer = platform.get("/pre-stop", headers={"x-fc-control-path": "/pre-stop"})
        assert (answer.status_code, answer.headers["x-fc-status"]) == (404, "404")
        assert accepted.result().status_code == 200
