"""Ctrl-C in the middle of a run."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT, Service


@pytest.mark.parametrize("command", [["load", "--concurrency", "2,4"], ["soak", "--settle", "5", "--longest", "100"]])
def test_what_was_measured_is_reported(command: list[str], null_service: Service, tmp_path: Path) -> None:
    """The report is of the answers so far and says that it was interrupted; the status is 130, and no run follows."""
    out = tmp_path / "result.json"
    target = ["--url", null_service.url, "--requests", "1000000", "--out", str(out)]
    before = null_service.metric("ocr_requests_total", route="/ocr", code="200")
    end = time.monotonic() + 60
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *command, *target], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while null_service.metric("ocr_requests_total", route="/ocr", code="200") < before + 50:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"Traceback" not in errors
    result = json.loads(out.read_text())["documents"][0]["result"]
    (run,) = result["runs"] if "runs" in result else [result["run"]]
    assert run["summary"]["requests"] >= 40
    assert not run["is_whole"]
    if command[0] == "load":
        assert b"2 clients (interrupted)" in printed
