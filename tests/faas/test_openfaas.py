"""The service as OpenFaaS runs it: as a function without a watchdog, over the real process."""

import time
from typing import Any

import httpx2
import pytest

from app.faas.ready_file import ReadyFile

KEY = "key-of-sixteen-letters"


def test_the_port_is_8080(bound_port: Any) -> None:
    """All workloads serve port 8080: https://docs.openfaas.com/reference/workloads."""
    assert bound_port({"OCR_PLATFORM": "openfaas"}) == 8080


def test_probes_and_the_file_tell_how_the_function_is(
    start_service: Any, image: Any, tmp_path: Any, frozen: Any, assert_alone: Any
) -> None:
    """/_/health while it lives, /_/ready and the file .lock in /tmp (or $TMPDIR) from the moment that it can serve; the
    file goes when it is told to end, which says that it degrades: https://docs.openfaas.com/reference/workloads.
    Between requests it may be frozen.
    """
    lock = tmp_path / ".lock"
    service = start_service(
        wait=False,
        platform="openfaas",
        environ={"TMPDIR": str(tmp_path)},
        warmup="background",
        model="pp-ocrv6-tiny",
        det_max_side=640,
        api_keys=KEY,
    )
    seen = {}
    while seen.get("/_/ready") != 200:
        try:
            seen = {path: service.client.get(path).status_code for path in ("/_/health", "/_/ready")}
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
        else:
            assert seen["/_/health"] == 200
            assert not lock.exists() or service.client.get("/_/ready").status_code == 200
        time.sleep(0.02)
    assert lock.exists()
    assert_alone(service, "openfaas", **{"X-API-Key": KEY})
    with frozen(service):
        time.sleep(0.3)
    answer = service.client.post("/ocr", content=image("latin.png"), headers={"X-API-Key": KEY})
    assert answer.status_code == 200
    assert service.stop() == 0
    assert not lock.exists()


def test_the_probes_are_as_open_as_the_others(start_service: Any) -> None:
    """Where probes want a key, these do, too."""
    service = start_service(wait=False, platform="openfaas", engine="null", api_keys=KEY, open_probes="off")
    while True:
        try:
            answers = [service.client.get(path).status_code for path in ("/_/health", "/_/ready")]
            break
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
            time.sleep(0.02)
    assert answers == [401, 401]


def test_the_file_follows_the_state(tmp_path: Any) -> None:
    """It is there from ready to draining; a short loss of the engine does not take it away."""
    file, path = ReadyFile(tmp_path / ".lock"), tmp_path / ".lock"
    for state, there in (
        ("starting", False),
        ("ready", True),
        ("ready", True),
        ("replacing", True),
        ("draining", False),
        ("draining", False),
    ):
        file.tell(state)
        assert path.exists() == there, state


def test_a_folder_that_cannot_be_written_costs_the_file_alone(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The service goes on, and the log says why there is no file."""
    ReadyFile(tmp_path / "nowhere" / ".lock").tell("ready")
    assert [record.message for record in caplog.records] == ["no ready file"]
    assert list(tmp_path.iterdir()) == []
