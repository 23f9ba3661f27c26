"""Engines and decoders that fail, under a real service: what clients hear, and that the service goes on."""

import concurrent.futures
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import httpx2
import numpy as np
import psutil
import pytest

from tests.faults import faults

_PATIENCE_SECONDS = 60
_CLIENTS = 4


def _picture(height: int = 40) -> bytes:
    return cv2.imencode(".png", np.full((height, 64, 3), 255, np.uint8))[1].tobytes()


@pytest.fixture
def start_faulty(start_service: Callable[..., Any]) -> Callable[..., Any]:
    """Start a service whose engine and decoders do what pictures tell them to."""
    common = {"engine": "null", "cpus": 2, "queue_size": 64, "app_module": "tests.faults.wsgi_faulty:app"}
    return lambda **settings: start_service(**(common | settings))


@contextmanager
def _load(service: Any) -> Iterator[Counter[object]]:
    """Clients that send one good picture after the other meanwhile; what they heard, once that is over."""
    heard: Counter[object] = Counter()
    over = threading.Event()

    def send() -> None:
        with httpx2.Client(base_url=service.url, timeout=_PATIENCE_SECONDS) as client:
            while not over.is_set():
                try:
                    answer = client.post("/ocr", content=_picture())
                    heard[answer.status_code, answer.json().get("code", "ok")] += 1
                except httpx2.TransportError as error:
                    heard[repr(error)] += 1

    def probe() -> None:
        with httpx2.Client(base_url=service.url, timeout=_PATIENCE_SECONDS) as client:
            while not over.is_set():
                heard["readyz", client.get("/readyz").status_code] += 1
                time.sleep(0.02)

    with concurrent.futures.ThreadPoolExecutor(_CLIENTS + 1) as pool:
        threads = [pool.submit(send) for _ in range(_CLIENTS)] + [pool.submit(probe)]
        try:
            _eventually(lambda: heard[200, "ok"] > _CLIENTS and heard["readyz", 200])
            yield heard
        finally:
            over.set()
        for thread in threads:
            thread.result(_PATIENCE_SECONDS)


