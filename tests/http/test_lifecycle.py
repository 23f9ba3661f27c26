"""Start, readiness, overload, deadline and stop of the real process."""

import concurrent.futures
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import psutil
import pytest

Image = Callable[[str], bytes]


def test_an_early_connection_waits_for_the_models(start_service: Any, image: Image) -> None:
    """With ``warmup=import`` the port is bound first: a request sent during the start is answered, not refused."""
    service = start_service(wait=False, det_max_side=640)
    while True:
        try:
            response = service.ocr(image("latin.png"))
            break
        except httpx2.ConnectError:  # the arbiter itself is not up yet
            assert service.process.poll() is None, service.log_file.read_text()
            time.sleep(0.02)
    assert response.status_code == 200
    ready = next(line for line in service.log() if line["event"] == "ready")
    parts = ready["start_seconds"]
    assert set(parts) == {"imports", "load", "warm_up", "total"}
    assert parts["total"] == pytest.approx(parts["imports"] + parts["load"] + parts["warm_up"], abs=0.01)
    for part in ("imports", "load", "warm_up"):
        assert service.metric("ocr_start_part_seconds", part=part) == pytest.approx(parts[part], abs=0.01)
    assert service.metric("ocr_warmup_seconds") == pytest.approx(parts["warm_up"], abs=0.01)
    assert service.metric("ocr_cold_start_seconds") == pytest.approx(parts["total"], abs=0.01)


def test_background_warm_up_serves_probes_meanwhile(start_service: Any, image: Image) -> None:
    """``warmup=background``: live at once, ready later; an early request waits and is answered."""
    service = start_service(wait=False, warmup="background", model="pp-ocrv6-small")
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        early = None
        while not early or not early.done():
            try:
                seen.add((service.client.get("/healthz").status_code, service.client.get("/readyz").status_code))
            except httpx2.ConnectError:
                assert service.process.poll() is None, service.log_file.read_text()
            else:
                early = early or pool.submit(service.ocr, image("latin.png"))
            time.sleep(0.02)
        assert early.result().status_code == 200
    assert (200, 503) in seen
    assert {live for live, _ in seen} == {200}
    assert service.client.get("/readyz").status_code == 200


def test_a_request_that_outlives_its_deadline_in_the_warm_up_is_told(start_service: Any, image: Image) -> None:
    """Before the models are ready a request waits no longer than its deadline, then gets 503 and Retry-After."""
    service = start_service(
        wait=False, warmup="background", model="pp-ocrv6-small", deadline_seconds=0.05, engine="openvino"
    )
    while True:
        try:
            response = service.ocr(image("latin.png"))
            break
        except httpx2.ConnectError:
            assert service.process.poll() is None, service.log_file.read_text()
    assert (response.status_code, response.json()["code"]) == (503, "not_ready")
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"port": "0"}, "OCR_PORT"),
        ({"engine": "magic"}, "OCR_ENGINE"),
        ({"model": "pp-ocrv9"}, "pp-ocrv9"),
        ({"weights_dir": "/nonexistent"}, "app.weights fetch"),
        ({"model_dir": "/nonexistent", "engine": "openvino"}, "/nonexistent/det"),
    ],
)
def test_what_cannot_start_says_so_and_ends(start_service: Any, settings: dict[str, str], word: str) -> None:
    """A bad setting or missing model ends the process with one line that names it, and no traceback."""
    service = start_service(wait=False, **settings)
    assert service.process.wait(60) != 0
    written = service.log_file.read_text()
    assert sum(word in line for line in written.splitlines()) == 1, written
    assert "Traceback" not in written


def test_a_full_queue_refuses_at_once_and_probes_still_answer(start_service: Any, image: Image) -> None:
    """Past the bound requests get 503 with Retry-After; whoever was let in is answered; probes never wait."""
    service = start_service(engine="null", null_delay_seconds=0.5, slots=1, cpus=1, queue_size=4)
    data = image("latin.png")
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        answers = [pool.submit(httpx2.post, service.url + "/ocr", content=data, timeout=60) for _ in range(30)]
        while service.metric("ocr_queue_depth") < 4:
            time.sleep(0.01)
        assert service.client.get("/healthz").status_code == 200
        assert service.client.get("/readyz").status_code == 200
        answers = [answer.result() for answer in answers]
    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) == {200, 503}
    assert codes.count(200) >= 6  # one slot, one decoding, four waiting
    for refused in (answer for answer in answers if answer.status_code == 503):
        assert refused.json()["code"] == "queue_full"
        assert int(refused.headers["retry-after"]) >= 1
    assert service.metric("ocr_rejected_total", reason="queue_full") == codes.count(503)
    assert service.metric("ocr_queue_depth") == 0


