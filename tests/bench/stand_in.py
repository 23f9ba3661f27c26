"""A stand-in for the service: a real HTTP server whose answers the test plans."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

POLYGON = [[0, 0], [50, 0], [50, 10], [0, 10]]

Answer = tuple[int, dict[str, str], Any]
"""Status, headers and JSON document."""


class Service(ThreadingHTTPServer):
    """A stand-in for the service: answers each image by its bytes, with ``(status, headers, document)`` in turn."""

    daemon_threads = True

    def __init__(self) -> None:
        """Bind a free port of this machine."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[bytes, list[Answer]] = {}
        self.queries: list[dict[str, list[str]]] = []
        self.info: dict[str, Any] = {"model": "fake"}

    @property
    def url(self) -> str:
        """The address to measure."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers ``POST /ocr`` and ``GET /info``."""

    server: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer with the next planned answer for these bytes; the last one repeats."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.queries.append(parse_qs(urlsplit(self.path).query))
        planned = self.server.answers[body]
        self.reply(*(planned.pop(0) if len(planned) > 1 else planned[0]))

    def do_GET(self) -> None:
        """Describe the service."""
        self.reply(200, {}, self.server.info)

    def reply(self, status: int, headers: dict[str, str], document: Any) -> None:
        """Send one JSON answer."""
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """Serve in the background."""
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


def answer(text: str) -> Answer:
    """Return a good answer with one line."""
    lines = [{"text": text, "score": 1.0, "polygon": POLYGON, "box": [0, 0, 50, 10]}]
    return 200, {}, {"pages": [{"index": 0, "width": 50, "height": 10, "text": text, "lines": lines}]}