def _eventually(condition: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def _replaced(service: Any, reason: str) -> float:
    value: float = service.metric("ocr_engine_replacements_total", reason=reason)
    return value


def _worker(service: Any) -> psutil.Process:
    (worker,) = psutil.Process(service.process.pid).children()
    return worker


def _is_refusal(answer: httpx2.Response) -> bool:
    return answer.status_code == 503 and answer.json()["code"] == "engine_error" and "retry-after" in answer.headers


@pytest.mark.parametrize(("height", "reason"), [(faults.CRASH, "ended"), (faults.HANG, "hung"), (faults.STOP, "hung")])
def test_an_engine_that_crashes_or_hangs_is_replaced(start_faulty: Any, height: int, reason: str) -> None:
    """Its requests hear 503 and Retry-After, later ones wait for the next engine; the worker stays, nobody is lost."""
    service = start_faulty(hang_seconds=1)
    worker = _worker(service)
    with _load(service) as heard:
        assert _is_refusal(service.ocr(_picture(height)))
        _eventually(lambda: _replaced(service, reason) == 1)
        assert service.ocr(_picture()).status_code == 200
    assert set(heard) <= {(200, "ok"), (503, "engine_error"), ("readyz", 200), ("readyz", 503)}
    assert heard[200, "ok"] > 0
    assert heard[503, "engine_error"] <= _CLIENTS  # those that were in the engine when it ended
    assert _worker(service) == worker
    assert service.client.get("/healthz").status_code == 200


def test_a_run_that_hangs_is_found_where_requests_are_rare(start_faulty: Any) -> None:
    """Requests may end at their deadline, one after the other, before the run that they wait behind is old enough."""
    service = start_faulty(hang_seconds=2, deadline_seconds=0.8)
    assert service.ocr(_picture(faults.HANG)).status_code == 504
    heard = []
    while _replaced(service, "hung") == 0:
        heard.append(service.ocr(_picture()).status_code)
        assert len(heard) < 50
    assert set(heard[:-1]) <= {503, 504}
    assert service.ocr(_picture()).status_code == 200


def test_health_tells_of_an_engine_that_hangs(start_faulty: Any) -> None:
    """From when it is found out until the next engine serves, liveness is 503, and 200 before and after."""
    service = start_faulty(hang_seconds=1)

    def health() -> tuple[int, int]:
        return service.client.get("/healthz").status_code, service.client.get("/readyz").status_code

    assert health() == (200, 200)
    family = psutil.Process(service.process.pid).children(recursive=True)
    nursery = next(process for process in family if process.name() == "ocr-nursery")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        nursery.suspend()  # so that the next engine does not come before anybody has looked
        hanging = pool.submit(httpx2.post, service.url + "/ocr", content=_picture(faults.HANG), timeout=60)
        while health() == (200, 200):
            time.sleep(0.01)
        assert health() == (503, 503)
        nursery.resume()
        assert _is_refusal(hanging.result())
        while _replaced(service, "hung") == 0:
            time.sleep(0.01)
    assert health() == (200, 200)


@pytest.mark.parametrize("height", [faults.NAN, faults.BUG])
def test_an_engine_that_fails_is_replaced_without_a_gap(start_faulty: Any, height: int) -> None:
    """Values that are no numbers and errors of the runtime are 503, never an empty text; nobody else notices."""
    service = start_faulty()
    with _load(service) as heard:
        assert _is_refusal(service.ocr(_picture(height)))
        _eventually(lambda: _replaced(service, "fault") == 1)
        assert _is_refusal(service.ocr(_picture(height)))
    assert set(heard) == {(200, "ok"), ("readyz", 200)}
    assert _replaced(service, "fault") == 1  # not once for each such picture


def test_an_engine_that_leaks_is_replaced_before_it_does_harm(start_faulty: Any) -> None:
    """Past the watermark a fresh one is warm before the old one leaves: nobody is refused, readiness never fails."""
    service = start_faulty(memory_watermark_bytes=400 << 20)
    with _load(service) as heard:
        while _replaced(service, "memory") < 2:
            assert service.ocr(_picture(faults.LEAK)).status_code == 200
        _eventually(lambda: len(service.processes("ocr-engine")) == 1)
    assert set(heard) == {(200, "ok"), ("readyz", 200)}


@pytest.mark.parametrize(("memory_bytes", "beside"), [(0, True), (300 << 20, False)])
def test_an_engine_is_replaced_after_so_many_pictures(start_faulty: Any, memory_bytes: int, beside: Any) -> None:
    """Where both fit in memory the new one is warm first; otherwise requests wait. Nobody is refused either way."""
    service = start_faulty(max_requests=50, memory_bytes=memory_bytes)
    with _load(service) as heard:
        _eventually(lambda: _replaced(service, "requests") >= 3)
    assert {kind for kind in heard if kind[0] != "readyz"} == {(200, "ok")}
    if beside:
        assert heard["readyz", 503] == 0
    assert all(line["beside"] is beside for line in service.log() if line["event"] == "engine is replaced")


def test_a_killed_engine_is_replaced(start_faulty: Any) -> None:
    """Whoever kills it, those whose pictures it had hear 503, everybody else is answered."""
    service = start_faulty(null_delay_seconds=0.05)
    with _load(service) as heard:
        for number in range(1, 4):
            service.processes("ocr-engine")[0].kill()
            _eventually(lambda number=number: _replaced(service, "ended") == number)
    assert {kind for kind in heard if kind[0] != "readyz"} <= {(200, "ok"), (503, "engine_error")}
    assert heard[503, "engine_error"] <= 3 * _CLIENTS


def test_killed_decoders_are_not_noticed(start_faulty: Any) -> None:
    """A decoder that somebody kills costs its picture a second try, and no client anything."""
    service = start_faulty()
    with _load(service) as heard:
        for _ in range(5):
            before = service.metric("ocr_requests_total", route="/ocr", code="200")
            for decoder in service.processes("ocr-decoder"):
                decoder.kill()
            _eventually(
                lambda before=before: service.metric("ocr_requests_total", route="/ocr", code="200") > before + 8
            )
    assert set(heard) == {(200, "ok"), ("readyz", 200)}


@pytest.mark.parametrize(
    ("end", "detail"),
    [
        (faults.DECODER_CRASH, "no decoder survives this image"),
        (faults.DECODER_HANG, "more than 1 s of decoding > 1 s allowed"),
        (faults.DECODER_BOMB, "decoding takes more memory than an image may"),
    ],
)
def test_a_file_that_is_the_end_of_its_decoder_is_broken(start_faulty: Any, end: bytes, detail: str) -> None:
    """A crash, a hang and a bomb in a decoder are 400 for their own request, and nothing for anybody else."""
    service = start_faulty(decode_seconds=1)
    worker, engine = _worker(service), service.processes("ocr-engine")
    with _load(service) as heard:
        answer = service.ocr(_picture() + end)
        assert (answer.status_code, answer.json()["code"]) == (400, "broken_image")
        assert re.fullmatch(detail, answer.json()["detail"])
    assert set(heard) == {(200, "ok"), ("readyz", 200)}
    assert (_worker(service), service.processes("ocr-engine")) == (worker, engine)


def test_a_worker_without_its_nursery_gives_itself_up(start_faulty: Any) -> None:
    """Where no engine can be started any more gunicorn starts another worker, and the service goes on."""
    service = start_faulty()
    worker = _worker(service)
    service.processes("ocr-nursery")[0].kill()
    _eventually(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    service.reconnect()
    assert service.ocr(_picture()).status_code == 200
    assert _worker(service) != worker


def test_no_process_outlives_its_service(start_faulty: Any) -> None:
    """However it ends: at SIGTERM, and where the worker or the whole service is killed at once."""
    service = start_faulty()
    own = psutil.Process(service.process.pid).children(recursive=True)
    assert {process.name() for process in own} >= {"ocr-nursery", "ocr-engine", "ocr-decoder"}
    _worker(service).kill()
    gone, alive = psutil.wait_procs(own, _PATIENCE_SECONDS)
    assert not alive
    _eventually(lambda: len(service.processes("ocr-engine")) == 1)
    own = psutil.Process(service.process.pid).children(recursive=True)
    assert service.stop() == 0
    gone, alive = psutil.wait_procs(own, _PATIENCE_SECONDS)
    assert not alive
    assert len(gone) >= 3
