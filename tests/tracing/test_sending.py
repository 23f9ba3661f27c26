"""How traces leave a real service, and that nothing else is any different where they cannot."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from tests.tracing.collector import ERROR, Collector, children, names, root
from tests.tracing.conftest import SOON

Start = Callable[..., Any]

ROOT = Path(__file__).parents[2]
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def loads(process: psutil.Process, name: str) -> bool:
    """Whether a library whose path has *name* in it is in the process."""
    return name in Path(f"/proc/{process.pid}/maps").read_text()


def worker_of(service: Any) -> psutil.Process:
    """The one that answers."""
    (worker,) = psutil.Process(service.process.pid).children()
    return worker


def test_nothing_is_imported_where_they_are_off() -> None:
    """Neither the SDK nor what it needs, by all that a worker imports."""
    code = (
        "import sys, app.bootstrap, app.household\n"
        "from app.http import body, observation, ocr_routes, platform_entrance, probe_routes, problems\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "app.tracing.choice" in ran.stdout.split()
    found = {name.partition(".")[0] for name in ran.stdout.split()}
    assert found & {"opentelemetry", "requests", "urllib3", "google"} == set()


def test_the_worker_alone_sends(start_service: Start, collector: Collector, image: Any) -> None:
    """What is forked from it has neither the library nor a thread of it; without the setting the worker has none."""
    off = start_service(engine="null")
    on = start_service(engine="null", traces_url=collector.url)
    on.ocr(image("latin.png"))
    assert loads(worker_of(on), "/charset_normalizer/")
    assert not loads(worker_of(off), "/charset_normalizer/")
    others = worker_of(on).children(recursive=True)
    assert {process.name() for process in others} == {"ocr-nursery", "ocr-decoder", "ocr-engine"}
    assert [process.name() for process in others if loads(process, "/charset_normalizer/")] == []
    assert on.processes("ocr-nursery")[0].num_threads() == 1


def test_what_is_left_is_sent_at_the_end(start_service: Start, collector: Collector, image: Any) -> None:
    """At SIGTERM, however long spans lie in the queue otherwise."""
    service = start_service(engine="null", traces_url=collector.url, environ={"OTEL_BSP_SCHEDULE_DELAY": "3600000"})
    service.client.post("/ocr", content=image("latin.png"), headers={"X-Request-Id": "last"})
    assert collector.bodies == []
    assert service.stop() == 0
    assert root(collector.spans).attributes["ocr.request_id"] == "last"


def test_the_variables_of_the_sdk_are_heeded(start_service: Start, collector: Collector, image: Any) -> None:
    """Headers for the collector, and what the service is called; a path in the setting is taken as it is."""
    environ = SOON | {
        "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=of-the-collector",
        "OTEL_SERVICE_NAME": "receipts",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,service.version=ours",
    }
    service = start_service(engine="null", traces_url=f"{collector.url}/otlp/v1/traces", environ=environ)
    service.client.post("/ocr", content=image("latin.png"), headers={"X-Request-Id": "named"})
    resource = root(collector.request("named")).resource
    assert (resource["service.name"], resource["service.version"]) == ("receipts", "ours")
    assert resource["deployment.environment.name"] == "test"
    assert set(collector.paths) == {"/otlp/v1/traces"}
    assert {headers["x-api-key"] for headers in collector.headers} == {"of-the-collector"}


def test_a_share_of_nothing_leaves_those_whose_callers_are_traced(
    start_service: Start, collector: Collector, image: Any
) -> None:
    """Requests of no trace are not recorded, and their log lines tell of none; a caller's trace goes on."""
    service = start_service(engine="null", traces_url=collector.url, traces_share=0, environ=SOON)
    service.client.post("/ocr", content=image("latin.png"), headers={"X-Request-Id": "none"})
    headers = {"X-Request-Id": "of-a-trace", "traceparent": TRACEPARENT}
    service.client.post("/ocr", content=image("latin.png"), headers=headers)
    assert collector.request("of-a-trace")
    assert {span.attributes["ocr.request_id"] for span in collector.spans if not span.name.islower()} == {"of-a-trace"}
    (line,) = [line for line in service.log() if line.get("request_id") == "none"]
    assert "trace_id" not in line
    assert set(collector.paths) == {"/v1/traces"}


def test_where_they_are_off_the_log_still_has_the_trace(null_service: Any, image: Any) -> None:
    """A caller's trace is found by its id in the log; there is no span of ours to name."""
    headers = {"X-Request-Id": "untraced", "traceparent": TRACEPARENT}
    null_service.client.post("/ocr", content=image("latin.png"), headers=headers)
    (line,) = [line for line in null_service.log() if line.get("request_id") == "untraced"]
    assert (line["trace_id"], "span_id" in line) == (TRACEPARENT[3:35], False)


def test_a_request_that_fails_is_marked_and_shows_how_far_it_came(
    start_service: Start, collector: Collector, image: Any
) -> None:
    """Out of time in the middle of a page: the error is in the request's span and in the page's; the stage is there."""
    service = start_service(
        engine="null", null_delay_seconds=2, deadline_seconds=1, traces_url=collector.url, environ=SOON
    )
    answer = service.client.post("/ocr", content=image("latin.png"), headers={"X-Request-Id": "late"})
    assert answer.status_code == 504
    spans = collector.request("late")
    server = root(spans)
    assert (server.status, server.attributes["error.type"]) == (ERROR, "deadline_exceeded")
    assert server.attributes["ocr.error_code"] == "deadline_exceeded"
    (page,) = [span for span in children(spans, server) if span.name == "page"]
    assert (page.status, page.attributes["error.type"]) == (ERROR, "deadline_exceeded")
    assert names(children(spans, page)) == ["decode", "detect", "crop", "recognise"]


