"""Whatever a server does with a request, the target says what it was, and the next request goes out."""

import asyncio
import errno
import json
import logging
import socket

import pytest

from bench.dialects import ServerTime, dialect_named
from bench.errors import BenchError
from bench.load.arguments import http_target
from bench.load.generator import Generator, Policy
from bench.load.http_target import HttpTarget
from bench.load.outcome import Outcome
from bench.load.schedule import ClosedLoop
from bench.load.target import Answer
from bench.subject import Subject
from tests.bench.broken_server import FAULTS, broken, reply

NATIVE = dialect_named("native")
TIMEOUT_S = 0.3


def target(url: str, timeout_s: float = TIMEOUT_S, images: int = 1) -> HttpTarget:
    """A target to which each request carries the same pictures."""
    wire = NATIVE.encode_request([b"picture"] * images, {})
    return HttpTarget(url, NATIVE, lambda _: wire, images, timeout_s)


def send(url: str, requests: int, policy: Policy | None = None, images: int = 1) -> list[Outcome]:
    """Send so many requests, one after the other."""

    async def run() -> list[Outcome]:
        async with target(url, images=images) as opened:
            return await Generator(opened, policy or Policy(), lambda _: None).run(ClosedLoop(1, requests))

    return asyncio.run(run())


def ask(url: str) -> Answer:
    """Send one request."""

    async def run() -> Answer:
        async with target(url) as opened:
            return await opened.send(0)

    return asyncio.run(run())


@pytest.mark.parametrize("fault", [name for name, fault in FAULTS.items() if not fault.dies])
def test_fault(fault: str):
    """Each fault has its own cause, and the request after it is answered as the one before it was."""
    with broken(fault) as server:
        causes = [outcome.cause for outcome in send(server.url, 3)]
    assert causes == ["", FAULTS[fault].cause, ""]


def test_death():
    """A server that dies loses the request that it has; the next are refused."""
    with broken("dies") as server:
        causes = [outcome.cause for outcome in send(server.url, 4)]
    assert causes == ["", "connection lost", "connection refused", "connection refused"]


def test_good_answer():
    """A good answer brings what the server says of its time, and takes as long as it takes."""
    with broken("stalls") as server:
        answer = ask(server.url)
    assert answer.server == ServerTime(0.002, {"detect": 0.001})
    assert (answer.cause, answer.retry_after_s) == ("", None)
    assert answer.done_s is not None


def test_request_on_the_wire():
    """What is sent is what the dialect encoded: path, headers, body; connections are kept."""
    with broken("stalls", lambda _: False) as server:
        send(server.url + "/", 3)
        heads, bodies = server.heads, server.bodies
    assert bodies == [b"picture"] * 3
    assert heads[0].startswith(b"POST /ocr HTTP/1.1\r\n")
    assert b"content-type: application/octet-stream\r\n" in heads[0].lower()


def test_fewer_results_than_images():
    """An answer with fewer results than images were sent is malformed, and says so."""
    body = json.dumps({"timings_ms": {}, "results": [{"pages": [{"lines": []}]}]}).encode()
    with broken("stalls", lambda _: False, reply(200, body)) as server:
        (outcome,) = send(server.url, 1, images=2)
    assert (outcome.cause, outcome.detail) == ("malformed", "1 results where 2 were expected")


def test_refused():
    """Nobody listens."""
    with socket.socket() as unbound:
        unbound.bind(("127.0.0.1", 0))
        assert ask(f"http://127.0.0.1:{unbound.getsockname()[1]}").cause == "connection refused"


def test_reset_while_connecting(monkeypatch: pytest.MonkeyPatch):
    """A server that ends with the connection in its queue has lost it, whatever moment of connecting that was."""

    async def reset(*_: object) -> None:
        raise ConnectionResetError(errno.ECONNRESET, "reset")

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", reset)
    assert ask("http://127.0.0.1:9").cause == "connection lost"


def test_unknown_host():
    """A host that is not there refused nothing."""
    assert ask("http://nobody.invalid").cause == "no connection"


def test_timeout_tells_the_limit():
    """A timeout names the seconds that were waited."""
    with broken("stalls", lambda _: True) as server:
        assert ask(server.url).detail == "no answer within 0.3 s"


@pytest.mark.parametrize(
    ("status", "header", "asked_s"),
    [
        (503, "Retry-After: 7", 7.0),
        (429, "Retry-After: 0", 0.0),
        (503, "X: y", 1.0),
        (503, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", 1.0),
        (503, "Retry-After: -1", 1.0),
        (500, "Retry-After: 7", None),
    ],
)
def test_retry_after(status: int, header: str, asked_s: float | None):
    """A refusal's wait is what its header says, one second where it says nothing of use; other failures ask none."""
    with broken("stalls", lambda _: False, reply(status, b"", header)) as server:
        assert ask(server.url).retry_after_s == asked_s


def test_retry_over_http():
    """A refusal is asked again after the wait, and is a success when the answer then is."""
    refusal = reply(503, b'{"code": "queue_full"}', "Retry-After: 0")
    with broken("is no JSON", lambda number: number > 0, refusal) as server:
        (outcome,) = send(server.url, 1, Policy(retries=3))
    assert (outcome.cause, outcome.retries) == ("malformed", 1)


def test_no_address():
    """What is no HTTP address is refused before anything is sent."""
    with pytest.raises(BenchError, match="'localhost:80' is no http address"):
        target("localhost:80")


@pytest.mark.parametrize(("images", "expected"), [(1, ["a", "b", "c", "a"]), (2, ["ab", "ca", "bc", "ab"])])
def test_pictures_in_turn(images: int, expected: list[str]):
    """Each request carries the next pictures, over and over, so that all are sent equally often."""

    class Joining:
        name = "joining"

        def encode_request(self, group, _):
            return "".join(group)

    subject = Subject("http://127.0.0.1:1", Joining(), "")
    found = http_target(subject, ["a", "b", "c"], images, 1.0)
    assert [found._request(index) for index in range(4)] == expected


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture):
    """Sessions and connections are closed: asyncio and aiohttp have nothing to complain of."""
    with caplog.at_level(logging.WARNING), broken("stalls") as server:
        send(server.url, 3)
    assert caplog.records == []
