"""The service as a Lambda function, in AWS's own emulator, with real models.

Where root allows it, on a file system that cannot be written, without /dev/shm, and, where everybody can read the
interpreter, as a user who is nobody.
"""

import base64
import importlib.util
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faas import aws_samples as samples
from tests.faas.aws_samples import GATEWAYS
from tests.faas.emulated_function import Emulated, emulated
from tests.faas.runtime_emulator import emulator

_KEY = "a-key-of-sixteen-letters"


@pytest.fixture(scope="module")
def function(free_port: Any, service_environment: Any) -> Iterator[Emulated]:
    """One for all tests of this file; keys are asked for."""
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.skip("awslambdaric is not installed")
    program = emulator()
    if isinstance(program, str):
        pytest.skip(program)
    lambdas = {"AWS_LAMBDA_FUNCTION_NAME": "ocr", "AWS_LAMBDA_FUNCTION_TIMEOUT": "60"}
    with emulated(program, (free_port(), free_port()), service_environment(api_keys=_KEY) | lambdas) as running:
        yield running


def _document(answer: dict[str, Any]) -> dict[str, Any]:
    body = answer["body"]
    return json.loads(base64.b64decode(body) if answer["isBase64Encoded"] else body)


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_clients_picture_is_read(function: Emulated, image: Any, labels: Any, kind: str) -> None:
    """By way of every gateway, with the headers in the form that this one takes."""
    answer = function.invoke(GATEWAYS[kind](image("latin.png")))
    assert answer["statusCode"] == 200, answer
    document = _document(answer)
    assert document["text"].splitlines()[0] == labels["latin.png"][0]
    headers = answer.get("headers") or {name: ", ".join(values) for name, values in answer["multiValueHeaders"].items()}
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-Id"] == document["id"]
    assert ("statusDescription" in answer) is kind.startswith("alb")


@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"body": base64.b64encode(b"no picture").decode()}, 415, "unsupported_media_type"),
        ({"body": "", "isBase64Encoded": False}, 400, "malformed_request"),
        ({"body": "not base64!"}, 400, "malformed_request"),
        ({"headers": None, "multiValueHeaders": {"x-api-key": ["wrong"]}}, 401, "unauthorized"),
        ({"resource": "/nowhere", "path": "/nowhere", "rawPath": "/nowhere"}, 404, "not_found"),
    ],
    ids=["no picture", "empty", "no base64", "wrong key", "no route"],
)
def test_a_bad_request_is_a_problem_in_the_gateways_form(
    function: Emulated, kind: str, change: dict[str, Any], status: int, code: str
) -> None:
    """With its status: the gateway passes it on as it would a server's."""
    answer = function.invoke(GATEWAYS[kind]() | change)
    assert answer["statusCode"] == status, answer
    problem = _document(answer)
    assert (problem["status"], problem["code"]) == (status, code)


def test_probes_and_events_of_clients_are_nothing_else(function: Emulated) -> None:
    """A gateway's GET is one, and no client can send an event inside an event."""
    probe = samples.gateway_2(b"")
    probe["requestContext"]["http"]["method"] = "GET"
    assert function.invoke(probe | {"rawPath": "/readyz"})["statusCode"] == 200
    assert function.invoke(samples.gateway_2(b'{"warm":true}', rawPath="/events"))["statusCode"] == 404
    assert function.invoke(samples.gateway_2(b"", rawPath="/snapstart/after"))["statusCode"] == 404


def test_a_caller_gets_the_document(function: Emulated, image: Any, labels: Any) -> None:
    """Without a key, and without anything around it."""
    document = function.invoke({"image": base64.b64encode(image("latin.png")).decode(), "words": True})
    assert document["pages"][0]["lines"][0]["text"] == labels["latin.png"][0]
    assert "status" not in document


