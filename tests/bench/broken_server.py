"""A server that answers well until it does not: refuses, stalls, hangs up, or speaks garbage."""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


def reply(status: int, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """An HTTP answer, whose ``Content-Length`` may be a lie."""
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


GOOD = reply(200, json.dumps({"timings_ms": {"total": 2.0, "detect": 1.0}, "pages": [{"lines": []}]}).encode())
PROBLEM = json.dumps({"code": "queue_full", "title": "Busy", "detail": "too many"}).encode()


@dataclass(frozen=True)
class Fault:
    """What a request is answered with instead, None for nothing, and the cause that it must be counted by.

    The connection is closed after it where ``hangs_up``; ``dies``: the server with it.
    """

    answer: bytes | None
    cause: str
    hangs_up: bool = False
    dies: bool = False


FAULTS = {
    "is no JSON": Fault(reply(200, b"\xff\x00<garbage>"), "malformed"),
    "is empty": Fault(reply(200, b""), "malformed"),
    "is another document": Fault(reply(200, b'{"answer": 42}'), "malformed"),
    "has no result": Fault(reply(200, b'{"timings_ms": {}, "results": []}'), "malformed"),
    "has no page": Fault(reply(200, b'{"timings_ms": {}, "pages": []}'), "malformed"),
    "is nested without end": Fault(reply(200, b'{"a":' * 50_000), "malformed"),
    "is a problem nested without end": Fault(reply(500, b'{"a":' * 50_000), "malformed"),
    "is not compressed as it says": Fault(reply(200, b"no gzip", "Content-Encoding: gzip"), "malformed"),
    "refuses": Fault(reply(503, PROBLEM, "Retry-After: 7"), "http 503 queue_full"),
    "breaks": Fault(reply(500, b"<html>Internal Server Error</html>", "Content-Type: text/html"), "http 500"),
    "leads elsewhere": Fault(reply(302, b"", "Location: http://127.0.0.1:1/"), "http 302"),
    "hangs up": Fault(b"", "connection lost", hangs_up=True),
    "hangs up in a header": Fault(b"HTTP/1.1 200 OK\r\nContent-Le", "connection lost", hangs_up=True),
    "hangs up in a body": Fault(reply(200, b"{", length=100), "connection lost", hangs_up=True),
    "speaks no HTTP": Fault(b"SSH-2.0-OpenSSH_9\r\n", "not HTTP", hangs_up=True),
    "lies about its length": Fault(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "not HTTP", hangs_up=True),
    "stalls": Fault(None, "timeout"),
    "stalls in a body": Fault(reply(200, b"{", length=100), "timeout"),
    "dies": Fault(b"", "connection refused", hangs_up=True, dies=True),
}


class BrokenServer(socketserver.ThreadingTCPServer):
    """Answers ``POST`` with GOOD, but the requests in ``faulty`` (numbers in order of their coming) with a fault."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fault: Fault, faulty: Callable[[int], bool], good: bytes = GOOD) -> None:
        """Bind a free port of this machine."""
        super().__init__(("127.0.0.1", 0), _Connection)
        self.fault, self.faulty, self.good = fault, faulty, good
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def note(self, head: bytes, body: bytes) -> int:
        """Keep a request and return its number."""
        with self.lock:
            self.heads.append(head)
            self.bodies.append(body)
            return len(self.heads) - 1

    def die(self) -> None:
        """Refuse every connection from now on."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.shutdown()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up, too."""


class _Connection(socketserver.StreamRequestHandler):
    server: BrokenServer

    def handle(self) -> None:
        with suppress(OSError):
            while self._answer_one():
                pass

    def _answer_one(self) -> bool:
        """Answer a request; returns whether the connection stays."""
        head = b"".join(iter(self._line, b""))
        if not head:
            return False
        if head.startswith(b"GET"):
            self.wfile.write(reply(404, b""))
            return True
        length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        number = self.server.note(head, self.rfile.read(int(length.partition(b":")[2])))
        if not self.server.faulty(number):
            self.wfile.write(self.server.good)
            return True
        return self._fail(self.server.fault)

    def _line(self) -> bytes:
        line = self.rfile.readline()
        return b"" if line == b"\r\n" else line

    def _fail(self, fault: Fault) -> bool:
        if fault.dies:
            self.server.die()
        if fault.answer:
            self.wfile.write(fault.answer)
        if fault.answer is None or (fault.cause == "timeout" and not fault.hangs_up):
            self.server.closing.wait(30)
        if fault.hangs_up:
            self.connection.shutdown(socket.SHUT_RDWR)
        return not fault.hangs_up


@contextmanager
def broken(
    fault: str, faulty: Callable[[int], bool] = lambda number: number == 1, good: bytes = GOOD
) -> Iterator[BrokenServer]:
    """Run such a server in the background; by default its second answer is the fault."""
    with BrokenServer(FAULTS[fault], faulty, good) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
