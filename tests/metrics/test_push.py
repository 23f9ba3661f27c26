"""Metrics that are pushed when the instance ends."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.metrics.push import MetricsPush


@pytest.fixture(name="gateway")
def _gateway() -> Iterator[SimpleNamespace]:
    seen: list[tuple[str, str, bytes]] = []
    state = SimpleNamespace(seen=seen, status=200, url="")

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            seen.append((self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(state.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_they_are_put_in_the_place_of_earlier_ones(gateway: SimpleNamespace) -> None:
    """Under this instance's own name, in the format of a scrape."""
    assert MetricsPush(gateway.url, lambda: b"a 1\n").push()
    ((path, kind, body),) = gateway.seen
    assert path.startswith("/metrics/job/ocr/instance/")
    assert kind.startswith("text/plain; version=")
    assert body == b"a 1\n"


def test_a_gateway_that_fails_fails_nobody(gateway: SimpleNamespace) -> None:
    """The instance ends all the same."""
    gateway.status = 500
    assert not MetricsPush(gateway.url, lambda: b"").push()
    assert not MetricsPush("http://127.0.0.1:9", lambda: b"").push()
    assert not MetricsPush("", lambda: b"").push()
    assert len(gateway.seen) == 1


def test_a_real_instance_pushes_what_it_did_as_it_ends(
    gateway: SimpleNamespace, start_service: Callable[..., Any], image: Callable[[str], bytes]
) -> None:
    """After SIGTERM the gateway has the count of its requests."""
    service = start_service(engine="null", metrics_push_url=gateway.url)
    assert service.ocr(image("latin.png")).status_code == 200
    service.process.terminate()
    service.process.wait(30)
    assert any(b'ocr_requests_total{code="200",route="/ocr"} 1.0' in body for _, _, body in gateway.seen)


def test_what_is_no_address_stops_the_start() -> None:
    """One line that names the setting."""
    with pytest.raises(ConfigurationError, match="OCR_METRICS_PUSH_URL"):
        MetricsPush("gateway:9091", lambda: b"")


def test_a_gateway_that_speaks_no_http_fails_nobody() -> None:
    """Whatever comes back, and however slowly, within the time for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(b"garbage\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert not MetricsPush(f"http://127.0.0.1:{listener.getsockname()[1]}", lambda: b"").push()
        thread.join(10)


@pytest.mark.parametrize("url", ["http://user:secret@host", "http://[x", "http://host/a b", "ftp://host"])
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    """There may be a secret in it."""
    with pytest.raises(ConfigurationError, match="OCR_METRICS_PUSH_URL") as caught:
        MetricsPush(url, lambda: b"")
    assert "secret" not in str(caught.value)
