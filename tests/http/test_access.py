"""Access over HTTP, against real processes: keys, their rotation, rates, probes, and what is told to whom."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

OLD, NEW = "old-key-old-key-old", "new-key-new-key-new"
WRONG = "wrong-key-wrong-key"
ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 30


def status(service: Any, key: str, image: bytes) -> int:
    """Return what a request with *key* is answered."""
    answer = service.client.post("/ocr", content=image, headers={"X-API-Key": key})
    return int(answer.status_code)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether *condition* comes true before long."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def becomes(service: Any, key: str, image: bytes, wanted: int) -> bool:
    """Whether requests with *key* are answered *wanted* before long."""
    return eventually(lambda: status(service, key, image) == wanted)


def logs(service: Any, event: str) -> bool:
    """Whether the service has logged, or soon logs, a line that begins with *event*."""
    return eventually(lambda: any(line["event"].startswith(event) for line in service.log()))


def test_only_those_with_a_key_come_in(start_service: Any, image: Any) -> None:
    """Every key is let in by either header, everything else gets a 401 that says how; the log names places of keys
    and shows none; refusals are counted by their reason, and open probes need no key.
    """
    service, picture = start_service(engine="null", api_keys=f"{OLD},{NEW}"), image("latin.png")
    for headers in ({"Authorization": f"bearer {OLD}"}, {"X-API-Key": NEW}):
        assert service.client.post("/ocr", content=picture, headers=headers).status_code == 200
    for headers in ({}, {"X-API-Key": WRONG}, {"Authorization": f"Bearer {OLD}", "X-API-Key": NEW}):
        answer = service.client.post("/ocr", content=picture, headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json()["title"], answer.json()["code"]) == ("Unauthorized", "unauthorized")
    assert service.client.get("/nowhere").status_code == 401
    for path in ("/healthz", "/readyz", "/metrics", "/info"):
        answer = service.client.get(path)
        assert answer.status_code == 200
        assert not any(key in answer.text for key in (OLD, NEW))
    assert service.metric("ocr_rejected_total", reason="unauthorized") == 4
    assert service.metric("ocr_requests_total", route="/ocr", code="401") == 3
    log = [(line["status"], line["code"], line.get("key")) for line in service.log() if line["event"] == "request"]
    assert log[:3] == [(200, "ok", "env-1"), (200, "ok", "env-2"), (401, "unauthorized", None)]
    assert not any(key in service.log_file.read_text() for key in (OLD, NEW, WRONG))


def test_closed_probes_need_a_key(start_service: Any) -> None:
    """With the setting off every probe answers 401 without a key, and with one as ever."""
    service = start_service(wait=False, engine="null", api_keys=OLD, open_probes="false")

    def ready() -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return bool(service.client.get("/readyz", headers={"X-API-Key": OLD}).status_code == 200)
        return False

    assert eventually(ready)
    for path in ("/healthz", "/readyz", "/metrics", "/info"):
        assert service.client.get(path).status_code == 401
        assert service.client.get(path, headers={"X-API-Key": OLD}).status_code == 200


def test_a_client_without_a_key_is_answered_before_its_body(start_service: Any) -> None:
    """Whoever announces a large body and sends none of it hears 401, and is not waited for."""
    service = start_service(engine="null", api_keys=OLD)
    address = httpx2.URL(service.url)
    with socket.create_connection((address.host, address.port or 80), _PATIENCE_SECONDS) as connection:
        connection.sendall(b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 401"


def test_keys_are_rotated_without_a_restart(start_service: Any, image: Any, tmp_path: Path) -> None:
    """As Kubernetes swaps a secret: a new key is let in and the old one no longer, in the same worker and without a
    request refused that shows a key of both; a file that is gone changes nothing.
    """
    for name, keys in (("..one", OLD), ("..both", f"{OLD}\n{NEW}\n"), ("..two", f"# after the old one\n{NEW}\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys").write_text(keys)

    def swap(name: str) -> None:
        (tmp_path / "..next").symlink_to(name)
        (tmp_path / "..next").replace(tmp_path / "..data")

    swap("..one")
    (tmp_path / "keys").symlink_to("..data/keys")
    service, picture = start_service(engine="null", api_keys_file=tmp_path / "keys"), image("latin.png")
    assert [status(service, key, picture) for key in (OLD, NEW)] == [200, 401]
    swap("..both")
    assert becomes(service, NEW, picture, 200)
    assert status(service, OLD, picture) == 200
    swap("..two")
    assert becomes(service, OLD, picture, 401)
    assert status(service, NEW, picture) == 200
    (tmp_path / "..data").unlink()
    assert eventually(
        lambda: status(service, NEW, picture) == 200 and "keys before it stay" in service.log_file.read_text()
    )
    assert status(service, NEW, picture) == 200
    assert len({line["pid"] for line in service.log() if line["logger"].startswith("ocr.")}) == 1


def test_a_reload_survives_a_file_that_is_being_changed(start_service: Any, image: Any, tmp_path: Path) -> None:
    """Where the file is empty as SIGHUP replaces the worker, the new one starts closed instead of ending the service,
    and opens with the next good file.
    """
    keys = tmp_path / "keys"
    keys.write_text(OLD)
    service, picture = start_service(engine="null", api_keys_file=keys), image("latin.png")
    keys.write_text("")
    service.process.send_signal(signal.SIGHUP)
    assert logs(service, "keys file unusable, nobody is let in by it")
    assert logs(service, "Worker exiting")
    service.reconnect()
    assert becomes(service, OLD, picture, 401)
    keys.write_text(NEW)
    assert becomes(service, NEW, picture, 200)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"api_keys": "short"}, "OCR_API_KEYS: key 1 has 5 characters < 16 needed"),
        ({"api_keys_file": "/nowhere/keys"}, "OCR_API_KEYS_FILE='/nowhere/keys': No such file or directory"),
        ({"cors_origins": "https://a.example/"}, "OCR_CORS_ORIGINS: 'https://a.example/' is no origin; one has a "),
    ],
)
def test_a_bad_setting_stops_the_start(start_service: Any, settings: dict[str, str], complaint: str) -> None:
    """The process ends before it listens, with one line that names the variable; no worker was started."""
    service = start_service(wait=False, engine="null", **settings)
    assert service.process.wait(_PATIENCE_SECONDS) == 1
    text = service.log_file.read_text()
    assert [line for line in text.splitlines() if line.startswith(f"configuration error: {complaint}")]
    assert "Booting worker" not in text
    assert "Listening" not in text


def test_who_comes_too_often_hears_when_to_come_back(start_service: Any, image: Any) -> None:
    """429 with Retry-After once the burst is used up, for that key alone; probes go on; refusals are counted."""
    service, picture = (
        start_service(engine="null", api_keys=f"{OLD},{NEW}", rate_limit=0.01, rate_burst=3),
        image("latin.png"),
    )
    assert [status(service, OLD, picture) for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = service.client.post("/ocr", content=picture, headers={"X-API-Key": OLD})
    assert answer.json()["code"] == "rate_limited"
    assert 90 <= int(answer.headers["Retry-After"]) <= 100
    assert status(service, NEW, picture) == 200
    assert service.client.get("/healthz").status_code == 200
    assert service.metric("ocr_rejected_total", reason="rate_limited") == 3


def test_no_process_keeps_a_key_that_can_be_read() -> None:
    """Once the service is loaded, neither its environment nor any object in its memory holds a key in clear."""
    script = (
        "import gc, os, sys, wsgi; gc.unfreeze(); gc.collect()\n"
        "assert 'OCR_API_KEYS' not in os.environ\n"
        "found = [type(o) for o in gc.get_objects() for r in gc.get_referents(o)\n"
        "         if isinstance(r, str | bytes) and (sys.argv[1] if isinstance(r, str) else sys.argv[1].encode()) "
        "in r[::-1]]\n"
        "assert not found, found\n"
        "client = wsgi.app.test_client()\n"
        "for key, code in (('x', 401), (sys.argv[1][::-1], 404)):\n"
        "    assert client.post('/nowhere', headers={'X-API-Key': key}).status_code == code\n"
    )
    environment = {"PATH": os.environ["PATH"], "OCR_ENGINE": "null", "OCR_API_KEYS": OLD}
    command = [sys.executable, "-c", script, OLD[::-1]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_header_of_a_proxy_reaches_gunicorn(null_service: Any, image: Any) -> None:
    """The server trusts no peer, not even one on this machine: such headers change nothing and break nothing."""
    forged = {"SCRIPT_NAME": "/evil", "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"}
    assert null_service.client.post("/ocr", content=image("latin.png"), headers=forged).status_code == 200


def test_answers_are_guarded_and_tell_no_version(null_service: Any, image: Any) -> None:
    """Answers, errors and probes carry the security headers, and the server's name without its version."""
    for answer in (
        null_service.ocr(image("latin.png")),
        null_service.ocr(b"no picture"),
        null_service.client.get("/healthz"),
        null_service.client.get("/nowhere"),
    ):
        assert answer.headers["Server"] == "gunicorn"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
