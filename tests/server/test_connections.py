"""One connection after another, and many requests on one: what a client sees of the server itself."""

import socket
import struct
import threading
import time
from typing import Any

import pytest

Client = Any
_GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def test_pipelined_requests_are_answered_in_order(null_service: Any, connect: Any, post: Any, image: Any) -> None:
    """Several requests in one piece, with and without bodies: each has its answer, in their order."""
    client = connect(null_service)
    picture = image("latin.png")
    chunked = b"POST /ocr HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    client.send(_GET + post("/ocr", picture) + post("/nowhere", b"abc") + chunked % (len(picture), picture) + _GET)
    answers = [client.answer() for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 404, 200, 200]
    assert answers[1].document["text"] == answers[3].document["text"]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_request_in_pieces_is_one_request(null_service: Any, connect: Any, post: Any, size: int) -> None:
    """However it is cut into packets."""
    client, message = connect(null_service), post("/ocr", b"x" * 50, "X-Request-Id: cut") + _GET
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(message), size):
        client.send(message[at : at + size])
    answer = client.answer()
    assert (answer.status, answer.document["id"]) == (415, "cut")
    assert client.answer().status == 200


@pytest.mark.parametrize(
    "head",
    [
        "POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: +0",
        "POST /ocr HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length : 5",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nA: b\r\n Content-Length: 5",
        "POST /ocr HTTP/1.1\r\nHost: x\r\nA: b\nContent-Length: 5",
    ],
)
def test_nothing_is_smuggled(null_service: Any, connect: Any, head: str) -> None:
    """Behind a request whose length could be read in two ways no other is served: one problem document, and the end."""
    client = connect(null_service)
    client.send(f"{head}\r\n\r\n0\r\n\r\n".encode() + _GET + _GET)
    answer = client.answer()
    assert (answer.status, answer.document["code"]) == (400, "malformed_request")
    assert answer.headers["connection"] == "close"
    assert client.is_closed()


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\nHost: x\n\n", 400, "malformed_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed_request"),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        (b"get / HTTP/1.1\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "malformed_request"),
        (b"GET / ICE/1.0\r\n\r\n", 400, "malformed_request"),
        (b"GET / HTTP/2.0\r\n\r\n", 505, "http_version_not_supported"),
        (b"GET /" + b"x" * 8192 + b" HTTP/1.1\r\n\r\n", 414, "uri_too_long"),
        (b"GET /" + b"x" * 8192, 414, "uri_too_long"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 9000 + b"\r\n\r\n", 431, "request_header_fields_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431, "request_header_fields_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000, 431, "request_header_fields_too_large"),
        (b"GET / HTTP/1.1\r\nExpect: magic\r\n\r\n", 417, "expectation_failed"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n", 501, "not_implemented"),
    ],
)
def test_what_is_no_request_gets_a_problem_document(
    null_service: Any, connect: Any, message: bytes, status: int, code: str
) -> None:
    """Never HTML, with an id, counted once; the connection ends, and no byte of the request is quoted."""
    before = null_service.metric("ocr_requests_total", route="unmatched", code=str(status))
    client = connect(null_service)
    client.send(message)
    answer = client.answer()
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (answer.document["status"], answer.document["code"]) == (status, code)
    assert answer.document["id"] == answer.headers["x-request-id"]
    assert client.is_closed()
    assert null_service.metric("ocr_requests_total", route="unmatched", code=str(status)) == before + 1


def test_a_client_that_waits_for_100_is_told_once(null_service: Any, connect: Any, post: Any) -> None:
    """``Expect: 100-continue``: one 100 once the head is there, then the answer; none if the body is there already."""
    client = connect(null_service)
    message = post("/ocr", b"x" * 50, "Expect: 100-continue")
    client.send(message[:-50])
    assert client.answer().status == 100
    client.send(message[-50:])
    assert client.answer().status == 415
    client.send(message + _GET)
    assert client.answer().status == 415
    assert client.answer().status == 200
    client.send(message[:-20])
    time.sleep(0.1)  # it may not hear a 100 now that it has begun to send
    client.send(message[-20:])
    assert client.answer().status == 415


