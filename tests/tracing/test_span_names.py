"""What a span is called and says, by what came of its request."""

from typing import Any

import pytest

from app.tracing.request_trace import Outcome
from app.tracing.span_names import described


def outcome(**members: Any) -> Outcome:
    """A request with one image of one page that was answered, but for what *members* say."""
    usual: dict[str, Any] = {
        "route": "/ocr",
        "method": "POST",
        "status": 200,
        "rpc_status": "",
        "code": "",
        "request_id": "id",
        "dialect": "native",
        "bytes_in": 10,
        "images": 1,
        "pages": 1,
        "lines": 0,
    }
    return Outcome(**usual | members)


def test_a_page_without_lines_says_so() -> None:
    """None is a number, too, where there were images; a request without any says nothing of them."""
    told = described(outcome()).attributes
    assert (told["ocr.images"], told["ocr.pages"], told["ocr.lines"]) == (1, 1, 0)
    assert "ocr.error_code" not in told
    none = described(outcome(dialect="", bytes_in=0, images=0, pages=0)).attributes
    assert [name for name in none if name.startswith("ocr.")] == ["ocr.request_id"]


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"status": 503, "code": "queue_full"}, "queue_full"),
        ({"status": 500, "code": ""}, "500"),
        ({"status": 404, "code": "not_found"}, None),
        ({"status": 499, "code": "client_gone"}, None),
        ({"status": 200, "code": "engine_error"}, "engine_error"),
        ({"rpc_status": "UNAVAILABLE", "status": 503, "code": "not_ready"}, "not_ready"),
        ({"rpc_status": "CANCELLED", "status": 499, "code": "client_gone"}, None),
        ({"rpc_status": "OK"}, None),
    ],
)
def test_what_is_an_error(members: dict[str, Any], error: str | None) -> None:
    """The service's own failures, also those that cut short an answer that was under way; not its clients'."""
    told = described(outcome(**members))
    assert (told.is_error, told.attributes.get("error.type")) == (error is not None, error)


def test_nothing_that_a_client_made_up_names_a_span() -> None:
    """A path and a method that there are not are nowhere, and of a path with a part of the client's the pattern is."""
    told = described(outcome(route="", method="unmatched", status=404))
    assert (told.name, told.attributes["http.request.method"]) == ("HTTP", "_OTHER")
    assert {"http.route", "url.path"} & told.attributes.keys() == set()
    told = described(outcome(route="/v2/models/<model>/infer"))
    assert (told.name, "url.path" in told.attributes) == ("POST /v2/models/<model>/infer", False)
