"""Clients made of bare sockets, for what no HTTP client would do."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from app.server.server_limits import ServerLimits

PATIENCE_SECONDS = 20
"""After this a test has hung; nothing is measured with it."""


@dataclass
class Answer:
    """One answer off the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        return json.loads(self.body)


class RawClient:
    """A connection that says what it is told to, byte by byte."""

    def __init__(self, url: str) -> None:
        address = httpx2.URL(url)
        self.socket = socket.create_connection((address.host, address.port), PATIENCE_SECONDS)
        self._incoming = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        """Send all of *data*."""
        self.socket.sendall(data)

    def answer(self) -> Answer:
        """The next answer; ends the test if the connection ends first."""
        line = self._incoming.readline()
        assert line, "the connection ended without an answer"
        head = iter(self._incoming.readline, b"\r\n")
        headers = dict(field.decode().rstrip().lower().split(": ", 1) for field in head)
        return Answer(int(line.split()[1]), headers, self._incoming.read(int(headers.get("content-length", 0))))

    def chunked_answer(self) -> tuple[Any, str]:
        """The next answer, which comes in chunks, as JSON, and what it says of the connection."""
        answer, body = self.answer(), b""
        while size := int(self._incoming.readline(), 16):
            body += self._incoming.read(size)
            assert self._incoming.readline() == b"\r\n"
        assert self._incoming.readline() == b"\r\n"
        assert answer.headers["transfer-encoding"] == "chunked"
        return json.loads(body), answer.headers["connection"]

    def is_closed(self) -> bool:
        """Wait for the server to close: whether it does, without another byte and without a reset."""
        return self._incoming.read(1) == b""

    def close(self) -> None:
        """End the connection."""
        self._incoming.close()
        self.socket.close()


@pytest.fixture
def connect() -> Iterator[Callable[[Any], RawClient]]:
    """Open a raw connection to a service; all are closed at the end."""
    clients: list[RawClient] = []

    def start(service: Any) -> RawClient:
        clients.append(RawClient(service.url))
        return clients[-1]

    yield start
    for client in clients:
        with contextlib.suppress(OSError):
            client.close()


@pytest.fixture
def limits() -> ServerLimits:
    """Limits small enough to be passed: bodies of 100 bytes."""
    return ServerLimits(
        max_bytes=100,
        buffer_bytes=400,
        read_seconds=10,
        read_rate=10,
        keepalive_seconds=60,
        max_head_bytes=1000,
        max_line_bytes=200,
    )


def post(path: str, body: bytes, *fields: str) -> bytes:
    """A whole request."""
    head = "".join(f"{field}\r\n" for field in (f"POST {path} HTTP/1.1", "Host: x", *fields))
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture(name="post")
def _post() -> Callable[..., bytes]:
    """Compose a POST."""
    return post
