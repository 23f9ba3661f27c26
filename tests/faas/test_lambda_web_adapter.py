"""The service behind Lambda's Web Adapter: HTTP at AWS_LWA_PORT, over the real process."""

import base64
import time
from typing import Any

import pytest

from tests.faas import aws_samples as samples

# Which the adapter and Lambda set: https://github.com/aws/aws-lambda-web-adapter/blob/main/docs/guide/src/configuration/environment-variables.md
LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "ocr", "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "PORT": "80"}
KEY = "a-key-of-sixteen-letters"


@pytest.fixture(scope="module")
def adapted(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """With keys, which events show none of: they are trusted."""
    folder = tmp_path_factory.mktemp("adapter")
    settings = {"api_keys": KEY, "trust_events": "on", "engine": "null", "max_bytes": 65536}
    with running(folder, wait=True, port_variable="AWS_LWA_PORT", environ=LAMBDA, **settings) as service:
        yield service


def test_clients_requests_come_as_requests(adapted: Any, image: Any) -> None:
    """The adapter makes HTTP of what gateways send; clients show keys."""
    assert adapted.client.get("/info").json()["platform"] == "aws-lambda"
    assert adapted.ocr(image("latin.png")).status_code == 401
    assert adapted.client.post("/ocr", content=image("latin.png"), headers={"X-API-Key": KEY}).status_code == 200


def test_events_come_to_a_path_of_their_own(adapted: Any, image: Any) -> None:
    """By POST, to /events by default: https://awslabs.github.io/aws-lambda-web-adapter/features/non-http-events.html."""
    for event in (samples.SCHEDULE, {"warm": True}):
        assert adapted.client.post("/events", json=event).json() == {"status": "ready"}
    event = {"image": base64.b64encode(image("latin.png")).decode(), "min_score": 0}
    assert adapted.client.post("/events", json=event).json()["text"]
    assert adapted.client.post("/events", json=samples.TEST_OF_BUCKET).json() == {"objects": []}


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (samples.s3(), 403, "object_not_allowed"),
        (samples.gateway_2(b""), 400, "malformed_request"),
        (samples.s3(eventSource="aws:sqs"), 400, "malformed_request"),
        ({"hello": 1}, 400, "malformed_request"),
        ([], 400, "malformed_request"),
        ({"image": "aGk="}, 415, "unsupported_media_type"),
        ({"image": "a" * 70_000}, 413, "body_too_large"),
    ],
)
def test_an_event_that_cannot_be_done_has_a_status(adapted: Any, event: Any, status: int, code: str) -> None:
    """By which the adapter (AWS_LWA_ERROR_STATUS_CODES) lets the invocation fail."""
    answer = adapted.client.post("/events", json=event)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_hooks_around_a_snapshot_need_no_key(adapted: Any) -> None:
    """The adapter has none to show; they answer 2xx, any number of times, and the service goes on."""
    for path in ("/snapstart/before", "/snapstart/after", "/snapstart/after"):
        assert adapted.client.post(path).status_code == 200
    assert adapted.client.get("/readyz").status_code == 200


def test_events_show_keys_where_they_are_not_trusted(running: Any, tmp_path: Any, image: Any, frozen: Any) -> None:
    """By default: nothing tells the adapter's call from a client's; and a freeze between requests harms nothing."""
    settings = {"api_keys": KEY, "engine": "null"}
    with running(tmp_path, wait=True, port_variable="AWS_LWA_PORT", environ=LAMBDA, **settings) as service:
        event = {"image": base64.b64encode(image("latin.png")).decode()}
        assert service.client.post("/events", json=event).status_code == 401
        with frozen(service):
            time.sleep(0.3)
        assert service.client.post("/ocr", json=event, headers={"X-API-Key": KEY}).status_code == 200
        assert service.stop() == 0


def test_elsewhere_there_are_no_such_paths(start_service: Any, assert_alone: Any) -> None:
    """Neither for events nor for snapshots."""
    assert_alone(start_service(engine="null"), "none")
