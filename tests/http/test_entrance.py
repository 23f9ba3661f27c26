"""The entrance on an application of the test's own: proxies, origins, headers, and that no body is read before it."""

import json
from typing import Any

import pytest
from flask import Flask, Response, request
from prometheus_client import CollectorRegistry

from app.access.gate import Access
from app.http import entrance, observation, problems
from app.metrics.instruments import Instruments
from app.metrics.request_record import RequestRecorder
from app.settings import Settings

KEY = "first-key-first-key"
PAGE = "https://page.example"


def client(**settings: Any) -> Any:
    """Return a client of an application that answers with the address it sees."""
    app = Flask(__name__)
    wanted = Settings(**settings)
    observation.register(app, RequestRecorder(Instruments.declare(CollectorRegistry())))
    problems.register(app, wanted.max_bytes, [])
    entrance.register(app, Access.for_settings(wanted), wanted.trusted_proxies)
    app.add_url_rule("/ocr", "ocr", lambda: {"address": request.remote_addr, "url": request.url}, methods=["POST"])
    app.add_url_rule("/", "page", lambda: Response("<!doctype html>", mimetype="text/html"))
    app.add_url_rule(
        "/kept", "kept", lambda: Response("x", mimetype="text/css", headers={"Cache-Control": "max-age=60"})
    )
    return app.test_client()


SPOOFED = "192.0.2.66"


