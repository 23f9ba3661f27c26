"""Both clients behind one face, time that tests move, and a server that answers as it is told."""

import contextlib
import http.server
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from ppocr_client import AsyncOcrClient, OcrClient


class Awaited:
    """An AsyncOcrClient that is used like an OcrClient: its calls run in an event loop of their own thread."""

    def __init__(self, portal: Any, **settings: Any) -> None:
        self._portal = portal
        self._client = AsyncOcrClient(**settings)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *arguments, **options: self._portal.call(lambda: method(*arguments, **options))


@dataclass
class Time:
    """Time that passes only in pauses. pauses: how long each was."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.pauses.append(seconds)
        self.now += seconds

    async def async_sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.sleep(seconds)


@pytest.fixture
def time() -> Time:
    """The time of `connect`'s clients."""
    return Time()


@pytest.fixture(params=["blocking", "async"])
def connect(request: pytest.FixtureRequest, time: Time) -> Iterator[Callable[..., Any]]:
    """Make a client of either kind, on the test's time; all are closed at the end."""
    with contextlib.ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal()) if request.param == "async" else None

        def make(url: str, api_key: str | None = None, **settings: Any) -> Any:
            settings = {"url": url, "api_key": api_key, "clock": time.clock} | settings
            if portal:
                client: Any = Awaited(portal, **{"sleep": time.async_sleep} | settings)
            else:
                client = OcrClient(**{"sleep": time.sleep} | settings)
            stack.callback(client.close)
            return client

        yield make


@dataclass
class Reply:
    """An answer off the script. cut: of the body, how many bytes are left out at its end."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0


HANG_UP = Reply(status=0)
SILENCE = Reply(status=-1)


@dataclass
class Scripted:
    """A server on a real socket.

    script: its answers, the last of them for good. requests: what came. ports: where from.
    """

    url: str
    script: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self) -> Reply:
        """The next answer."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    scripted: Scripted

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.scripted.ports.add(self.client_address[1])
        self.scripted.requests.append((self.path, headers, body))
        reply = self.scripted.take()
        self.close_connection = bool(reply.cut) or reply.status < 1
        if reply is SILENCE:
            self.scripted.over.wait(60)
        if reply.status < 1:
            # Closed with a reset rather than an end, as a process that is killed does it.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        self.send_response_only(reply.status)
        for name, value in ({"Content-Length": str(len(reply.body))} | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) - reply.cut])

    do_GET = do_POST = _answer  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server without answers yet."""
    handler = type("Handler", (_Handler,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.scripted = Scripted(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield handler.scripted
        handler.scripted.over.set()
        server.shutdown()
        thread.join()
