"""The service as Huawei FunctionGraph calls it: as a container image, over the real process."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

KEY = "key-of-sixteen-letters"
ENVIRON = {"RUNTIME_PROJECT_ID": "p", "RUNTIME_FUNC_NAME": "ocr"}


@pytest.fixture(scope="module")
def graph(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The service on the platform."""
    with running(tmp_path_factory.mktemp("graph"), wait=True, environ=ENVIRON, engine="null") as service:
        yield service


def invoke(service: Any, event: object) -> httpx2.Response:
    """Call the function as the platform does."""
    headers = {"X-Cff-Request-Id": "cff-1", "Content-Type": "application/json"}
    return service.client.post("/invoke", content=json.dumps(event), headers=headers)


def gateway_event(image: bytes, **headers: str) -> dict[str, Any]:
    """Return an event of APIG, whose body is base64.

    https://opentelekomcloud-community.github.io/otc-functiongraph-nodejs-runtime/devguide/event_function/trigger_events/trigger_apig_event.html.
    """
    return {
        "body": base64.b64encode(image).decode(),
        "requestContext": {"apiId": "a", "requestId": "r", "stage": "RELEASE"},
        "queryStringParameters": {"min_score": "0.1"},
        "httpMethod": "POST",
        "pathParameters": {},
        "headers": {"x-real-ip": "192.0.2.7", "host": "host", **headers},
        "path": "/ocr",
        "isBase64Encoded": True,
    }


def test_the_port_is_8000(bound_port: Any) -> None:
    """https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html."""
    assert bound_port(ENVIRON) == 8000


def test_init_comes_first_and_answers_when_warm(start_service: Any, image: Any, labels: Any) -> None:
    """POST /init is called before the first POST /invoke:
    https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0104.html. Even where the models warm
    up in the background it is answered when they are; and again, whoever asks: it changes nothing.
    """
    service = start_service(wait=False, environ=ENVIRON, warmup="background", det_max_side=640, api_keys=KEY)
    while True:
        try:
            answers = [service.client.post("/init", json={})]
            break
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
            time.sleep(0.02)
    assert service.client.get("/readyz").status_code == 200
    answers.append(service.client.post("/init"))
    assert [answer.status_code for answer in answers] == [200, 200]
    reply = invoke(service, gateway_event(image("latin.png"), **{"x-api-key": KEY})).json()
    assert [line for line in labels["latin.png"] if line in json.loads(reply["body"])["text"]]


def test_every_answer_has_the_form_that_the_platform_wants(graph: Any, image: Any) -> None:
    """{isBase64Encoded, statusCode, headers, body}:
    https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html. The request has the
    name that is in X-Cff-Request-Id:
    https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1442.html.
    """
    native = {"image": base64.b64encode(image("latin.png")).decode()}
    for event in (native, gateway_event(image("latin.png"))):
        answer = invoke(graph, event)
        reply = answer.json()
        assert set(reply) == {"isBase64Encoded", "statusCode", "headers", "body"}
        assert (answer.status_code, reply["statusCode"], reply["isBase64Encoded"]) == (200, 200, False)
        document = json.loads(reply["body"])
        assert (document["pages"][0]["width"], document["id"]) == (560, "cff-1")


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        ({"image": "%"}, 400, "malformed_request"),
        ({"timer": 1}, 400, "malformed_request"),
        ({"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]}, 403, "object_not_allowed"),
        ({"Records": 1}, 400, "malformed_request"),
    ],
)
def test_an_event_that_fails_says_so(graph: Any, event: Any, status: int, code: str) -> None:
    """Nobody reads the answer to an event that a bucket sent: the status of the answer itself says that it failed."""
    answer = invoke(graph, event)
    assert (answer.status_code, answer.json()["statusCode"]) == (status, status)
    assert json.loads(answer.json()["body"])["code"] == code


def test_a_gateways_client_gets_its_status(graph: Any) -> None:
    """The event itself went well."""
    answer = invoke(graph, gateway_event(b"no image"))
    assert (answer.status_code, answer.json()["statusCode"]) == (200, 415)


def test_an_event_without_a_key_is_trusted_only_where_it_is_said_so(start_service: Any, image: Any) -> None:
    """An HTTP function's clients reach every path, and nothing in its headers tells them from the platform
    (https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1442.html): see SCF.
    """
    native = {"image": base64.b64encode(image("latin.png")).decode()}
    for trust, status in (("off", 401), ("on", 200)):
        service = start_service(environ=ENVIRON, engine="null", api_keys=KEY, trust_events=trust)
        assert invoke(service, native).status_code == status


def test_what_other_platforms_call_is_not_found(graph: Any, assert_alone: Any) -> None:
    """Hooks answer only where their platform is."""
    assert_alone(graph, "huawei-functiongraph")


def test_an_instance_that_was_frozen_goes_on_and_ends_at_once(start_service: Any, image: Any, frozen: Any) -> None:
    """Instances are kept for a while between requests, and then taken away:
    https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html.
    """
    service = start_service(environ=ENVIRON, engine="null")
    for _ in range(2):
        with frozen(service):
            time.sleep(0.3)
        assert invoke(service, gateway_event(image("latin.png"))).json()["statusCode"] == 200
    assert service.stop() == 0
