"""Whoever has no chance is told so before more than a little of the body is read."""

import concurrent.futures
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

_PATIENCE_SECONDS = 30
_KEY = "a-key-of-enough-letters"


def _answer_to_head(url: str, *headers: str) -> bytes:
    """What a client hears that sends the head of a large body alone, and waits to be asked for the body."""
    address = httpx2.URL(url)
    with socket.create_connection((address.host, address.port or 80), _PATIENCE_SECONDS) as connection:
        lines = ["POST /ocr HTTP/1.1", "Host: x", "Content-Length: 10000000", "Expect: 100-continue", *headers]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection.recv(1 << 16)


@pytest.fixture
def full_service(start_service: Callable[..., Any], image: Callable[[str], bytes]) -> Any:
    """A service in which as many work and wait as may."""
    service = start_service(engine="null", null_delay_seconds=2, slots=1, cpus=1, queue_size=1)
    data = image("latin.png")
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(httpx2.post, service.url + "/ocr", content=data, timeout=60) for _ in range(3)]
        end = time.monotonic() + _PATIENCE_SECONDS
        while service.metric("ocr_queue_depth") < 1:
            assert time.monotonic() < end
        yield service
        assert [answer.result().status_code for answer in answers] == [200] * 3


def test_a_full_service_asks_for_no_body(full_service: Any) -> None:
    """503 and when to come back, in the place of the go-ahead for ten megabytes."""
    answer = _answer_to_head(full_service.url)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code": "queue_full"' in answer
    assert b"retry-after: " in answer.lower()


def test_who_sends_little_is_refused_without_losing_the_connection(full_service: Any) -> None:
    """A proxy's, for instance, on which others of its clients come next: 64 KiB are read for it, and no byte more."""
    address = httpx2.URL(full_service.url)
    for length, kept in ((1 << 16, True), ((1 << 16) + 1, False)):
        with socket.create_connection((address.host, address.port or 80), _PATIENCE_SECONDS) as connection:
            for _ in range(2 if kept else 1):
                connection.sendall(b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
                connection.sendall(bytes(length))
                answer = connection.recv(1 << 16)
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert (b"\r\nconnection: close" not in answer.lower()) is kept


def test_a_stranger_is_asked_for_no_body(start_service: Callable[..., Any]) -> None:
    """401 in the place of the go-ahead; with the key the body is asked for."""
    service = start_service(engine="null", api_keys=_KEY)
    assert _answer_to_head(service.url).startswith(b"HTTP/1.1 401 ")
    assert _answer_to_head(service.url, f"X-API-Key: {_KEY}").startswith(b"HTTP/1.1 100 ")


def test_a_body_over_the_limit_is_not_asked_for(null_service: Any) -> None:
    """413 states what was announced and what is allowed."""
    answer = _answer_to_head(null_service.url)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"10000000 bytes > 65536 allowed" in answer


def test_requests_that_would_wait_for_nothing_are_refused(
    start_service: Callable[..., Any], image: Callable[[str], bytes]
) -> None:
    """Of many at once as many are accepted as can be answered in time, and every one of those is."""
    service = start_service(engine="null", null_delay_seconds=0.4, slots=1, cpus=1, queue_size=64, deadline_seconds=6)
    data = image("latin.png")
    assert {service.ocr(data).status_code for _ in range(20)} == {200}  # from which the rate is known
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: httpx2.post(service.url + "/ocr", content=data, timeout=60), range(40)))
    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) == {200, 503}
    assert codes.count(200) >= 4
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["code"] for answer in refused} == {"queue_full"}
    assert all(1 <= int(answer.headers["retry-after"]) <= 12 for answer in refused)
