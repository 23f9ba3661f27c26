"""Traces beside the histograms: in OpenMetrics, for a real Prometheus, and in no other format."""

import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.tracing.collector import Collector

_PATIENCE_SECONDS = 60
OPENMETRICS = "application/openmetrics-text"
PROMETHEUS = f"{OPENMETRICS};version=1.0.0,{OPENMETRICS};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
"""What Prometheus 2 asks for."""

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HISTOGRAMS = {"ocr_request_duration_seconds", "ocr_stage_duration_seconds", "ocr_queue_duration_seconds"}

needs_prometheus = pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is missing")


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Where the traces go."""
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def traced(start_service: Callable[..., Any], collector: Collector) -> Any:
    """A service whose callers say whether they trace."""
    return start_service(engine="null", traces_url=collector.url, traces_share=0)


def read(service: Any, image: Callable[[str], bytes], flags: str) -> None:
    """Have a picture read within a trace."""
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-{flags}"}
    assert service.client.post("/ocr", content=image("latin.png"), headers=headers).status_code == 200


def exemplars(service: Any) -> dict[str, set[str]]:
    """The ids of traces beside the values of each histogram that has any."""
    found: dict[str, set[str]] = {}
    text = service.client.get("/metrics", headers={"Accept": PROMETHEUS}).text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.exemplar:
                assert sample.exemplar.labels.keys() == {"trace_id", "span_id"}
                found.setdefault(family.name, set()).add(sample.exemplar.labels["trace_id"])
    return found


def test_the_requests_that_are_traced_are_beside_the_histograms(traced: Any, image: Callable[[str], bytes]) -> None:
    """Those alone: a request that is not recorded would be looked for in vain."""
    read(traced, image, "00")
    assert exemplars(traced) == {}
    read(traced, image, "01")
    assert exemplars(traced) == {name: {TRACE} for name in HISTOGRAMS}


@pytest.mark.parametrize(
    "accept", [None, "*/*", "text/plain", "text/plain;version=0.0.4", f"{OPENMETRICS};q=0", "\xff"]
)
def test_who_does_not_ask_for_openmetrics_gets_what_was_there_before(
    traced: Any, image: Callable[[str], bytes], accept: str | None
) -> None:
    """The classic format, line by line, with not a word of traces."""
    read(traced, image, "01")
    headers = [(b"accept", accept.encode("latin-1"))] if accept else []
    with httpx2.Client() as client:
        del client.headers["accept"]
        answer = client.get(traced.url + "/metrics", headers=headers)
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    sample = re.compile(r'[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.e+-]+')
    lines = answer.text.splitlines()
    assert [line for line in lines if not (line.startswith(("# HELP ", "# TYPE ")) or sample.fullmatch(line))] == []
    assert TRACE not in answer.text
    assert "# TYPE ocr_requests_total counter" in lines
    assert "# TYPE process_cpu_seconds_total counter" in lines


@pytest.mark.parametrize("accept", [OPENMETRICS, f"{OPENMETRICS}; version=zz", PROMETHEUS])
def test_openmetrics_has_the_same_samples(null_service: Any, accept: str) -> None:
    """Its own parser, which is strict, takes it, with all that the classic format has."""
    null_service.ocr(b"no image")
    answer = null_service.client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    names = {sample.name for family in text_string_to_metric_families(answer.text) for sample in family.samples}
    classic = null_service.client.get("/metrics").text
    assert names == {re.split(r"[{ ]", line)[0] for line in classic.splitlines() if not line.startswith("#")}
    assert answer.text.endswith("# EOF\n")


def test_several_workers_speak_it_without_exemplars(
    start_service: Callable[..., Any], collector: Collector, image: Callable[[str], bytes]
) -> None:
    """prometheus_client keeps none in the files that workers share; all else is there, and can be parsed."""
    service = start_service(engine="null", workers=2, traces_url=collector.url)
    read(service, image, "01")
    assert exemplars(service) == {}
    text = service.client.get("/metrics", headers={"Accept": PROMETHEUS}).text
    assert 'ocr_requests_total{code="200",route="/ocr"} 1.0' in text


@pytest.fixture
def prometheus(traced: Any, tmp_path: Path) -> Iterator[str]:
    """A Prometheus that keeps exemplars and scrapes the service twice a second; its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    target = traced.url.removeprefix("http://")
    job = {"job_name": "ocr", "static_configs": [{"targets": [target]}]}
    config = {"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"}, "scrape_configs": [job]}
    file = tmp_path / "prometheus.yml"
    file.write_text(json.dumps(config))  # JSON is YAML
    command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    command += ["--enable-feature=exemplar-storage", f"--web.listen-address={address}"]
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@needs_prometheus
def test_a_prometheus_keeps_them(traced: Any, prometheus: str, image: Callable[[str], bytes]) -> None:
    """It finds the trace beside each of the three histograms, with the labels of the value."""
    read(traced, image, "01")
    end, found = time.monotonic() + _PATIENCE_SECONDS, set[tuple[str, str]]()
    query = {
        "query": '{__name__=~"ocr_.*_duration_seconds_bucket"}',
        "start": time.time() - 60,
        "end": time.time() + 60,
    }
    while {name for name, _ in found} != {f"{name}_bucket" for name in HISTOGRAMS}:
        assert time.monotonic() < end, found
        time.sleep(0.1)
        try:
            answer = httpx2.get(f"{prometheus}/api/v1/query_exemplars", params=query)
        except httpx2.TransportError:
            continue  # not listening yet
        series = answer.json()["data"] if answer.status_code == 200 else []
        found = {
            (each["seriesLabels"]["__name__"], one["labels"]["trace_id"])
            for each in series
            for one in each["exemplars"]
        }
    assert {trace for _, trace in found} == {TRACE}