def test_a_caller_gets_the_problem(function: Emulated) -> None:
    """Its status tells it from a result."""
    problem = function.invoke({"image": base64.b64encode(b"no picture").decode()})
    assert (problem["status"], problem["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("event", [samples.SCHEDULE, {"warm": True}], ids=["schedule", "warm"])
def test_a_ping_is_answered_without_work(function: Emulated, event: dict[str, Any]) -> None:
    """It says that the instance is ready."""
    assert function.invoke(event) == {"status": "ready"}


@pytest.mark.parametrize(
    ("event", "kind", "word"),
    [
        (samples.s3(), "ObjectEventError", "object_not_allowed"),
        (samples.s3_by_bus(), "ObjectEventError", "object_not_allowed"),
        (samples.s3(eventSource="aws:sqs"), "MalformedRequestError", "aws:sqs"),
        ({"hello": "world"}, "MalformedRequestError", "no known form"),
        ([1, 2], "MalformedRequestError", "not a JSON object"),
        ("text", "MalformedRequestError", "not a JSON object"),
    ],
    ids=["s3", "bus", "queue", "unknown", "list", "text"],
)
def test_what_cannot_be_done_is_the_functions_failure(function: Emulated, event: Any, kind: str, word: str) -> None:
    """Lambda then tries it again, or puts it where failures go; and the next event is served."""
    answer = function.invoke(event)
    assert answer["errorType"] == kind
    assert word in answer["errorMessage"]
    assert function.invoke({"warm": True}) == {"status": "ready"}


def test_it_needs_nothing_that_lambda_has_not(function: Emulated) -> None:
    """All of the above held with nothing to write to but one folder, and no memory with names."""
    if not function.is_closed:
        pytest.skip("needs root and unshare")
    root = Path(f"/proc/{function.runtime.pid}/root")
    lines = map(str.split, Path(f"/proc/{function.runtime.pid}/mounts").read_text().splitlines())
    mounts = {point: options for _, point, _, options, *_ in lines}
    assert {"ro"} == {mounts[point].split(",")[0] for point in ("/", "/dev/shm")}  # noqa: S108 - named, not used
    assert list((root / "dev/shm").iterdir()) == []


def test_a_freeze_between_two_events_harms_nothing(function: Emulated, image: Any) -> None:
    """All processes stand still, as on Lambda; the same ones go on, the engine not taken for hung."""
    event = samples.gateway_2(image("latin.png"))
    assert function.invoke(event)["statusCode"] == 200
    before = function.family
    assert len(before) >= 4
    for process in before:
        process.suspend()
    time.sleep(2)
    for process in reversed(before):
        process.resume()
    assert function.invoke(event)["statusCode"] == 200
    assert set(before) <= set(function.family)
    assert "replaced" not in function.log_file.read_text()


def test_a_function_that_can_start_no_engine_ends_and_another_is_started(function: Emulated, image: Any) -> None:
    """As a worker does under gunicorn: else Lambda would keep an instance that can only answer errors."""
    before = function.family
    next(process for process in before if process.name() == "ocr-nursery").kill()
    _, alive = psutil.wait_procs(before, timeout=30)
    assert alive == []
    function.invoke({"warm": True})  # the emulator may tell of the end first
    assert function.invoke(samples.gateway_2(image("latin.png")))["statusCode"] == 200


def test_sigterm_ends_all_of_it_and_another_is_started(function: Emulated, image: Any) -> None:
    """Nothing stays behind, and nothing needs the SIGKILL that follows; Lambda starts the next one."""
    before = function.family
    before[0].send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(before, timeout=20)
    assert alive == []
    function.invoke({"warm": True})  # the emulator may tell of the end first
    assert function.invoke(samples.gateway_2(image("latin.png")))["statusCode"] == 200


def test_the_log_is_json_and_has_no_text(function: Emulated, labels: Any) -> None:
    """The service's own lines are its own, one a request, beside those of the emulator."""
    lines = [json.loads(line) for line in function.log_file.read_text().splitlines() if line.startswith("{")]
    assert {"ready", "request"} <= {line["event"] for line in lines}
    assert labels["latin.png"][0] not in function.log_file.read_text()
