"""One request's bytes to a service, one answer back: a connection each, nothing in between that could tidy up."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench.hostile.item import CLOSED, OK

_PIECE = 1 << 16
_MOST = 1 << 26
TIMEOUT = "timeout"
NO_HTTP = "no HTTP"
REFUSED = "connection refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. status: 0 where no answer came, and ``code`` says why; else ``ok`` or a problem's code.

    document: the JSON object of the body, empty where it is none. seconds: from first byte to last.
    """

    status: int
    code: str
    content_type: str = ""
    document: Mapping[str, Any] | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> str:
        """The words by which answers are counted."""
        return f"{self.status} {self.code}".rstrip() if self.status else self.code


def exchange(url: str, data: bytes, timeout: float, *, ends: bool = False) -> Answer:
    """Send *data*, close that side of the connection if it *ends* there, and return what comes back in time."""
    parts = urlsplit(url)
    begun = time.monotonic()
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout) as connection:
            with suppress(OSError):  # it need not listen to the end
                connection.sendall(data)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            return _answer(*_received(connection, begun + timeout), time.monotonic() - begun)
    except ConnectionRefusedError:
        return Answer(0, REFUSED)
    except TimeoutError:
        return Answer(0, TIMEOUT, seconds=time.monotonic() - begun)
    except OSError:
        return Answer(0, CLOSED, seconds=time.monotonic() - begun)


def _received(connection: socket.socket, end: float) -> tuple[bytes, bytes]:
    """Head and body, as long as the head says or until the connection is closed; raises OSError, TimeoutError."""
    got = b""
    while (cut := got.find(b"\r\n\r\n")) < 0 or len(got) < cut + 4 + _length(got[:cut]):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        piece = connection.recv(_PIECE)
        if not piece or len(got) > _MOST:
            break
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    return head, body[: _length(head)]  # what follows answers the bytes behind the request


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return _MOST


def _answer(head: bytes, body: bytes, seconds: float) -> Answer:
    if not head:
        return Answer(0, CLOSED, seconds=seconds)
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        return Answer(0, NO_HTTP, seconds=seconds)
    status = int(words[1])
    kinds = [line.partition(":")[2].strip() for line in lines[1:] if line.lower().startswith("content-type:")]
    document: Any = None
    with suppress(ValueError, RecursionError):
        document = json.loads(body)
    document = document if isinstance(document, dict) else {}
    code = OK if status < 400 else str(document.get("code", ""))
    return Answer(status, code, kinds[0] if kinds else "", document, seconds)