def test_a_collector_that_is_not_there_is_nobodys_trouble(
    start_service: Start, free_port: Callable[[], int], image: Any
) -> None:
    """Answers are as ever; of all the batches that are lost the log has one line, and no traceback."""
    url = f"http://127.0.0.1:{free_port()}"
    service = start_service(engine="null", traces_url=url, environ=SOON | {"OTEL_BSP_MAX_QUEUE_SIZE": "512"})
    expected = {key: value for key, value in service.ocr(image("latin.png")).json().items() if key in {"text", "pages"}}
    for _ in range(200):
        answer = service.ocr(image("latin.png")).json()
        assert answer | expected == answer
    Collector.eventually(lambda: [line for line in service.log() if line["event"] == "traces not sent"])
    assert service.stop() == 0
    lines = [line for line in service.log() if line["event"] not in {"request", "ready"}]
    (told,) = [line for line in lines if line["event"] == "traces not sent"]
    assert "exc_info" not in told
    assert [line for line in lines if "opentelemetry" in line["logger"] or line["level"] == "ERROR"] == []


def test_a_collector_that_says_nothing_does_not_hold_up_the_end(
    start_service: Start, black_hole: str, image: Any
) -> None:
    """Whatever time the exporter has, requests are answered, and the process ends soon after its SIGTERM."""
    environ = SOON | {"OTEL_EXPORTER_OTLP_TIMEOUT": "600"}
    service = start_service(engine="null", traces_url=black_hole, environ=environ)
    for _ in range(20):
        assert service.ocr(image("latin.png")).status_code == 200
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < 20  # where it is waited for: 30 at least


def test_a_collector_that_refuses_is_nobodys_trouble(start_service: Start, collector: Collector, image: Any) -> None:
    """What it does not take is dropped; what it takes later arrives."""
    collector.status = 400
    service = start_service(engine="null", traces_url=collector.url, environ=SOON)
    assert service.ocr(image("latin.png")).status_code == 200
    collector.eventually(lambda: collector.headers)
    collector.status = 200
    assert service.client.post("/ocr", content=image("latin.png"), headers={"X-Request-Id": "later"}).status_code == 200
    assert collector.request("later")
    assert {span.attributes["ocr.request_id"] for span in collector.spans if span.kind == 2} == {"later"}


@pytest.mark.parametrize("url", ["collector:4318", "http://", "ftp://collector", "http://a/?key=b", "http://u:p@a/"])
def test_a_url_that_is_none_stops_the_start(start_service: Start, url: str) -> None:
    """With one line that names the setting, and does not repeat what may be a secret."""
    service = start_service(wait=False, engine="null", traces_url=url)
    assert service.process.wait(60) == 3
    lines = service.log_file.read_text()
    assert "OCR_TRACES_URL: must be" in lines
    assert "Traceback" not in lines


def test_a_variable_of_the_sdk_that_cannot_be_used_stops_the_start(start_service: Start) -> None:
    """With one line, too: a queue smaller than a batch."""
    environ = {"OTEL_BSP_MAX_QUEUE_SIZE": "8"}
    service = start_service(wait=False, engine="null", traces_url="http://127.0.0.1:1", environ=environ)
    assert service.process.wait(60) == 3
    lines = service.log_file.read_text()
    assert "OTEL_*: max_export_batch_size must be" in lines
    assert "Traceback" not in lines


def test_an_event_goes_on_with_the_trace_of_its_request(start_service: Start, collector: Collector) -> None:
    """What a gateway puts in an event has the client's headers; and before the instance is frozen, spans are sent."""
    service = start_service(
        engine="null",
        environ={"FC_FUNCTION_NAME": "ocr", "FC_REGION": "cn-hangzhou", "OTEL_BSP_SCHEDULE_DELAY": "3600000"},
        traces_url=collector.url,
        port_variable="FC_CUSTOM_LISTEN_PORT",
    )
    event = {
        "requestContext": {"http": {"method": "POST", "path": "/ocr", "sourceIp": "203.0.113.1"}},
        "headers": {"traceparent": TRACEPARENT, "X-Request-Id": "of-an-event"},
        "body": "not an image",
    }
    control = "x-fc-control-path"
    service.client.post("/invoke", json=event, headers={control: "/invoke"})
    assert collector.bodies == []
    assert service.client.get("/pre-freeze", headers={control: "/pre-freeze"}).status_code == 200
    (server,) = [span for span in collector.spans if span.kind == 2]
    assert (server.trace, server.parent) == (TRACEPARENT[3:35], TRACEPARENT[36:52])
    assert server.attributes["ocr.request_id"] == "of-an-event"


def test_two_workers_send_each_their_own(start_service: Start, collector: Collector, image: Any) -> None:
    """Each has a batch and a name of its own."""
    service = start_service(engine="null", workers=2, traces_url=collector.url, environ=SOON)

    def instances() -> bool:
        assert httpx2.post(service.url + "/ocr", content=image("latin.png")).status_code == 200
        return len({span.resource["service.instance.id"] for span in collector.spans}) == 2

    collector.eventually(instances)
