"""A service that speaks PaddleX serving's dialect, held against what a real ``paddlex --serve`` answered."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx2
import pytest

from tests.conftest import Service
from tests.paddlex_goldens import OURS_AS_THEIRS, Golden, differences, goldens, ours, request_body

IMAGE = base64.b64encode(b"GIF89a").decode()


@pytest.fixture(scope="module")
def paddlex(
    running: Callable[..., AbstractContextManager[Service]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that reads as the recorded server did."""
    with running(tmp_path_factory.mktemp("paddlex"), wait=True, **OURS_AS_THEIRS) as service:
        yield service


@pytest.mark.parametrize("golden", goldens("valid", "invalid"))
def test_the_answer_is_that_of_the_real_server(paddlex: Service, golden: Golden) -> None:
    """Status, keys, types, texts, errors, and numbers that are close; but where the golden says why it is another."""
    response = paddlex.client.post("/ocr", json=request_body(golden))
    status, answer = ours(golden)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    found = differences(golden, answer, response.json())
    assert not found


def test_health_is_a_probe(null_service: Service, start_service: Callable[..., Service]) -> None:
    """It is answered as PaddleX answers it, without a key where there are keys."""
    locked = start_service(engine="null", api_keys="0123456789abcdef")
    assert locked.client.post("/ocr", json={"file": IMAGE, "fileType": 1}).json()["errorCode"] == 401
    for service in (null_service, locked):
        answer = service.client.get("/health").json()
        assert answer.pop("logId")
        assert answer == {"errorCode": 0, "errorMsg": "Healthy"}


def test_the_services_own_limits_are_told_in_the_dialect(null_service: Service) -> None:
    """PaddleX has none such: the status is ours, the shape its own. Before its body is read nobody knows who it is."""
    client = null_service.client
    response = client.post("/ocr", json={"file": "http://a.test/b.png", "logId": "mine"})
    assert (response.status_code, response.json()["errorCode"], response.json()["logId"]) == (403, 403, "mine")
    large = json.dumps({"file": "a" * 70_000}).encode()
    response = client.post("/ocr", content=large, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["errorCode"], response.json()["code"]) == (413, 413, "body_too_large")
    assert response.json()["errorMsg"] == response.json()["detail"]


def test_a_dialect_can_be_switched_off(start_service: Callable[..., Service]) -> None:
    """What was its request is then one of the native dialect, which does not know its members; its probe is gone."""
    service = start_service(engine="null", dialects="kserve")
    response = service.client.post("/ocr", json={"file": IMAGE, "fileType": 1})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert service.client.get("/health").status_code == 404


def test_the_log_names_the_dialect_and_nothing_of_the_client(null_service: Service) -> None:
    """A request's line tells how it spoke, not the name that its client gave it."""
    response = httpx2.post(
        f"{null_service.url}/ocr", json={"file": IMAGE, "fileType": 1, "logId": "the-clients-own"}, timeout=30
    )
    line: dict[str, Any] = next(
        line for line in null_service.log() if line.get("request_id") == response.headers["X-Request-Id"]
    )
    assert (line["dialect"], line["code"], line["status"]) == ("paddlex", "broken_image", 422)
    assert "the-clients-own" not in null_service.log_file.read_text()
