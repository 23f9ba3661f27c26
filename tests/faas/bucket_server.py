"""A store of objects that speaks as much of the S3 protocol as the service uses, over real HTTP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


class Buckets:
    """The objects by path, ``/bucket/key``, and every request that came."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.denied: set[str] = set()
        self.silent: set[str] = set()
        self.read_only = False
        self.closing = threading.Event()


def _handler(buckets: Buckets) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self._path()
            if path in buckets.silent:
                buckets.closing.wait(60)
            if path in buckets.denied:
                self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            elif path in buckets.objects:
                self._answer(200, buckets.objects[path])
            else:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

        def do_PUT(self) -> None:
            path, body = self._path(), self.rfile.read(int(self.headers["Content-Length"]))
            if buckets.read_only:
                self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            else:
                buckets.objects[path] = body
                self._answer(200, b"")

        def _path(self) -> str:
            path = unquote(self.path.partition("?")[0])
            headers = {name.lower(): value for name, value in self.headers.items()}
            buckets.requests.append((self.command, path, headers))
            return path

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def serving() -> Iterator[tuple[str, Buckets]]:
    """The address of such a store, and its objects."""
    buckets = Buckets()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(buckets))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", buckets
    finally:
        buckets.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
