"""A request's log line as CloudWatch's embedded metric format."""

import json
import math
import time
from collections.abc import Callable
from typing import Any

from app.metrics.emf import with_metrics

FIELDS = {
    "request_id": "r",
    "route": "/ocr",
    "status": 200,
    "code": "ok",
    "ms": 12.5,
    "bytes_in": 9,
    "images": 1,
    "pixels": [4],
    "lines": 2,
    "stages_ms": {"queue": 0.5, "decode": 1.5},
}


def test_every_metric_is_a_number_of_the_line() -> None:
    """The specification: each metric and dimension names a member of the root, metrics with numbers, no NaN."""
    line = with_metrics(FIELDS)
    (directive,) = line["embedded_metrics"]["CloudWatchMetrics"]
    values = {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}
    assert values == {"ms": 12.5, "bytes_in": 9, "images": 1, "lines": 2, "queue_ms": 0.5, "decode_ms": 1.5}
    assert all(isinstance(value, int | float) and math.isfinite(value) for value in values.values())
    assert all(isinstance(line[name], str) for names in directive["Dimensions"] for name in names)
    assert abs(line["embedded_metrics"]["Timestamp"] / 1000 - time.time()) < 3600


def test_a_request_without_an_image_has_no_figures_of_images() -> None:
    """A zero would be counted."""
    line = with_metrics({"route": "/healthz", "code": "ok", "ms": 1.0, "bytes_in": 0})
    names = [metric["Name"] for metric in line["embedded_metrics"]["CloudWatchMetrics"][0]["Metrics"]]
    assert names == ["ms", "bytes_in"]


def test_the_services_own_lines_are_of_that_format(
    start_service: Callable[..., Any], image: Callable[[str], bytes]
) -> None:
    """Set on a real process, the line of a request has what CloudWatch looks for; no text of the picture is in it."""
    service = start_service(engine="null", log_metrics="emf")
    assert service.ocr(image("latin.png")).status_code == 200
    lines = [json.loads(line) for line in service.log_file.read_text().splitlines() if '"request"' in line]
    (line,) = [line for line in lines if line["route"] == "/ocr"]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "ppocr-service"
    assert line["detect_ms"] >= 0
    assert line["images"] == 1
