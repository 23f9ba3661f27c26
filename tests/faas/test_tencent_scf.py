"""The service as Tencent SCF calls it: as a WebServer image function, over the real process."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.faas.bucket_server import serving

KEY = "key-of-sixteen-letters"
ENVIRON = {"TENCENTCLOUD_RUNENV": "SCF"}


@pytest.fixture(scope="module")
def scf(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The service on the platform."""
    with running(tmp_path_factory.mktemp("scf"), wait=True, environ=ENVIRON, engine="null") as service:
        yield service


def invoke(service: Any, event: object, **more: str) -> httpx2.Response:
    """Call the function as the platform does, with *more* headers."""
    headers = {"X-Scf-Request-Id": "scf-1", "X-Scf-Memory": "512", "Content-Type": "application/json", **more}
    return service.client.post("/event-invoke", content=json.dumps(event), headers=headers)


def gateway_event(image: bytes, **headers: str) -> dict[str, Any]:
    """Return an event of API Gateway: https://www.tencentcloud.com/document/product/583/12513."""
    return {
        "requestContext": {"serviceId": "service-f94sy04v", "httpMethod": "POST", "sourceIp": "192.0.2.7"},
        "headers": headers,
        "path": "/ocr",
        "queryString": {"min_score": "0.1"},
        "httpMethod": "POST",
        "isBase64Encoded": True,
        "body": base64.b64encode(image).decode(),
    }


def test_the_port_is_9000(bound_port: Any) -> None:
    """On all addresses, whatever the function is: https://www.tencentcloud.com/document/product/583/41076."""
    assert bound_port(ENVIRON) == 9000


def test_the_first_event_may_come_before_the_models(start_service: Any, image: Any, labels: Any) -> None:
    """The port must be bound within 30 s (https://www.tencentcloud.com/document/product/583/41076), and there is no
    hook before the first event: it waits for the models, also where they warm up in the background.
    """
    service = start_service(wait=False, environ=ENVIRON, warmup="background", det_max_side=640)
    while True:
        try:
            answer = invoke(service, {"image": base64.b64encode(image("latin.png")).decode()})
            break
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
            time.sleep(0.02)
    assert answer.status_code == 200
    assert [line for line in labels["latin.png"] if line in answer.json()["text"]]


def test_events_of_callers_are_answered_like_requests(scf: Any, image: Any) -> None:
    """POST /event-invoke with X-Scf-Request-Id, which becomes the request's own:
    https://www.tencentcloud.com/document/product/583/41076. The page tells of no status for events that fail: they have
    the one that the same request to /ocr has.
    """
    answer = invoke(scf, {"image": base64.b64encode(image("latin.png")).decode()})
    assert (answer.status_code, answer.json()["id"], answer.headers["x-request-id"]) == (200, "scf-1", "scf-1")
    for event, status, code in (
        ({"image": "%"}, 400, "malformed_request"),
        ({"key": "value"}, 400, "malformed_request"),
        ({"image": base64.b64encode(b"no image").decode()}, 415, "unsupported_media_type"),
        ([], 400, "malformed_request"),
    ):
        answer = invoke(scf, event)
        assert (answer.status_code, answer.json()["code"], answer.json()["id"]) == (status, code, "scf-1")


def test_events_of_the_gateway_get_its_form_of_answer(scf: Any, image: Any) -> None:
    """An integrated response is {isBase64Encoded, statusCode, headers, body}:
    https://www.tencentcloud.com/document/product/583/12513.
    """
    answer = invoke(scf, gateway_event(image("latin.png")))
    reply = answer.json()
    assert (answer.status_code, reply["statusCode"], reply["isBase64Encoded"]) == (200, 200, False)
    assert json.loads(reply["body"])["pages"][0]["width"] == 560
    assert reply["headers"]["X-Request-Id"] == "scf-1"
    answer = invoke(scf, gateway_event(b"no image"))
    assert (answer.status_code, answer.json()["statusCode"]) == (200, 415)


def test_events_of_cos_name_buckets_that_must_be_allowed(scf: Any) -> None:
    """The structure: https://www.tencentcloud.com/document/product/583/31439. No bucket is allowed by itself."""
    store = {"cosBucket": {"name": "b", "appid": "1", "region": "gz"}, "cosObject": {"key": "/1/b/a.png", "size": 7}}
    record = {"cos": store, "event": {"eventName": "cos:ObjectCreated:Put"}}
    answer = invoke(scf, {"Records": [record]})
    assert (answer.status_code, answer.json()["code"]) == (403, "object_not_allowed")
    gone = record | {"event": {"eventName": "cos:ObjectRemove:Delete"}}
    answer = invoke(scf, {"Records": [gone]})
    assert (answer.status_code, answer.json()) == (200, {"objects": []})


