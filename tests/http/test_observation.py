"""What is counted of a result, on an application of the test's own."""

from flask import Flask, g
from prometheus_client import CollectorRegistry

from app.http.observation import Observed, observe_result
from app.metrics.instruments import Instruments
from app.pipeline.result import ImageResult, Line, OcrResult, Page, StageTimings

CORNERS = ((0, 0), (2, 0), (2, 1), (0, 1))


def test_lines_that_are_only_found_are_not_counted_as_read() -> None:
    """Their score is the detector's: it says nothing of how surely a line was read."""
    registry = CollectorRegistry()
    instruments = Instruments.declare(registry)
    read, found = Line("text", 0.75, CORNERS), Line("", 0.5, CORNERS)
    pages = [Page(0, 20, 10, 0, lines) for lines in ((read, read), (found,))]
    with Flask(__name__).app_context():
        g.observed = Observed()
        observe_result(OcrResult(tuple(ImageResult((page,)) for page in pages), StageTimings(), 0.1), instruments)
        assert (g.observed.lines, g.observed.pixels) == (2, [200, 200])
    assert registry.get_sample_value("ocr_lines_total") == 2
    assert registry.get_sample_value("ocr_line_confidence_count") == 2
    assert registry.get_sample_value("ocr_line_confidence_sum") == 1.5
