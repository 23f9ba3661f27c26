"""How wide the canvas of each line is."""

from app.engines.shape_buckets import LINE_BUCKETS
from bench.parity.canvases import canvas_widths
from bench.parity.configurations import PADDINGS
from bench.prediction import Polygon


def line(width: float, height: float = 10) -> Polygon:
    """Return the outline of a line."""
    return ((0, 0), (width, 0), (width, height), (0, height))


def test_six_lines_share_the_canvas_of_their_widest() -> None:
    """The six that are shortest for their height go together, whatever their place on the page; none is beyond 3200."""
    widths = [100, 900, 80, 200, 120, 110, 140]
    canvases = canvas_widths([line(width) for width in widths], PADDINGS["exact"])
    assert canvases == [960, 3200, 960, 960, 960, 960, 960]


def test_no_canvas_is_narrower_than_it_may_be() -> None:
    """320 pixels as PaddleOCR pads, 160 where a line is padded to the next canvas that there is."""
    lines = [line(20), line(50)]
    assert canvas_widths(lines, PADDINGS["exact"]) == [320, 320]
    assert canvas_widths(lines, PADDINGS["single"]) == [320, 320]
    assert canvas_widths(lines, PADDINGS["close"]) == [160, LINE_BUCKETS.width(240)]


def test_a_tall_line_lies_down() -> None:
    """Vertical text is turned before it is read, from one and a half times its width on."""
    assert canvas_widths([line(10, 100)], PADDINGS["close"]) == [LINE_BUCKETS.width(480)]
    assert canvas_widths([line(100, 149)], PADDINGS["close"]) == [160]


def test_a_line_without_area_takes_no_room() -> None:
    """A flat outline has no ratio, and gets the narrowest canvas."""
    assert canvas_widths([line(10, 0)], PADDINGS["exact"]) == [320]
    assert canvas_widths([], PADDINGS["exact"]) == []
