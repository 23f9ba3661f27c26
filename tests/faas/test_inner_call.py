"""A call out of an event reaches the application as one over the network would."""

import json
from typing import Any

import pytest

from app.faas.calls import HttpCall
from app.faas.inner_call import UNTOLD_CLIENT, call


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer with what came."""
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = environ["wsgi.input"].read()
    headers = [("Content-Type", "application/json"), ("Content-Length", "1"), ("X-A", "1"), ("X-A", "2")]
    start_response("207 Multi-Status", [*headers, ("Connection", "close")])
    return [json.dumps(seen | {"body": body.decode("latin-1")}).encode()]


def _seen(wanted: HttpCall, **context: Any) -> dict[str, str]:
    return json.loads(call(echo, wanted, context.items()).body)


def test_a_call_comes_as_it_was_sent() -> None:
    """Method, path, query to the byte, headers, the body and the client's address; a length is that of the body."""
    headers = (("content-type", "image/png"), ("X-API-Key", "k"), ("Host", "h"), ("Content-Length", "99"))
    seen = _seen(HttpCall("POST", "/ocr", "a=b%20c&d=%E4", headers, b"\x89PNG", "192.0.2.7"), mark="m")
    wanted = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/ocr",
        "QUERY_STRING": "a=b%20c&d=%E4",
        "CONTENT_TYPE": "image/png",
        "CONTENT_LENGTH": "4",
        "HTTP_X_API_KEY": "k",
        "HTTP_HOST": "h",
        "REMOTE_ADDR": "192.0.2.7",
        "body": "\x89PNG",
        "mark": "m",
    }
    assert wanted.items() <= seen.items()


def test_a_header_given_twice_is_one_with_both_values() -> None:
    """As gunicorn hands it on: nobody shows two keys of which one is looked at."""
    seen = _seen(HttpCall("GET", "/info", headers=(("x-api-key", "k"), ("X-API-Key", "l"))))
    assert seen["HTTP_X_API_KEY"].replace(" ", "") == "k,l"


@pytest.mark.parametrize("path", ["//elsewhere/ocr", "/ocr?x=1", "http://elsewhere/ocr"])
def test_a_path_is_a_path(path: str) -> None:
    """Whatever it looks like: no part of it becomes a host or a query."""
    seen = _seen(HttpCall("GET", path))
    assert seen["PATH_INFO"].lstrip("/") == path.lstrip("/")
    assert (seen["QUERY_STRING"], seen["HTTP_HOST"]) == ("", "localhost")


def test_who_is_not_told_of_is_one_client() -> None:
    """Without an address there is still something to count by."""
    assert _seen(HttpCall("GET", "/"))["REMOTE_ADDR"] == UNTOLD_CLIENT


def test_a_reply_has_what_the_application_said_of_the_answer() -> None:
    """Status, headers in order and body; not what belongs to a connection."""
    reply = call(echo, HttpCall("GET", "/"))
    assert (reply.status, reply.headers) == (207, (("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2")))


def test_a_headers_name_is_what_it_looks_like() -> None:
    """X_Api_Key would become X-Api-Key, and speak for it: names with underscores, or of other letters, are left out."""
    headers = (
        ("X_Api_Key", "k"),
        ("x-forwardeD-for", "192.0.2.1"),
        ("x_forwarded_for", "6.6.6.6"),
        ("x-ap\u0131-key", "k"),
    )
    seen = _seen(HttpCall("GET", "/info", headers=headers))
    assert "HTTP_X_API_KEY" not in seen
    assert seen["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"


def test_an_answer_in_parts_is_joined() -> None:
    """An event has one reply: what is sent while it is made over the network comes whole, and is closed."""
    closed = []

    class Parts:
        def __iter__(self) -> Any:
            return iter([b"first\n", b"last\n"])

        def close(self) -> None:
            closed.append(True)

    def streaming(environ: dict[str, Any], start_response: Any) -> Any:
        environ["ocr.streamed"] = True
        start_response("200 OK", [("Content-Type", "application/x-ndjson")])
        return Parts()

    assert call(streaming, HttpCall("POST", "/ocr")).body == b"first\nlast\n"
    assert closed == [True]
