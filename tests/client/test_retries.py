"""What the clients do when they are refused, hung up on or kept waiting: on a real socket, with time of the tests."""

import json
import logging
import pickle
import time as real_time
from typing import Any

import pytest
from ppocr_client import (
    ConnectionFailedError,
    MalformedAnswerError,
    OcrClient,
    OcrError,
    RequestRefusedError,
    ServiceError,
    TimedOutError,
    UnauthorizedError,
    UnavailableError,
)

from tests.client.conftest import HANG_UP, SILENCE, Reply

RESULT = {
    "id": "made-up",
    "model": "m",
    "text": "a",
    "pages": [{"index": 0, "width": 9, "height": 9, "angle": 0, "text": "a", "lines": []}],
    "truncated": False,
    "timings_ms": {"total": 1.5},
}
GOOD = Reply(body=json.dumps(RESULT).encode())


def problem(status: int, code: str, **headers: str) -> Reply:
    """A problem document as the service writes it."""
    body = {"type": "about:blank", "title": "T", "status": status, "code": code, "detail": "why", "id": "theirs"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/problem+json"} | named)


BUSY = problem(503, "queue_full", retry_after="3")


def test_the_moment_that_is_named_is_waited_for(connect, scripted, time):
    """Each pause is as long as Retry-After says, and a little more; the request is the same each time, with its id."""
    scripted.script = [BUSY, problem(429, "rate_limited", retry_after="1"), BUSY, GOOD]
    assert connect(scripted.url).recognise(b"image", request_id="mine", words=True).text == "a"
    assert [int(pause) for pause in time.pauses] == [3, 1, 3]
    assert len({pause % 1 for pause in time.pauses}) == 3
    assert len(scripted.requests) == 4
    for path, headers, body in scripted.requests:
        assert (path, headers["x-request-id"], body) == ("/ocr?words=true", "mine", b"image")


def test_an_id_is_made_up_and_kept(connect, scripted):
    """Without one of the caller's every call has its own, for all attempts."""
    scripted.script = [BUSY, GOOD]
    client = connect(scripted.url)
    client.recognise(b"image")
    client.recognise(b"image")
    ids = [headers["x-request-id"] for _, headers, _ in scripted.requests]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("date", "retry_after", "seconds"),
    [
        ("Fri, 27 Nov 2026 10:00:00 GMT", "Fri, 27 Nov 2026 10:00:07 GMT", 7),
        ("Fri, 27 Nov 2026 10:00:00 GMT", "Fri, 27 Nov 2026 09:00:00 GMT", 0),
        ("Fri, 27 Nov 2026 10:00:00 GMT", "Friday, 27-Nov-26 10:00:04 GMT", 4),
        (None, "Fri, 27 Nov 2009 10:00:07 GMT", 0),
        (None, "soon", 0),
        (None, "-5", 0),
        (None, "1.5", 0),
        (None, "", 0),
        (None, "\N{SUPERSCRIPT TWO}", 0),
        ("nonsense", "Fri, 27 Nov 2026 10:00:07 GMT", 0),
    ],
)
def test_the_moment_may_be_a_date(connect, scripted, time, *, date, retry_after, seconds):
    """A date counts by the clock of the one who says it; what cannot be read, or is over, counts for nothing."""
    headers = {"retry_after": retry_after} | ({"date": date} if date else {})
    scripted.script = [problem(503, "draining", **headers), GOOD]
    connect(scripted.url).recognise(b"image")
    (pause,) = time.pauses
    assert seconds <= pause < seconds + 0.25


def test_those_who_are_told_one_moment_spread_over_a_second(connect, scripted, time, monkeypatch):
    """The moment is in whole seconds: however often it was named, nobody comes more than one later."""
    monkeypatch.setattr("random.random", lambda: 1.0)
    scripted.script = [BUSY] * 5 + [GOOD]
    connect(scripted.url).recognise(b"image")
    assert time.pauses == [3.25, 3.5, 4, 4, 4]


def test_without_a_moment_pauses_grow(connect, scripted, time, monkeypatch):
    """A gateway's 503 says nothing: the pauses double up to 8 seconds."""
    monkeypatch.setattr("random.random", lambda: 1.0)
    scripted.script = [Reply(503, b"<html>")] * 8 + [GOOD]
    connect(scripted.url, retries=8).recognise(b"image")
    assert time.pauses == [0.25, 0.5, 1, 2, 4, 8, 8, 8]


def test_nobody_sleeps_beyond_the_end(connect, scripted, time):
    """When the moment lies behind the call's time it fails at once, and says when to come back."""
    scripted.script = [BUSY, problem(503, "queue_full", retry_after="7")]
    with pytest.raises(UnavailableError) as caught:
        connect(scripted.url, timeout=10).recognise(b"image")
    assert (len(time.pauses), len(scripted.requests)) == (1, 2)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("seconds", ["9" * 30, "9" * 400])
