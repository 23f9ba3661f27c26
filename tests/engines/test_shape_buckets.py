"""The canvases: every size fits one, none is met that the warm-up has not run."""

import pytest

from app.engines.shape_buckets import (
    DETECTOR_STRIDE,
    LINE_MAX_WIDTH,
    DetectorBuckets,
    line_width,
    line_widths,
)

MAX_SIDES = [320, 352, 640, 960, 1280, 1600, 2016, 4000]


@pytest.fixture(params=MAX_SIDES)
def limit(request):
    """A longest side as a user may set it."""
    return request.param


@pytest.fixture
def buckets(limit):
    """The buckets of that side."""
    return DetectorBuckets.up_to(limit)


def sizes(limit):
    """Return every length that the detector is given: multiples of the stride up to the limit."""
    return range(DETECTOR_STRIDE, limit + 1, DETECTOR_STRIDE)


def test_every_size_fits_its_canvas(buckets, limit):
    """The canvas of a picture is at least as high and as wide as it, and no side is beyond the limit."""
    for height in sizes(limit):
        for width in sizes(limit):
            rows, columns = buckets.canvas(height, width)
            assert height <= rows <= limit
            assert width <= columns <= limit


def test_every_canvas_is_warmed(buckets, limit):
    """The list of shapes names each canvas that any size can meet, once, and none beyond."""
    met = {buckets.canvas(height, width) for height in sizes(limit) for width in sizes(limit)}
    shapes = buckets.shapes()
    assert set(shapes) == met
    assert len(shapes) == len(met)


def test_the_largest_canvas_is_warmed_first(buckets, limit):
    """Shapes come by falling area, the square of the limit first, so that its buffers serve all others."""
    areas = [height * width for height, width in buckets.shapes()]
    assert areas == sorted(areas, reverse=True)
    assert buckets.shapes()[0] == (limit, limit)


def test_canvases_fit_the_stride(buckets):
    """Each side is a multiple of the model's stride, or the graph could not run."""
    assert all(height % DETECTOR_STRIDE == width % DETECTOR_STRIDE == 0 for height, width in buckets.shapes())


def test_shapes_are_few(buckets):
    """Memory is bounded by the number of shapes: there are at most a hundred, whatever the limit."""
    assert len(buckets.shapes()) <= 100


def test_a_canvas_is_the_smallest_that_holds_the_picture(buckets, limit):
    """No warmed canvas that holds the picture has less area than the one it gets."""
    for height, width in [(32, limit), (limit, 32), (32, 32), (limit // 64 * 32, limit)]:
        rows, columns = buckets.canvas(height, width)
        fitting = [r * c for r, c in buckets.shapes() if r >= height and c >= width]
        assert rows * columns == min(fitting)


def test_every_line_fits_its_canvas():
    """Each width up to the longest line has the narrowest canvas that holds it."""
    widths = line_widths()
    for length in range(1, LINE_MAX_WIDTH + 1):
        assert line_width(length) == min(width for width in widths if width >= length)


def test_line_canvases_are_listed_widest_first():
    """The warm-up meets each width once, from the longest line down to one no wider than 160."""
    widths = line_widths()
    assert list(widths) == sorted(set(widths), reverse=True)
    assert widths[0] == LINE_MAX_WIDTH
    assert widths[-1] <= 160
