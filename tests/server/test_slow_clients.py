"""Clients that send or read slowly, by the hundred: nobody else notices, and they are given up in time."""

import contextlib
import json
import resource
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

Service = Any
_SLOW = 500


class SlowCrowd(threading.Thread):
    """Connections that send their message a byte a second, all in one loop; they reconnect when they are closed."""

    def __init__(self, url: str, messages: list[bytes]) -> None:
        super().__init__(daemon=True)
        address = httpx2.URL(url)
        self._address = (address.host, address.port)
        self._open: list[tuple[socket.socket, bytes]] = []
        self._messages = messages
        self._over = threading.Event()
        self.sent = 0

    def connect(self) -> None:
        """Open all connections, with the first half of each message sent at once."""
        for message in self._messages:
            client = socket.create_connection(self._address, 20)
            client.sendall(message[: len(message) // 2])
            client.setblocking(False)
            self._open.append((client, message[len(message) // 2 :]))

    def run(self) -> None:
        """Send a byte a second on each until told to end."""
        while not self._over.wait(1):
            for client, rest in self._open:
                with contextlib.suppress(OSError):
                    self.sent += client.send(rest[self.sent // len(self._open) % len(rest) :][:1])

    def end(self) -> None:
        """Close them all."""
        self._over.set()
        self.join(20)
        for client, _ in self._open:
            client.close()

    def answers(self) -> list[bytes]:
        """What each was sent until its connection was closed."""
        received = {client: b"" for client, _ in self._open}
        with selectors.DefaultSelector() as selector:
            for client in received:
                selector.register(client, selectors.EVENT_READ)
            end = time.monotonic() + 30
            while selector.get_map() and time.monotonic() < end:
                for key, _ in selector.select(1):
                    data = b""
                    with contextlib.suppress(OSError):
                        data = key.fileobj.recv(65536)
                    received[key.fileobj] += data
                    if not data:
                        selector.unregister(key.fileobj)
        return list(received.values())


@pytest.fixture(autouse=True)
def _descriptors() -> None:
    """Enough of them for the crowd."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 4 * _SLOW:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * _SLOW, hard), hard))


@pytest.fixture
def crowd() -> Iterator[Callable[..., SlowCrowd]]:
    """Start a crowd of slow senders: half of them slow with their heads, half with their bodies."""
    crowds: list[SlowCrowd] = []

    def start(service: Service, count: int, body_bytes: int = 1000) -> SlowCrowd:
        head = b"POST /ocr HTTP/1.1\r\nHost: x\r\nX-Padding: " + b"x" * 500 + b"\r\n\r\n"
        body = f"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: {body_bytes}\r\n\r\n".encode() + b"x" * body_bytes
        crowd = SlowCrowd(service.url, [head, body] * (count // 2))
        crowds.append(crowd)
        crowd.connect()
        crowd.start()
        return crowd

    yield start
    for each in crowds:
        each.end()


def test_slow_senders_hold_nobody_up(start_service: Any, crowd: Any, image: Any) -> None:
    """With 500 clients in the middle of their requests, probes and pictures are answered as if they were not there."""
    service = start_service(engine="null")
    slow = crowd(service, _SLOW)
    for _ in range(20):
        assert service.client.get("/healthz").status_code == 200
        assert service.client.get("/readyz").status_code == 200
        assert httpx2.post(service.url + "/ocr", content=image("latin.png"), timeout=20).status_code == 200
    while slow.sent < 2 * _SLOW:
        time.sleep(0.1)
    assert service.client.get("/readyz").status_code == 200
    assert service.metric("ocr_requests_in_flight") == 1  # the scrape itself


def test_slow_senders_are_told_so_and_closed(start_service: Any, crowd: Any) -> None:
    """Head or body: whoever takes too long gets 408 as a problem document, counted and logged, and no thread for it."""
    service = start_service(engine="null", read_seconds=1, read_rate=1000)
    answers = crowd(service, 40).answers()
    assert len(answers) == 40
    for number, answer in enumerate(answers):
        head, _, body = answer.partition(b"\r\n\r\n")
        document = json.loads(body)
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"Content-Type: application/problem+json" in head
        assert (document["status"], document["code"]) == (408, "request_timeout")
        assert document["id"].encode() in head
        assert (" body " if number % 2 else "a part of the head in ") in document["detail"]
        assert " > 1 s allowed" in document["detail"]
    assert service.metric("ocr_errors_total", code="request_timeout") == 40
    assert service.metric("ocr_requests_total", route="/ocr", code="408") == 20


def test_who_connects_and_says_nothing_is_closed_in_silence(start_service: Any, connect: Any) -> None:
    """There is no request that could be answered."""
    service = start_service(engine="null", read_seconds=0.5)
    assert connect(service).is_closed()


def test_a_full_house_makes_room_for_newcomers(start_service: Any, crowd: Any, connect: Any) -> None:
    """With every connection taken by idle or slow clients new ones are served; the idle make room first."""
    service = start_service(engine="null", max_connections=20)
    idle = [connect(service) for _ in range(8)]
    for client in idle:
        client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer().status == 200
    crowd(service, 40)
    for _ in range(20):
        assert httpx2.get(service.url + "/healthz", timeout=20).status_code == 200
    assert all(client.is_closed() for client in idle)


def test_bodies_that_do_not_fit_are_refused(start_service: Any, connect: Any) -> None:
    """All unfinished bodies share one bound: the one that grows past it is told to come back, the others arrive."""
    service = start_service(engine="null", max_bytes=100_000, buffer_bytes=150_000)
    message = b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n" + b"x" * 80_000
    first = connect(service)
    first.send(message)
    second = connect(service)
    second.send(message)
    answer = second.answer()
    assert (answer.status, answer.document["code"]) == (503, "queue_full")
    assert int(answer.headers["retry-after"]) >= 1
    assert " > 150000 allowed" in answer.document["detail"]
    assert second.is_closed()
    first.send(b"x" * 10_000)
    assert first.answer().status == 415


def test_who_does_not_read_holds_no_thread_and_is_given_up(start_service: Any, connect: Any) -> None:
    """Clients that ask and ask and never read are cut off; meanwhile everybody else is served."""
    service = start_service(engine="null", read_seconds=1, read_rate=1_000_000)
    ask = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    clients = [connect(service) for _ in range(2)]
    end, cut_off = time.monotonic() + 60, set()
    while len(cut_off) < len(clients) and time.monotonic() < end:
        for number, client in enumerate(clients):
            try:
                client.socket.send(ask * 100, socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except ConnectionError:
                cut_off.add(number)
        assert service.client.get("/healthz").status_code == 200
    assert len(cut_off) == len(clients)