@pytest.mark.parametrize(
    ("hops", "forwarded", "seen"),
    [
        (0, None, "127.0.0.1"),
        (0, SPOOFED, "127.0.0.1"),
        (1, None, "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, f"{SPOOFED}, 203.0.113.7", "203.0.113.7"),
        (1, f"{SPOOFED}, {SPOOFED}, 203.0.113.7", "203.0.113.7"),
        (2, "203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, f"{SPOOFED}, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, SPOOFED, "127.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_wrote_is_believed(hops: int, forwarded: str | None, seen: str) -> None:
    """The address is that many places from the end; what a client puts before it, or instead of it, is nothing."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    answer = client(trusted_proxies=hops).post("/ocr", headers=headers)
    assert answer.json["address"] == seen


def test_a_spoofed_address_gets_round_no_limit() -> None:
    """Without trusted proxies, and behind one, a client that changes what it claims stays the same client."""
    for hops, real in ((0, ""), (1, ", 203.0.113.7")):
        answers = client(trusted_proxies=hops, rate_limit=0.001, rate_burst=2)
        codes = [answers.post("/ocr", headers={"X-Forwarded-For": f"192.0.2.{n}{real}"}).status_code for n in range(4)]
        assert codes == [200, 200, 429, 429]


def test_behind_a_proxy_clients_are_told_apart() -> None:
    """With one trusted proxy each address that it names has its own limit; one /64 is one address."""
    answers = client(trusted_proxies=1, rate_limit=0.001, rate_burst=1)
    named = ["203.0.113.7", "203.0.113.8", "203.0.113.7", "2001:db8::1", "2001:db8::2"]
    codes = [answers.post("/ocr", headers={"X-Forwarded-For": address}).status_code for address in named]
    assert codes == [200, 200, 429, 200, 429]


def test_no_other_header_of_a_proxy_is_believed() -> None:
    """Neither host nor scheme nor path can be set by a header, not even by a trusted proxy."""
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=192.0.2.66;host=evil.example",
    }
    for hops in (0, 1, 2):
        assert client(trusted_proxies=hops).post("/ocr", headers=forged).json["url"] == "http://localhost/ocr"


class Untouchable:
    """A body of 1000 bytes that nobody may read; the test's client asks for its length."""

    position = 0

    def seek(self, _: int, origin: int = 0) -> None:
        """Go to the end or to the beginning."""
        self.position = 1000 if origin else 0

    def tell(self) -> int:
        """Return the position."""
        return self.position

    def read(self, *_: Any) -> bytes:
        """Fail the test."""
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_no_body_is_read_of_those_who_are_not_let_in(kind: str) -> None:
    """A wrong key and a rate that is passed are answered before the body, whatever its type."""
    answers = client(api_keys=KEY, rate_limit=0.001, rate_burst=1)

    def send(key: str) -> Any:
        body = {"input_stream": Untouchable(), "content_type": kind}
        return answers.post("/ocr", headers={"X-API-Key": key}, **body)

    assert [send(key).status_code for key in ("wrong", KEY, KEY)] == [401, 200, 429]


def test_who_is_let_in_too_often_is_told_when_to_come_back() -> None:
    """429 with the seconds to wait, rounded up, as a problem document."""
    answers = client(rate_limit=0.4, rate_burst=1)
    answers.post("/ocr")
    answer = answers.post("/ocr")
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert answer.headers["Retry-After"] == "3"
    assert json.loads(answer.data)["code"] == "rate_limited"
    assert json.loads(answer.data)["detail"] == "more than 0.4 requests a second, after 1 at once"


PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


def cross_origin(answer: Any) -> set[str]:
    """Return the names of an answer's CORS headers."""
    return {name for name in answer.headers.keys() if name.startswith("Access-Control-")}  # noqa: SIM118 - no mapping


def test_cross_origin_is_off_by_default() -> None:
    """Without the setting no page of another origin is told anything."""
    for answer in (client().options("/ocr", headers=PREFLIGHT), client().post("/ocr", headers={"Origin": PAGE})):
        assert cross_origin(answer) == set()
        assert "Vary" not in answer.headers


@pytest.mark.parametrize(("setting", "told"), [(f"{PAGE},http://localhost:3000", PAGE), ("*", "*")])
def test_a_preflight_needs_no_key(setting: str, told: str) -> None:
    """A page of an allowed origin hears which methods and headers it may use; there is no body, and no credentials."""
    answer = client(api_keys=KEY, cors_origins=setting).options("/ocr", headers=PREFLIGHT)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == told
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "X-API-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert answer.headers["Vary"] == "Origin"
    assert "Content-Type" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_answers_are_for_allowed_origins_alone() -> None:
    """An allowed page may read answers and refusals alike; others, and those without an origin, are told nothing."""
    answers = client(api_keys=KEY, cors_origins=PAGE)
    for key, status in ((KEY, 200), ("wrong", 401)):
        answer = answers.post("/ocr", headers={"Origin": PAGE, "X-API-Key": key})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, PAGE)
        assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
    for origin in ({}, {"Origin": "null"}, {"Origin": f"{PAGE}.evil.example"}, {"Origin": "*"}, {"Origin": ""}):
        answer = answers.post("/ocr", headers=origin | {"X-API-Key": KEY})
        assert (answer.status_code, cross_origin(answer)) == (200, set())
        assert answer.headers["Vary"] == "Origin"
    foreign = answers.options("/ocr", headers=PREFLIGHT | {"Origin": "https://evil.example"})
    assert cross_origin(foreign) == set()


def test_a_preflight_of_nothing_is_not_found() -> None:
    """A path that is not served has no methods to tell of."""
    assert client(cors_origins="*").options("/nowhere", headers=PREFLIGHT).status_code == 404


def test_every_answer_is_guarded() -> None:
    """Answers, errors and refusals: no guessing of types, no referrer, no cache, nothing loaded, in no frame."""
    answers = client(api_keys=KEY)
    requests = [("/ocr", KEY, 200), ("/nowhere", KEY, 404), ("/ocr", "wrong", 401)]
    for path, key, status in requests:
        answer = answers.post(path, headers={"X-API-Key": key})
        assert answer.status_code == status
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_page_loads_its_own_and_stands_in_no_frame() -> None:
    """HTML may load scripts and styles of this service alone, none that stand in it, and no page may frame it."""
    answer = client().get("/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_handler_may_know_better() -> None:
    """What a handler sets itself stays: files that never change may be kept."""
    answer = client().get("/kept")
    assert answer.headers.getlist("Cache-Control") == ["max-age=60"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