def test_a_client_that_waits_for_100_with_too_much_is_refused_at_once(null_service: Any, connect: Any) -> None:
    """It hears 413 instead of 100, and sends nothing."""
    client = connect(null_service)
    client.send(b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\nExpect: 100-continue\r\n\r\n")
    answer = client.answer()
    assert (answer.status, answer.document["detail"]) == (413, "a body of 65537 bytes > 65536 allowed")
    assert client.is_closed()


@pytest.mark.parametrize("framing", ["Content-Length: 8000000", "Transfer-Encoding: chunked"])
def test_who_goes_on_sending_sees_the_answer(null_service: Any, connect: Any, framing: str) -> None:
    """A client that sends all of a body that is far too large before it reads finds the 413, not a reset."""
    client = connect(null_service)
    client.send(f"POST /ocr HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode())
    chunk = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    for _ in range(80):
        client.send(chunk)
    answer = client.answer()
    assert (answer.status, answer.document["code"]) == (413, "body_too_large")
    assert " > 65536 allowed" in answer.document["detail"]
    assert client.is_closed()


@pytest.mark.parametrize("over", [1, 2, 1023, 1024, 1025, 1026, 5000])
@pytest.mark.parametrize("ends", [True, False], ids=["ends", "goes on"])
def test_a_chunked_body_just_over_the_limit_is_too_large(
    null_service: Any, connect: Any, over: int, *, ends: bool
) -> None:
    """By however little, whether it ends there or not: 413, as for any other."""
    client = connect(null_service)
    head, size = b"POST /ocr HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 65536 + over
    client.send(head + b"%x\r\n%s\r\n" % (size, b"x" * size) + (b"0\r\n\r\n" if ends else b"2000\r\n" + b"x" * 0x2000))
    answer = client.answer()
    assert (answer.status, answer.document["detail"]) == (413, "a body of more than 65536 bytes > 65536 allowed")


def test_a_request_that_ends_early_is_malformed(null_service: Any, connect: Any) -> None:
    """A client that stops in the middle of a body and still listens is told so."""
    client = connect(null_service)
    client.send(b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
    client.socket.shutdown(socket.SHUT_WR)
    answer = client.answer()
    assert (answer.status, answer.document["code"]) == (400, "malformed_request")


def test_what_ends_before_it_is_a_request_is_not_answered(null_service: Any, connect: Any) -> None:
    """Thousands that hang up in the middle of a head cost no thread an answer that nobody reads."""
    client = connect(null_service)
    client.send(b"GET /healthz HT")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_closed()


def test_a_half_closed_client_gets_what_is_answered_at_once(null_service: Any, connect: Any) -> None:
    """Only work that takes time is given up with it: probes are answered."""
    client = connect(null_service)
    client.send(_GET)
    client.socket.shutdown(socket.SHUT_WR)
    assert client.answer().status == 200
    assert client.is_closed()


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_who_hangs_up_leaves_the_queue(start_service: Any, connect: Any, post: Any, image: Any, *, reset: bool) -> None:
    """Requests whose clients are gone give their places to others at once, and are no failures of the service."""
    service = start_service(engine="null", null_delay_seconds=1.5, slots=1, cpus=1, queue_size=4)
    data = image("latin.png")
    clients: list[Client] = [connect(service) for _ in range(6)]
    for client in clients:
        client.send(post("/ocr", data))
    while service.metric("ocr_queue_depth") < 4:
        time.sleep(0.02)
    for client in clients:
        if reset:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    while service.metric("ocr_queue_depth") > 0:
        time.sleep(0.02)
    while service.metric("ocr_requests_total", route="/ocr", code="499") < 4:
        time.sleep(0.02)
    # None was served: the queue fell because they left it.
    assert service.metric("ocr_requests_total", route="/ocr", code="200") == 0
    assert service.ocr(data).status_code == 200
    assert service.metric("ocr_errors_total", code="client_gone") >= 4
    assert service.metric("ocr_requests_in_flight") == 1


def test_what_is_half_read_at_sigterm_is_read_on(start_service: Any, connect: Any, post: Any, image: Any) -> None:
    """A stopping process reads what has begun and answers it, new work with 503; then it ends with status 0."""
    service = start_service(engine="null", null_delay_seconds=0.3, slots=1, cpus=1)
    data = image("latin.png")
    probe, picture, working, idle = (connect(service) for _ in range(4))
    idle.send(_GET)
    assert idle.answer().status == 200
    probe.send(_GET[:10])
    picture.send(post("/ocr", data)[:100])
    working.send(post("/ocr", data))
    while service.metric("ocr_requests_in_flight") < 2:
        time.sleep(0.01)
    ending = threading.Thread(target=service.stop)
    ending.start()
    while not any("Handling signal: term" in str(line.get("event")) for line in service.log()):
        time.sleep(0.01)
    time.sleep(0.1)
    assert idle.is_closed()
    probe.send(_GET[10:])
    answer = probe.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    picture.send(post("/ocr", data)[100:])
    answer = picture.answer()
    assert (answer.status, answer.document["code"]) == (503, "draining")
    assert working.answer().status == 200
    ending.join(60)
    assert service.process.returncode == 0
