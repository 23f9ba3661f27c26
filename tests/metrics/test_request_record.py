"""The record of a request, without any transport."""

import contextlib
import logging
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from app.errors import BrokenImageError
from app.metrics.instruments import Instruments
from app.metrics.request_record import RequestRecorder
from app.pipeline.result import ImageResult, Line, OcrResult, Page, StageTimings
from app.pipeline.text_layer import Source


@pytest.fixture
def registry() -> CollectorRegistry:
    """What the recorder's metrics are in."""
    return CollectorRegistry()


@pytest.fixture
def recorder(registry: CollectorRegistry) -> RequestRecorder:
    """A recorder of its own metrics."""
    return RequestRecorder(Instruments.declare(registry))


def page(text: str) -> Page:
    """A page of 20 by 10 pixels with one line."""
    square = ((0, 0), (1, 0), (1, 1), (0, 1))
    return Page(0, 20, 10, 0, (Line(text, 0.75, square),))


def line_of(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The one line that was written."""
    (written,) = [record for record in caplog.records if record.name == "ocr.request"]
    return written.__dict__


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [
        ("a-1_b.c:d", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("", False),
        ("two words", False),
        ("a\r\nb", False),
        ("\u00e4", False),
    ],
)
def test_a_clients_id_is_taken_where_it_can_stand_in_a_header(
    recorder: RequestRecorder, given: str, *, is_taken: bool
) -> None:
    """What cannot be an id gets another in its place, never an error."""
    request_id = recorder.begin(given).request_id
    assert (request_id == given) is is_taken
    assert request_id


def test_a_request_is_counted_once_and_told_in_one_line(
    recorder: RequestRecorder, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """Route, status and time; what was read as figures, and never the text."""
    caplog.set_level(logging.DEBUG)
    record = recorder.begin("mine")
    assert registry.get_sample_value("ocr_requests_in_flight") == 1
    record.dialect, record.key, record.images, record.bytes_in = "native", "env-1", 2, 99
    broken = ImageResult(error=BrokenImageError("cut short"))
    with record.inference() as has_read:
        has_read(OcrResult((ImageResult((page("secret"),)), broken), StageTimings(), 0.5))
    record.finish("/ocr", "POST", 200)
    record.leave()
    labels = {"route": "/ocr", "code": "200"}
    assert registry.get_sample_value("ocr_requests_total", labels) == 1
    assert registry.get_sample_value("ocr_request_duration_seconds_count", {"route": "/ocr"}) == 1
    assert registry.get_sample_value("ocr_errors_total", {"code": "broken_image"}) == 1
    assert registry.get_sample_value("ocr_lines_total") == 1
    assert recorder.instruments.inferences.now().images == 2
    assert registry.get_sample_value("ocr_requests_in_flight") == 0
    line = line_of(caplog)
    told = {name: line[name] for name in ("request_id", "method", "route", "status", "code", "bytes_in", "key")}
    assert told == {
        "request_id": "mine",
        "method": "POST",
        "route": "/ocr",
        "status": 200,
        "code": "ok",
        "bytes_in": 99,
        "key": "env-1",
    }
    assert (line["dialect"], line["images"], line["lines"], line["pixels"]) == ("native", 2, 1, [200])
    assert line["levelno"] == logging.INFO
    assert "secret" not in str(line)


def test_a_refusal_is_counted_as_an_error_and_as_one(
    recorder: RequestRecorder, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """Its code is in both counters; an error that is no refusal in the first alone."""
    caplog.set_level(logging.INFO)
    recorder.begin().finish("/ocr", "POST", 503, "queue_full")
    recorder.begin().finish("/ocr", "POST", 400, "malformed_request")
    for code, rejected in (("queue_full", 1), ("malformed_request", None)):
        assert registry.get_sample_value("ocr_errors_total", {"code": code}) == 1
        assert registry.get_sample_value("ocr_rejected_total", {"reason": code}) == rejected
    assert [record.__dict__["code"] for record in caplog.records] == ["queue_full", "malformed_request"]


def test_who_comes_every_second_is_told_at_debug_alone(
    recorder: RequestRecorder, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """Probes are counted, but fill no log."""
    caplog.set_level(logging.DEBUG)
    recorder.begin().finish("/healthz", "GET", 200, quiet=True)
    assert line_of(caplog)["levelno"] == logging.DEBUG
    assert registry.get_sample_value("ocr_requests_total", {"route": "/healthz", "code": "200"}) == 1


def test_an_error_in_the_middle_of_an_answer_is_that_of_the_request(
    recorder: RequestRecorder, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    """The status stays what was sent; the error is counted and told under it."""
    caplog.set_level(logging.INFO)
    record = recorder.begin()
    record.code = "deadline_exceeded"
    record.finish("/ocr", "POST", 200)
    assert registry.get_sample_value("ocr_errors_total", {"code": "deadline_exceeded"}) == 1
    assert registry.get_sample_value("ocr_requests_total", {"route": "/ocr", "code": "200"}) == 1
    line = line_of(caplog)
    assert (line["status"], line["code"]) == (200, "deadline_exceeded")


def test_nobody_is_sure_or_unsure_of_a_text_layer(recorder: RequestRecorder, registry: CollectorRegistry) -> None:
    """Its lines are counted, and leave the confidence of what is read as it is."""
    record = recorder.begin()
    pages = (page("read"), replace(page("written"), source=Source.TEXT_LAYER))
    with record.inference() as has_read:
        has_read(OcrResult((ImageResult(pages),), StageTimings(), 1.0))
    assert registry.get_sample_value("ocr_lines_total") == 2
    assert registry.get_sample_value("ocr_line_confidence_count") == 1


def test_lines_that_are_only_found_are_not_counted_as_read(
    recorder: RequestRecorder, registry: CollectorRegistry
) -> None:
    """Their score is the detector's: it says nothing of how surely a line was read."""
    record = recorder.begin()
    with record.inference() as has_read:
        has_read(OcrResult((ImageResult((page("read"), page(""))),), StageTimings(), 1.0))
    assert (record.lines, record.pixels) == (1, [200, 200])
    assert registry.get_sample_value("ocr_lines_total") == 1
    assert registry.get_sample_value("ocr_line_confidence_sum") == 0.75


def test_an_images_error_that_becomes_the_requests_is_counted_once(
    recorder: RequestRecorder, registry: CollectorRegistry
) -> None:
    """Where no answer can be written for it the request ends with it; where one tells of it, that is what counts."""
    result = OcrResult((ImageResult((page("read"),)), ImageResult(error=BrokenImageError("bad"))), StageTimings(), 1.0)
    record = recorder.begin()
    with contextlib.suppress(BrokenImageError), record.inference() as has_read:
        has_read(result)
        raise BrokenImageError("image 2: bad")
    record.finish("/ocr", "POST", 400, "broken_image")
    assert registry.get_sample_value("ocr_errors_total", {"code": "broken_image"}) == 1
    with record.inference() as has_read:
        has_read(result)
    assert registry.get_sample_value("ocr_errors_total", {"code": "broken_image"}) == 2