def test_a_moment_that_never_comes_is_not_waited_for(connect, scripted, time, seconds):
    """However large the number is, it ends the call."""
    scripted.script = [problem(503, "queue_full", retry_after=seconds)]
    with pytest.raises(UnavailableError):
        connect(scripted.url).recognise(b"image")
    assert time.pauses == []


@pytest.mark.parametrize("retries", [0, 2])
def test_attempts_are_counted(connect, scripted, retries):
    """After so many retries the last refusal is raised, with all that the service said."""
    scripted.script = [BUSY]
    with pytest.raises(UnavailableError) as caught:
        connect(scripted.url, retries=retries).recognise(b"image")
    assert len(scripted.requests) == retries + 1
    error = caught.value
    assert (error.code, error.status, error.detail, error.retry_after) == ("queue_full", 503, "why", 3)
    assert error.request_id == scripted.requests[0][1]["x-request-id"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ServiceError),
        (400, RequestRefusedError),
        (401, UnauthorizedError),
        (404, RequestRefusedError),
        (408, RequestRefusedError),
        (413, RequestRefusedError),
        (415, RequestRefusedError),
        (422, RequestRefusedError),
        (500, ServiceError),
        (502, ServiceError),
        (504, ServiceError),
    ],
)
def test_other_errors_are_final(connect, scripted, time, status, kind):
    """They are raised at once, whatever Retry-After says, as the class that they belong to."""
    scripted.script = [problem(status, "some_code", retry_after="1")]
    with pytest.raises(OcrError) as caught:
        connect(scripted.url).recognise(b"image")
    assert (type(caught.value), caught.value.code, caught.value.status) == (kind, "some_code", status)
    assert (len(scripted.requests), time.pauses) == (1, [])


@pytest.mark.parametrize(
    "body", [b"<html>", b"[" * 100_000, b"[]", b"{}", b'{"code": 1, "detail": "x"}', b'{"code": "x"}', b"\xff"]
)
def test_a_gateways_error_has_a_code_too(connect, scripted, body):
    """An error that is no problem document is named by its status."""
    scripted.script = [Reply(502, body, {"Content-Type": "text/html"})]
    with pytest.raises(ServiceError) as caught:
        connect(scripted.url).recognise(b"image")
    assert (caught.value.code, caught.value.status) == ("http_502", 502)
    assert "text/html" in caught.value.detail


def test_whoever_was_hung_up_on_tries_again(connect, scripted, time):
    """No byte of an answer came, so that the request can be sent again."""
    scripted.script = [HANG_UP, HANG_UP, GOOD]
    assert connect(scripted.url).recognise(b"x" * 1_000_000).text == "a"
    assert len(time.pauses) == 2
    assert {body for _, _, body in scripted.requests} == {b"x" * 1_000_000}


def test_a_port_that_nobody_listens_on_is_tried_again(connect, free_port, time):
    """A service that is being started may be there in a moment; if it is not, the error says so."""
    with pytest.raises(ConnectionFailedError) as caught:
        connect(f"http://127.0.0.1:{free_port()}", retries=3).recognise(b"image")
    assert len(time.pauses) == 3
    assert (caught.value.code, caught.value.status) == ("connection_failed", None)
    assert caught.value.request_id


def test_an_answer_that_breaks_off_is_no_answer(connect, scripted, time):
    """It is an error of its own, and not tried again: the service has answered."""
    scripted.script = [Reply(body=GOOD.body, cut=10)]
    with pytest.raises(MalformedAnswerError):
        connect(scripted.url).recognise(b"image")
    assert (len(scripted.requests), time.pauses) == (1, [])


def test_a_server_that_is_silent_is_given_up(connect, scripted):
    """The call ends when its time is over, by the real clock."""
    scripted.script = [SILENCE]
    with pytest.raises(TimedOutError) as caught:
        connect(scripted.url, clock=real_time.monotonic, timeout=0.3).recognise(b"image")
    assert (caught.value.code, len(scripted.requests)) == ("timed_out", 1)


def test_an_answer_that_trickles_is_given_up(connect, scripted):
    """What each byte is waited for adds up: the time is the whole call's."""
    ticks = iter(range(1000))
    scripted.script = [Reply(body=GOOD.body * 100_000)]
    with pytest.raises(TimedOutError):
        connect(scripted.url, clock=lambda: float(next(ticks)), timeout=9).recognise(b"image")
    assert next(ticks) < 20