def test_a_deadline_ends_a_request_in_the_queue_and_at_work(start_service: Any, image: Image) -> None:
    """A request gets 504 when its time is up, wherever it is, and leaves nothing behind that holds others up."""
    service = start_service(engine="null", null_delay_seconds=0.6, slots=1, cpus=1, deadline_seconds=0.5)
    data = image("latin.png")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: httpx2.post(service.url + "/ocr", content=data, timeout=60), range(6)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(504, "deadline_exceeded")}
    assert {"queue", "recognise"} & {answer.json()["detail"].rpartition(": ")[2] for answer in answers}
    assert service.metric("ocr_requests_in_flight") == 1  # the scrape itself
    assert service.metric("ocr_queue_depth") == 0


def test_sigterm_answers_what_was_accepted(start_service: Any, image: Image) -> None:
    """At SIGTERM requests at work and in the queue are still answered, and the process ends with status 0."""
    service = start_service(engine="null", null_delay_seconds=0.3, slots=1, cpus=1)
    data = image("latin.png")
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        answers = [pool.submit(httpx2.post, service.url + "/ocr", content=data, timeout=60) for _ in range(5)]
        while service.metric("ocr_requests_in_flight") < 6:  # the five and the scrape
            time.sleep(0.01)
        assert service.stop(signal.SIGTERM) == 0
        assert [answer.result().status_code for answer in answers] == [200] * 5
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", httpx2.URL(service.url).port)) != 0


def test_ctrl_c_is_the_arbiters_to_hear(start_service: Any, image: Image) -> None:
    """At a terminal SIGINT reaches arbiter and worker. The worker leaves it to the arbiter, and nobody is killed."""
    service = start_service()
    (worker,) = psutil.Process(service.process.pid).children()
    worker.send_signal(signal.SIGINT)
    assert service.ocr(image("latin.png")).status_code == 200
    assert psutil.Process(service.process.pid).children() == [worker]
    for process in (worker, service.process):
        process.send_signal(signal.SIGINT)
    assert service.process.wait(60) == 0
    assert not [line for line in service.log() if "SIGKILL" in str(line.get("event"))]


def test_readyz_fails_while_draining(start_service: Any, image: Image) -> None:
    """On a connection that is still open, a draining process says 503 draining to readyz and to new work."""
    service = start_service(engine="null", null_delay_seconds=1.5, slots=1, cpus=1)
    data = image("latin.png")
    with httpx2.Client(base_url=service.url, timeout=60) as kept:
        assert kept.get("/readyz").status_code == 200
        busy = threading.Thread(target=service.ocr, args=(data,))
        busy.start()
        while kept.get("/metrics") and service.metric("ocr_requests_in_flight") < 2:
            time.sleep(0.01)
        service.process.send_signal(signal.SIGTERM)
        while not any("Handling signal: term" in str(line.get("event")) for line in service.log()):
            time.sleep(0.01)
        time.sleep(0.1)
        ready = kept.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "draining")
        busy.join()


def test_info_tells_what_runs(null_service: Any) -> None:
    """``/info`` names version, model, engine, precision, threads and limits."""
    info = null_service.client.get("/info").json()
    assert (info["engine"], info["precision"], info["state"]) == ("null", "none", "ready")
    assert info["limits"]["max_bytes"] == 65536
    assert info["threads"]["recognizer_slots"] >= 1


def test_info_tells_how_much_memory_is_planned_for(start_service: Callable[..., Any]) -> None:
    """``/info`` has the limit, which is shared out among workers, what each comes to take, and what was left out."""
    info = start_service(engine="null", workers=2, memory_bytes=1 << 30, det_max_side=1600).client.get("/info").json()
    memory = info["memory_bytes"]
    assert memory["limit"] == 1 << 29
    assert memory["total"] == memory["engine"] + memory["pictures"] + memory["bodies"]
    assert all(memory[part] > 0 for part in ("engine", "pictures", "bodies"))
    assert 400_000 <= info["limits"]["det_max_pixels"] < 1600 * 1600


def test_a_service_that_was_frozen_goes_on(start_service: Any, image: Image) -> None:
    """Longer than any limit on workers and runs, and with the arbiter awake first: nobody takes anybody for hung."""
    service = start_service(engine="null", start_timeout_seconds=3, hang_seconds=1)
    arbiter = psutil.Process(service.process.pid)
    family = [arbiter, *arbiter.children(recursive=True)]
    for process in reversed(family):
        process.suspend()
    time.sleep(6)
    for process in family:
        process.resume()
        time.sleep(0.3)
    assert service.ocr(image("latin.png")).status_code == 200
    assert arbiter.children()[0] == family[1]
    assert service.metric("ocr_engine_replacements_total") == 0
