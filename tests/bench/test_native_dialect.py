"""This service's own dialect, as the load generator speaks it."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.dialects import ServerTime, dialect_named
from bench.errors import BenchError, RequestFailedError
from bench.prediction import MalformedPredictionError
from bench.subject import label_of
from tests.bench.stand_in import POLYGON
from tests.conftest import Service

NATIVE = dialect_named("native")
PAGE = {"width": 50, "height": 10, "lines": [{"text": "one", "score": 0.5, "polygon": POLYGON}]}


def encoded(document: Any) -> bytes:
    """A body."""
    return json.dumps(document).encode()


def test_one_image():
    """One image is the body as it is; options are the query."""
    wire = NATIVE.encode_request([b"picture"], {"det_max_side": "960", "x": "a b"})
    assert (wire.path, wire.body) == ("/ocr?det_max_side=960&x=a+b", b"picture")
    assert NATIVE.encode_request([b"picture"], {}).path == "/ocr"


def test_several_images():
    """Several are base64 in one JSON document, in order."""
    wire = NATIVE.encode_request([b"one", b"two"], {})
    assert wire.headers == {"Content-Type": "application/json"}
    assert [base64.b64decode(image) for image in json.loads(wire.body)["images"]] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("document", "images"),
    [
        ({"pages": [PAGE]}, 1),
        ({"pages": [PAGE, PAGE]}, 1),
        ({"results": [{"pages": [PAGE]}]}, 1),
        ({"results": [{"pages": [PAGE]}, {"pages": [PAGE]}]}, 2),
    ],
)
def test_time(document: dict[str, Any], images: int):
    """Milliseconds come as seconds, the whole apart from its stages."""
    body = encoded(document | {"timings_ms": {"queue": 1.5, "detect": 20, "total": 30}})
    assert NATIVE.read_time(body, images) == ServerTime(0.03, {"queue": 0.0015, "detect": 0.02})


def test_time_without_a_total():
    """A service that does not tell the whole is not guessed at."""
    assert NATIVE.read_time(encoded({"pages": [PAGE], "timings_ms": {}}), 1).seconds is None


@pytest.mark.parametrize(
    ("document", "images"),
    [
        ({"pages": [PAGE]}, 1),
        ({"timings_ms": {}}, 1),
        ({"timings_ms": {"total": "1"}, "pages": [PAGE]}, 1),
        ({"timings_ms": {}, "pages": []}, 1),
        ({"timings_ms": {}, "pages": [{}]}, 1),
        ({"timings_ms": {}, "pages": [PAGE]}, 2),
        ({"timings_ms": {}, "results": [{"pages": [PAGE]}]}, 2),
        ({"timings_ms": {}, "results": [{"pages": [PAGE]}] * 3}, 2),
        ([], 1),
        (None, 1),
    ],
)
def test_not_as_promised(document: Any, images: int):
    """Whatever lacks the result of an image, or has other types, is no good answer."""
    with pytest.raises(MalformedPredictionError):
        NATIVE.read_time(encoded(document), images)


def test_an_image_that_was_not_read():
    """The error of one of several images is a failure by its own code, not garbage."""
    results = [{"pages": [PAGE]}, {"error": {"code": "broken_image", "detail": "truncated"}}]
    with pytest.raises(RequestFailedError) as found:
        NATIVE.read_time(encoded({"timings_ms": {}, "results": results}), 2)
    assert (found.value.cause, found.value.detail) == ("image broken_image", "truncated")


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b"NaN"])
def test_no_json(body: bytes):
    """What is no JSON is no good answer."""
    with pytest.raises(MalformedPredictionError):
        NATIVE.read_time(body, 1)
    with pytest.raises(MalformedPredictionError):
        NATIVE.read_predictions(body, 1.0)


def test_predictions():
    """The lines of each image are read, whether it came alone or with others."""
    (alone,) = NATIVE.read_predictions(encoded({"pages": [PAGE]}), 1.5)
    both = NATIVE.read_predictions(encoded({"results": [{"pages": [PAGE]}, {"pages": [PAGE]}]}), 1.5)
    assert both == (alone, alone)
    assert (alone.lines[0].text, alone.seconds) == ("one", 1.5)


@pytest.mark.parametrize("document", [{"results": 5}, {"results": None}, {"results": "ab"}, [], {}, None, 5])
def test_no_predictions(document: Any):
    """A document of another form is malformed, never an error of another kind."""
    with pytest.raises(MalformedPredictionError):
        NATIVE.read_predictions(encoded(document), 1.0)


@pytest.mark.parametrize(
    ("body", "cause", "detail"),
    [
        (b'{"code": "queue_full", "title": "Busy", "detail": "too many"}', "http 503 queue_full", "too many"),
        (b'{"code": "queue_full", "title": "Busy"}', "http 503 queue_full", "Busy"),
        (b"{}", "http 503", ""),
        (b'{"code": 5}', "http 503", ""),
        (b"<html>", "http 503", ""),
        (b"\xff", "http 503", ""),
        (b"[]", "http 503", ""),
    ],
)
def test_failure(body: bytes, cause: str, detail: str):
    """A problem document names the cause; whatever else comes has the status for one."""
    assert NATIVE.failure(503, body) == (cause, detail)


def test_unknown_dialect():
    """A name that is no dialect's is refused with those that are."""
    with pytest.raises(BenchError, match=r"no dialect 'morse' .*native"):
        dialect_named("morse")


def test_label():
    """A service is called by model, engine and precision, each once; one that says nothing by its dialect."""
    assert label_of({"model": "small", "engine": "openvino", "precision": "f32"}, NATIVE) == "small openvino f32"
    assert label_of({"model": "null", "engine": "null", "precision": "none"}, NATIVE) == "null"
    assert label_of({"model": None}, NATIVE) == "native"


@pytest.mark.parametrize("images", [1, 2])
def test_real_answers(images: int, null_service: Service, image: Callable[[str], bytes]):
    """What the service itself answers to one image and to several is as the dialect expects."""
    wire = NATIVE.encode_request([image("latin.png")] * images, {})
    body = null_service.client.post(wire.path, headers=wire.headers, content=wire.body).content
    time = NATIVE.read_time(body, images)
    assert time.seconds is not None
    assert sum(time.stages.values()) <= images * (1.1 * time.seconds + 0.001)  # images are worked on side by side
    assert "recognise" in time.stages
    assert [len(prediction.lines) for prediction in NATIVE.read_predictions(body, 1.0)] == [1] * images
