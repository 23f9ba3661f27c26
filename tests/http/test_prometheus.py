"""What Prometheus itself makes of ``/metrics``: its linter, and a real server that scrapes two workers."""

import concurrent.futures
import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

Image = Callable[[str], bytes]
_PATIENCE_SECONDS = 60

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is missing (Debian: prometheus)")
needs_prometheus = pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is missing")


def _check(text: str) -> None:
    result = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@needs_promtool
def test_promtool_accepts_the_metrics_of_one_worker(small_service: Any, image: Image) -> None:
    """After real traffic, errors included, the linter has nothing to say."""
    small_service.ocr(image("latin.png"))
    small_service.ocr(b"no image")
    _check(small_service.client.get("/metrics").text)


@pytest.fixture
def two_workers(start_service: Any) -> Any:
    """Two workers without a model, both up."""
    service = start_service(engine="null", workers=2)
    end = time.monotonic() + _PATIENCE_SECONDS
    while sum(line["event"] == "ready" for line in service.log()) < 2:
        assert time.monotonic() < end, service.log_file.read_text()
        time.sleep(0.05)
    return service


@pytest.fixture
def prometheus(two_workers: Any, tmp_path: Path) -> Iterator[str]:
    """A Prometheus that scrapes the two workers twice a second; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    config = {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
        "scrape_configs": [
            {"job_name": "ocr", "static_configs": [{"targets": [two_workers.url.removeprefix("http://")]}]}
        ],
    }
    file = tmp_path / "prometheus.yml"
    file.write_text(json.dumps(config))  # JSON is YAML
    command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _query(prometheus: str, expression: str) -> float | None:
    try:
        answer = httpx2.get(f"{prometheus}/api/v1/query", params={"query": expression})
    except httpx2.TransportError:
        return None  # not listening yet
    samples = answer.json()["data"]["result"] if answer.status_code == 200 else []
    return float(samples[0]["value"][1]) if samples else None


def _eventually(prometheus: str, expression: str, value: float) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while (seen := _query(prometheus, expression)) != value:
        assert time.monotonic() < end, f"{expression} is {seen}, not {value}"
        time.sleep(0.1)


@needs_prometheus
def test_a_prometheus_sees_the_sum_of_two_workers(two_workers: Any, prometheus: str, image: Image) -> None:
    """Every request is counted once, whichever worker answered it, and both did."""
    data = image("latin.png")

    def post(number: int) -> int:
        return httpx2.post(two_workers.url + "/ocr", content=data if number % 4 else b"text").status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(post, range(80)))
    assert (codes.count(200), codes.count(415)) == (60, 20)
    _eventually(prometheus, 'sum(ocr_requests_total{route="/ocr"})', 80)
    _eventually(prometheus, 'ocr_requests_total{route="/ocr",code="200"}', 60)
    _eventually(prometheus, 'ocr_errors_total{code="unsupported_media_type"}', 20)
    _eventually(prometheus, 'ocr_request_duration_seconds_count{route="/ocr"}', 80)
    _eventually(prometheus, 'ocr_request_duration_seconds_bucket{route="/ocr",le="+Inf"}', 80)
    _eventually(prometheus, "ocr_lines_total", 60)
    _eventually(prometheus, "min(ocr_ready)", 1)
    _eventually(prometheus, 'ocr_build_info{engine="null"}', 1)
    plan = two_workers.client.get("/info").json()
    _eventually(prometheus, "ocr_permits", 2 * (plan["threads"]["recognizer_slots"] + 1))
    _eventually(prometheus, "ocr_permits_in_use", 0)
    _eventually(prometheus, "ocr_queue_limit", 2 * plan["limits"]["queue_size"])
    _eventually(prometheus, "ocr_cpus", 2 * plan["cpus"])
    _eventually(prometheus, "sum(ocr_memory_bound_bytes)", 2 * plan["memory_bytes"]["total"])
    workers = {line["pid"] for line in two_workers.log() if line["event"] == "request" and line["route"] == "/ocr"}
    assert len(workers) == 2


def test_what_may_be_counted_one_day_is_there_as_zero(two_workers: Any) -> None:
    """A series that appears with 1 shows no rise: the first engine that is replaced would be seen by nobody."""
    text = two_workers.client.get("/metrics").text
    for series in (
        'ocr_engine_replacements_total{reason="memory"}',
        'ocr_rejected_total{reason="queue_full"}',
        'ocr_errors_total{code="deadline_exceeded"}',
        "ocr_decoder_deaths_total",
    ):
        assert f"{series} 0.0\n" in text


@needs_promtool
def test_memory_of_both_workers_is_told(two_workers: Any) -> None:
    """With several workers the process figures are those of the arbiter and every worker together."""
    text = two_workers.client.get("/metrics").text
    _check(text)
    arbiter = two_workers.process.pid
    children = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
    assert len(children) == 2
    root = psutil.Process(arbiter)
    resident = sum(_shared_out_bytes(one.pid) for one in [root, *root.children(recursive=True)])
    assert two_workers.metric("process_resident_memory_bytes") == pytest.approx(resident, rel=0.1)
    assert two_workers.metric("process_cpu_seconds_total") > 0


def test_a_worker_that_is_gone_leaves_no_live_figures(two_workers: Any) -> None:
    """A killed worker is replaced; the gauges count the living, the counters keep what the dead one counted."""
    for _ in range(20):
        httpx2.post(two_workers.url + "/ocr", content=b"text")
    children = _workers(two_workers.process.pid)
    subprocess.run(["kill", "-9", str(children[0])], check=True)
    end = time.monotonic() + _PATIENCE_SECONDS
    while sum(line["event"] == "ready" for line in two_workers.log()) < 3:
        assert time.monotonic() < end, two_workers.log_file.read_text()
        time.sleep(0.05)
    assert len(_workers(two_workers.process.pid)) == 2
    two_workers.reconnect()
    assert two_workers.client.get("/readyz").status_code == 200
    assert two_workers.metric("ocr_requests_total", route="/ocr", code="415") == 20
    assert two_workers.metric("ocr_requests_in_flight") == 1
    assert two_workers.metric("ocr_ready") == 1


def _workers(arbiter: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()]


def _shared_out_bytes(pid: int) -> int:
    """Resident memory of a process, pages that others have, too, shared out among them."""
    lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