def test_who_is_given_up_keeps_no_connection(connect, scripted):
    """However many answers are given up, the next call finds a free connection: httpx opens a hundred at a time."""
    ticks = iter(range(1000))
    scripted.script = [Reply(body=GOOD.body * 1000)]
    client = connect(scripted.url, clock=lambda: float(next(ticks)), timeout=2)
    for _ in range(101):
        with pytest.raises(TimedOutError):
            client.recognise(b"image")
    assert len(scripted.requests) == 101


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        *(
            json.dumps({name: value for name, value in RESULT.items() if name != left_out}).encode()
            for left_out in RESULT
            if left_out != "id"
        ),
        json.dumps(RESULT | {"text": 1}).encode(),
        json.dumps(RESULT | {"truncated": 0}).encode(),
        json.dumps(RESULT | {"pages": {}}).encode(),
        json.dumps(RESULT | {"pages": [1]}).encode(),
        json.dumps(RESULT | {"pages": [{"index": True}]}).encode(),
        *(
            json.dumps(
                RESULT | {"pages": [RESULT["pages"][0] | {"lines": [{"text": "a", "score": 1} | line]}]}
            ).encode()
            for line in (
                {},
                {"box": [1, 2, 3], "polygon": []},
                {"box": [1, 2, 3, "4"], "polygon": []},
                {"box": [1, 2, 3, 4], "polygon": [[1]]},
                {"box": [1, 2, 3, 4], "polygon": [["a", "b"]]},
                {"box": [1, 2, 3, 4], "polygon": [], "words": [{}]},
                {"box": [1, 2, 3, 4], "polygon": [], "score": "high"},
            )
        ),
    ],
)
def test_what_is_no_result_is_told(connect, scripted, body):
    """An answer of somebody else, such as a portal's page, never becomes a result with holes."""
    scripted.script = [Reply(body=body)]
    with pytest.raises(MalformedAnswerError) as caught:
        connect(scripted.url).recognise(b"image")
    assert (caught.value.code, caught.value.status, len(scripted.requests)) == ("malformed_answer", 200, 1)


@pytest.mark.parametrize("results", [[], [RESULT], [RESULT] * 3, [RESULT, {"error": {}}], [RESULT, {"error": "x"}], {}])
def test_results_are_as_many_as_images(connect, scripted, results):
    """No result can be taken for another image's."""
    scripted.script = [Reply(body=json.dumps(RESULT | {"results": results}).encode())]
    with pytest.raises(MalformedAnswerError):
        connect(scripted.url).recognise_many([b"one", b"two"])


def test_members_that_are_new_do_no_harm(connect, scripted):
    """A service that tells more than this client knows is understood."""
    page = RESULT["pages"][0] | {"dpi": 300}
    scripted.script = [Reply(body=json.dumps(RESULT | {"new": 1, "pages": [page]}).encode())]
    assert connect(scripted.url).recognise(b"image").pages[0].width == 9


def test_options_are_sent_as_the_service_reads_them(connect, scripted):
    """Switches in words, numbers in digits; what is left out or None is not sent."""
    scripted.script = [GOOD]
    client = connect(f"{scripted.url}/prefix/", api_key="secret-secret-secret")
    client.recognise(b"image", min_score=0.5, det_max_side=640, words=False, autorotate="page")
    client.recognise(b"image", words=None)
    (path, headers, _), (plain, _, _) = scripted.requests
    assert path == "/prefix/ocr?min_score=0.5&det_max_side=640&words=false&autorotate=page"
    assert plain == "/prefix/ocr"
    assert headers["authorization"] == "Bearer secret-secret-secret"
    assert headers["user-agent"].startswith("ppocr-client/")


def test_connections_are_used_again(connect, scripted):
    """Calls one after another, refused ones included, share a connection."""
    scripted.script = [GOOD, BUSY, GOOD]
    client = connect(scripted.url)
    for _ in range(2):
        client.recognise(b"image")
    assert len(scripted.requests) == 3
    assert len(scripted.ports) == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"url": "localhost:9000"}, "http://"),
        ({"url": "http://"}, "http://"),
        ({"url": "http://x", "api_key": "a\nb"}, "the key"),
        ({"url": "http://x", "api_key": "ключ"}, "the key"),
    ],
)
def test_what_cannot_be_is_told_at_once(arguments: dict[str, Any], word: str):
    """An address or a key that could never be sent is the caller's mistake, and no request."""
    with pytest.raises(ValueError, match=word):
        OcrClient(**arguments)


def test_a_request_id_that_cannot_be_sent_is_told(connect, scripted):
    """A line break in it would be another header."""
    with pytest.raises(ValueError, match="request's id"):
        connect(scripted.url).recognise(b"image", request_id="a\r\nX-Evil: 1")
    assert scripted.requests == []


def test_errors_can_be_handed_between_processes_and_show_no_key(connect, scripted, caplog):
    """They survive pickling with all that they say; neither they nor the log hold the key."""
    caplog.set_level(logging.DEBUG)
    scripted.script = [BUSY]
    with pytest.raises(UnavailableError) as caught:
        connect(scripted.url, api_key="secret-secret-secret", retries=1).recognise(b"image")
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert (str(error), error.retry_after) == (str(caught.value), 3)
    assert str(error) == f"why (status 503, code queue_full, request {error.request_id})"
    assert "the next is in" in caplog.text
    assert "secret" not in str(error) + repr(error) + caplog.text
