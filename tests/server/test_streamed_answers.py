"""Answers that are sent while they are made: each part at once, and no thread that waits for a client."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

Service = Any
_APPLICATION = "tests.server.streaming_application:app"
_HEAD_END = b"\r\n\r\n"


@pytest.fixture
def service(start_service: Any) -> Service:
    """The streaming application, which gives clients a second."""
    return start_service(app_module=_APPLICATION, read_seconds=1, read_rate=100_000_000)


@pytest.fixture
def ask(service: Service) -> Iterator[Callable[[str], dict[str, int]]]:
    """Ask it something on another connection."""
    with httpx2.Client(base_url=service.url, timeout=20) as client:
        yield lambda path: client.get(path).json()


def until(seen: Callable[[], bool]) -> None:
    """Wait until something is seen."""
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def read_to_the_end(client: Any) -> bytes:
    """What a client is sent, up to the last chunk."""
    received = bytearray()
    while not received.endswith(b"0\r\n\r\n"):
        data = client.socket.recv(1 << 20)
        assert data
        received += data
    return bytes(received)


def read_until(client: Any, end: bytes) -> bytes:
    """What a client is sent, up to *end*."""
    received = b""
    while not received.endswith(end):
        data = client.socket.recv(1)
        assert data, received
        received += data
    return received


def get(path: str, version: str = "1.1") -> bytes:
    """Compose a request."""
    return f"GET {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode()


def test_a_part_is_out_before_the_next_is_made(service: Service, connect: Any, ask: Any) -> None:
    """In chunks; the next request on the connection, sent meanwhile, is answered behind the last of them."""
    client = connect(service)
    client.send(get("/steps") + get("/seen"))
    head, _, chunk = read_until(client, b"first\r\n").partition(_HEAD_END)
    assert b"transfer-encoding: chunked" in head.lower()
    assert chunk == b"5\r\nfirst\r\n"
    assert ask("/seen")["closed"] == 0
    ask("/next")
    assert read_until(client, b"0\r\n\r\n") == b"4\r\nlast\r\n0\r\n\r\n"
    assert client.chunked_answer()[0] == {"hung_up": 0, "closed": 1}


def test_old_clients_get_the_parts_as_they_are(service: Service, connect: Any, ask: Any) -> None:
    """HTTP/1.0 has no chunks: the end of the connection is the end of the answer."""
    client = connect(service)
    client.send(get("/steps", "1.0"))
    head, _, part = read_until(client, b"first").partition(_HEAD_END)
    assert b"transfer-encoding" not in head.lower()
    assert part == b"first"
    ask("/next")
    assert client.socket.makefile("rb").read() == b"last"


def test_an_answer_that_fails_midway_is_never_taken_for_whole(service: Service, connect: Any, ask: Any) -> None:
    """Its last chunk is not sent, and the connection ends."""
    client = connect(service)
    client.send(get("/fails"))
    read_until(client, b"first\r\n")
    ask("/next")
    assert client.is_closed()
    assert "a streamed answer failed" in service.log_file.read_text()


def test_who_hangs_up_midway_is_missed(service: Service, connect: Any, ask: Any) -> None:
    """The application is told while it works, and the connection is forgotten when it is done."""
    client = connect(service)
    client.send(get("/floods"))
    read_until(client, b"first\r\n")
    client.close()
    until(lambda: ask("/seen") == {"hung_up": 1, "closed": 1})


def test_who_does_not_read_holds_nobody_up_and_is_given_up(service: Service, connect: Any, ask: Any) -> None:
    """What it leaves lying is kept, so the answer goes on; once it is too slow it counts as gone."""
    client = connect(service)
    client.send(get("/floods"))
    until(lambda: ask("/seen") == {"hung_up": 1, "closed": 1})
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := client.socket.recv(1 << 20):
            received = received[-100:] + data
    assert not received.endswith(b"0\r\n\r\n")


def test_what_was_not_read_yet_follows_the_end(start_service: Any, connect: Any) -> None:
    """A client that reads late, but in time, gets all of it, when the application has long been done."""
    service = start_service(app_module=_APPLICATION)
    client = connect(service)
    client.send(get("/floods"))
    read_until(client, b"first\r\n")
    service.client.get("/next")
    until(lambda: service.client.get("/seen").json() == {"hung_up": 0, "closed": 1})
    assert read_to_the_end(client).endswith(b"x\r\n4\r\nlast\r\n0\r\n\r\n")
