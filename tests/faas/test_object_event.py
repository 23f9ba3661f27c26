"""Events that name objects: what is read, what is written, and what the platform is told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import REFUSAL, BrokenImageError, ConfigurationError, MalformedRequestError
from app.faas.calls import ObjectCall
from app.faas.object_event import ObjectEvents
from app.http.problems import STATUS
from tests.faas.bucket_server import Buckets, serving


def _application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A service that reads every image but one that is broken, and words the errors that it is handed."""
    assert (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["mark"]) == ("POST", "/ocr", 1)
    image, error = environ["wsgi.input"].read(), environ.get(REFUSAL)
    if image == b"broken":
        error = BrokenImageError("it is")
    if error is None:
        start_response("200 OK", [])
        return [json.dumps({"text": image.decode()}).encode()]
    start_response(f"{STATUS[error.code]} No", [])
    return [json.dumps({"code": error.code, "detail": str(error), "status": STATUS[error.code]}).encode()]


@pytest.fixture(name="where")
def _where() -> Iterator[tuple[ObjectEvents, Buckets]]:
    with serving() as (url, buckets):
        buckets.objects |= {
            "/photos/in/a": b"A",
            "/photos/in/b": b"broken",
            "/photos/in/c": b"C",
            "/photos/other": b"O",
        }
        yield (
            ObjectEvents.for_buckets(
                _application,
                buckets="s3://photos/in/",
                endpoint=url,
                seconds=5,
                max_bytes=100,
                most=4,
                result_suffix=".ocr.json",
            ),
            buckets,
        )


def _answer(events: ObjectEvents, *keys: str) -> tuple[int, list[dict[str, Any]]]:
    objects = [ObjectCall("s3", "eu-west-1", "photos", key) for key in keys]
    reply = events.answer(objects, None, {"mark": 1})
    return reply.status, json.loads(reply.body)["objects"]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def test_each_object_is_read_and_its_result_lies_beside_it(where: tuple[ObjectEvents, Buckets]) -> None:
    """In order; what is written is what POST /ocr answers, to the byte, and the document says where."""
    events, buckets = where
    status, documents = _answer(events, "in/a", "in/c")
    assert status == 200
    assert [document["result"] for document in documents] == [{"text": "A"}, {"text": "C"}]
    assert [document["written"] for document in documents] == ["s3://photos/in/a.ocr.json", "s3://photos/in/c.ocr.json"]
    assert buckets.objects["/photos/in/a.ocr.json"] == b'{"text": "A"}'


def test_one_that_fails_fails_the_event_and_no_other_object(where: tuple[ObjectEvents, Buckets]) -> None:
    """The status is that of the first that failed; the others are read all the same, and nothing is written for it."""
    events, buckets = where
    status, documents = _answer(events, "in/a", "in/b", "gone", "in/c")
    assert status == 400
    assert [document["status"] for document in documents] == [200, 400, 403, 200]
    assert documents[1]["error"] == {"code": "broken_image", "detail": "it is"}
    assert "/photos/in/b.ocr.json" not in buckets.objects


def test_what_is_not_allowed_is_not_asked_for(where: tuple[ObjectEvents, Buckets]) -> None:
    """Whoever can send events does not choose what the function's role reads."""
    events, buckets = where
    status, (document,) = _answer(events, "other")
    assert (status, document["error"]["code"]) == (403, "object_not_allowed")
    assert not buckets.requests


def test_results_are_no_work(where: tuple[ObjectEvents, Buckets]) -> None:
    """A result written into the watched bucket is an event again: it is passed over, or it would never end."""
    events, buckets = where
    status, (document,) = _answer(events, "in/a.ocr.json")
    assert (status, document["skipped"]) == (200, "it is a result")
    assert not buckets.requests


def test_a_result_that_cannot_be_written_fails_the_event(where: tuple[ObjectEvents, Buckets]) -> None:
    """The platform tries again, or tells its owner."""
    events, buckets = where
    buckets.read_only = True
    status, (document,) = _answer(events, "in/a")
    assert (status, document["error"]["code"]) == (422, "object_unreachable")


def test_objects_are_as_many_as_a_request_may_have_images(where: tuple[ObjectEvents, Buckets]) -> None:
    """More are refused before any is read."""
    events, buckets = where
    with pytest.raises(MalformedRequestError, match="5 objects > 4 allowed"):
        _answer(events, *["in/a"] * 5)
    assert not buckets.requests


def test_without_buckets_every_object_is_refused() -> None:
    """As the service comes: no event makes it read anything, and the library for it is not even loaded."""
    events = ObjectEvents.for_buckets(
        _application, buckets="", endpoint="", seconds=1, max_bytes=100, most=4, result_suffix=""
    )
    assert events.store is None
    status, (document,) = _answer(events, "in/a")
    assert (status, document["error"]["code"]) == (403, "object_not_allowed")


def test_folders_are_no_images(where: tuple[ObjectEvents, Buckets]) -> None:
    """Consoles make them as empty objects."""
    events, buckets = where
    status, (document,) = _answer(events, "in/folder/")
    assert (status, document["skipped"]) == (200, "it is a folder")
    assert not buckets.requests


@pytest.mark.parametrize("key", ["", "/in/a", "in//a", "in/\ud800"])
def test_keys_that_would_be_another_objects_are_refused(key: str) -> None:
    """The library leaves out slashes that stand for nothing; half a character is no text."""
    with serving() as (url, buckets):
        events = ObjectEvents.for_buckets(
            _application, buckets="s3://photos", endpoint=url, seconds=5, max_bytes=100, most=4, result_suffix=""
        )
        status, (document,) = _answer(events, key)
        assert (status, document["error"]["code"]) in {(400, "malformed_request"), (422, "object_unreachable")}
        assert not buckets.requests


@pytest.mark.parametrize("endpoint", ["photos", "http://[x", "https://user:secret@host", "ftp://host"])
def test_an_endpoint_that_is_none_stops_the_start(endpoint: str) -> None:
    """One clear line, which does not repeat it: there may be a secret in it."""
    with pytest.raises(ConfigurationError, match="OCR_BUCKET_ENDPOINT") as caught:
        ObjectEvents.for_buckets(
            _application, buckets="", endpoint=endpoint, seconds=1, max_bytes=1, most=1, result_suffix=""
        )
    assert "secret" not in str(caught.value)