def test_an_event_without_a_key_is_trusted_only_where_it_is_said_so(start_service: Any, image: Any) -> None:
    """A web function's clients reach every path, and both kinds of function get the same headers
    (https://www.tencentcloud.com/document/product/583/41076): where there are keys, an event shows one, as those of a
    gateway can, unless the operator says that nobody but the platform calls.
    """
    native = {"image": base64.b64encode(image("latin.png")).decode()}
    stored = {"Records": [{"cos": {"cosBucket": {"name": "b"}, "cosObject": {"key": "k"}}}]}
    service = start_service(environ=ENVIRON, engine="null", api_keys=KEY)
    assert [invoke(service, event).status_code for event in (native, stored)] == [401, 401]
    assert [invoke(service, event, **{"X-Api-Key": KEY}).status_code for event in (native, stored)] == [200, 403]
    assert invoke(service, gateway_event(image("latin.png"))).json()["statusCode"] == 401
    assert invoke(service, gateway_event(image("latin.png"), **{"X-Api-Key": KEY})).json()["statusCode"] == 200
    service = start_service(environ=ENVIRON, engine="null", api_keys=KEY, trust_events="on")
    assert [invoke(service, event).status_code for event in (native, stored)] == [200, 403]
    assert invoke(service, gateway_event(image("latin.png"))).json()["statusCode"] == 401


def test_what_other_platforms_call_is_not_found(scf: Any, assert_alone: Any) -> None:
    """Hooks answer only where their platform is."""
    assert_alone(scf, "tencent-scf")


def test_a_plain_request_is_under_the_platforms_name(scf: Any, image: Any) -> None:
    """Web functions get their clients' requests as they are, with X-Scf-Request-Id:
    https://www.tencentcloud.com/document/product/583/40688. A name that the client gave stands.
    """
    ours = {"X-Scf-Request-Id": "scf-2"}
    answer = scf.client.post("/ocr", content=image("latin.png"), headers=ours)
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, "scf-2")
    answer = scf.client.get("/info", headers=ours | {"X-Request-Id": "mine"})
    assert answer.headers["x-request-id"] == "mine"


def test_an_instance_that_was_frozen_goes_on_and_ends_at_once(start_service: Any, image: Any, frozen: Any) -> None:
    """An instance that waits may stand still, and is recycled when it has been idle:
    https://www.tencentcloud.com/document/product/583/9694.
    """
    service = start_service(environ=ENVIRON, engine="null")
    for _ in range(2):
        with frozen(service):
            time.sleep(0.3)
        assert invoke(service, gateway_event(image("latin.png"))).json()["statusCode"] == 200
    assert service.stop() == 0


def _stored(key: str) -> dict[str, Any]:
    bucket = {"name": "scans", "appid": "1", "cosRegion": "ap-guangzhou"}
    url = f"http://scans-1.cos.ap-guangzhou.myqcloud.com/{key}"
    return {"Records": [{"cos": {"cosBucket": bucket, "cosObject": {"key": f"/1/scans/{key}", "url": url}}}]}


def test_nobody_names_objects_who_is_not_known(start_service: Any, image: Any) -> None:
    """Without keys the service reads pictures for everybody, and the operator's buckets for nobody: only where the
    events are said to be the platform's, and then with the credentials of the call.
    """
    role = {"X-Scf-Secret-Id": "i", "X-Scf-Secret-Key": "s", "X-Scf-Session-Token": "t"}
    with serving() as (url, buckets):
        buckets.objects["/scans-1/a.png"] = image("latin.png")
        settings = {"engine": "null", "buckets": "cos://scans-1", "bucket_endpoint": url, "result_suffix": ".ocr.json"}
        service = start_service(environ=ENVIRON, **settings)
        answer = invoke(service, _stored("a.png"), **role)
        assert (answer.status_code, answer.json()["code"]) == (403, "object_not_allowed")
        assert not buckets.requests
        service = start_service(environ=ENVIRON, trust_events="on", **settings)
        (document,) = invoke(service, _stored("a.png"), **role).json()["objects"]
        assert (document["status"], document["written"]) == (200, "cos://scans-1/a.png.ocr.json")
        assert json.loads(buckets.objects["/scans-1/a.png.ocr.json"])["pages"][0]["width"] == 560
        assert "Credential=i/" in buckets.requests[0][2]["authorization"]


def test_events_that_nobody_can_read_pass_the_gate(start_service: Any) -> None:
    """Keys and rates hold for them as for others, and no event chooses the address that counts."""
    service = start_service(environ=ENVIRON, engine="null", api_keys=KEY)
    assert invoke(service, {"x": 1}).status_code == 401
    assert invoke(service, {"Records": [{"cos": {"cosObject": {"url": "http://[::1"}}}]}).status_code == 401
    service = start_service(environ=ENVIRON, engine="null", rate_limit=0.01, rate_burst=2)
    assert [invoke(service, {"x": 1}).status_code for _ in range(3)] == [400, 400, 429]
    service = start_service(environ=ENVIRON, engine="null", rate_limit=0.01, rate_burst=2)
    events = [gateway_event(b"no image") for _ in range(3)]
    for number, event in enumerate(events):
        event["requestContext"]["sourceIp"] = f"192.0.2.{number}"
    assert [invoke(service, event).json()["statusCode"] for event in events] == [415, 415, 429]
