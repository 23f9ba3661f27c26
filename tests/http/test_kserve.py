"""KServe v2 over real HTTP: what stands around the dialect's own files."""

import contextlib
import gzip
import json
import time
from typing import Any

import httpx2
import pytest

from app.protocols.example_image import EXAMPLE_IMAGE

INFER = "/v2/models/ocr/infer"
REQUEST = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [EXAMPLE_IMAGE]}]}
KEY = "a-key-that-is-long-enough"


def statistics(service: Any) -> Any:
    """The statistics of the one model."""
    (model,) = service.client.get("/v2/models/ocr/stats").json()["model_stats"]
    return model


@pytest.mark.parametrize("path", [INFER, "/v2/models/ocr/versions/1/infer"])
def test_a_request_is_answered_and_logged(null_service: Any, path: str) -> None:
    """As JSON, with the stages' times; the log and the metrics know the dialect and the route, not what is in it."""
    answer = null_service.client.post(path, json=REQUEST)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert [output["name"] for output in answer.json()["outputs"]] == ["text", "result"]
    assert "recognise;dur=" in answer.headers["Server-Timing"]
    (line,) = [one for one in null_service.log() if one.get("request_id") == answer.headers["X-Request-Id"]]
    assert line["dialect"] == "kserve"
    assert null_service.metric("ocr_requests_total", route=line["route"], code="200") >= 1
    assert line["route"] == path.replace("ocr", "<model>").replace("/1/", "/<version>/")


def test_a_compressed_request_is_read(null_service: Any) -> None:
    """Bounded like any other: what it unpacks to counts."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    body = gzip.compress(json.dumps(REQUEST).encode())
    assert null_service.client.post(INFER, content=body, headers=headers).status_code == 200
    answer = null_service.client.post(INFER, content=gzip.compress(bytes(1_000_000)), headers=headers)
    assert answer.status_code == 413
    assert answer.json() == {"error": "a body of more than 65536 bytes, once unpacked, > 65536 allowed"}
    answer = null_service.client.post(INFER, content=b"", headers=headers | {"Content-Encoding": "br"})
    assert (answer.status_code, list(answer.json())) == (415, ["error"])


@pytest.mark.parametrize("size", [65_537, 1_000_000])
def test_errors_before_the_body_is_read_are_worded_alike(null_service: Any, size: int) -> None:
    """Whoever calls these paths speaks this dialect, whether its request was read or not."""
    answer = null_service.client.post(INFER, content=bytes(size))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/json")
    assert answer.json() == {"error": f"a body of {size} bytes > 65536 allowed"}


def test_unknown_models_are_not_found(null_service: Any) -> None:
    """By inference and by every question about them; the code is counted."""
    before = null_service.metric("ocr_errors_total", code="unknown_model")
    expected = {"error": "Request for unknown model: 'resnet50' is not found"}
    answers = [null_service.client.get(f"/v2/models/resnet50{end}") for end in ("", "/ready", "/config", "/stats")]
    answers.append(null_service.client.post("/v2/models/resnet50/infer", json=REQUEST))
    for answer in answers:
        assert (answer.status_code, answer.json()) == (404, expected)
    assert null_service.client.get("/v2/models/ocr/versions/2").status_code == 404
    assert null_service.metric("ocr_errors_total", code="unknown_model") == before + 6


def test_every_inference_is_counted_whatever_its_dialect(null_service: Any, image: Any) -> None:
    """The model is one: who asks for its statistics sees all that it did."""
    before = statistics(null_service)
    null_service.client.post(INFER, json=REQUEST)
    null_service.ocr(image("latin.png"))
    null_service.ocr(b"no image")
    null_service.client.post(INFER, content=b"no JSON")
    after = statistics(null_service)
    assert after["execution_count"] == before["execution_count"] + 2
    assert after["inference_stats"]["fail"]["count"] == before["inference_stats"]["fail"]["count"] + 1
    assert after["last_inference"] >= before["last_inference"] > 0
    everything = null_service.client.get("/v2/models/stats").json()
    assert everything == {"model_stats": [after]} == null_service.client.get("/v2/models/ocr/versions/1/stats").json()


def health(service: Any) -> tuple[Any, Any]:
    """The first answer of ``/v2/health/ready``, and the first that says yes."""
    answers = []
    end = time.monotonic() + 60
    while time.monotonic() < end and (not answers or answers[-1].status_code != 200):
        with contextlib.suppress(httpx2.TransportError):
            answers.append(service.client.get("/v2/health/ready"))
    return answers[0], answers[-1]


def test_health_is_that_of_the_service(start_service: Any) -> None:
    """Live at once, ready when requests are taken: until then 503, with the moment to come back."""
    service = start_service(wait=False, warmup="background", model="pp-ocrv6-tiny")
    first, last = health(service)
    assert (first.status_code, first.json()) == (503, {"error": "the service takes no requests now"})
    assert first.headers["Retry-After"] == "1"
    assert (last.status_code, last.json()) == (200, {"ready": True})
    assert service.client.get("/v2/health/live").json() == {"live": True}
    assert service.client.get("/v2/models/ocr/ready").json() == {"name": "ocr", "ready": True}


def test_keys_are_asked_for_as_everywhere(start_service: Any) -> None:
    """Health is open, as probes are; everything else needs a key, and says so in Triton's words."""
    service = start_service(engine="null", api_keys=KEY)
    assert service.client.get("/v2/health/live").status_code == 200
    for method, path in (("GET", "/v2"), ("GET", "/v2/models/ocr/stats"), ("POST", INFER)):
        answer = service.client.request(method, path, json=REQUEST if method == "POST" else None)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])
    answer = service.client.post(INFER, json=REQUEST, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200


def test_the_dialect_can_be_switched_off(start_service: Any) -> None:
    """Its paths are then none that there are."""
    service = start_service(engine="null", dialects="none")
    assert service.client.post(INFER, json=REQUEST).status_code == 404
    assert service.client.get("/v2/health/live").status_code == 404
