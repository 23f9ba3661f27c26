"""The canvases: few, every size fits one, and none is larger than the largest."""

import pytest

from app.engines.shape_buckets import (
    DETECTOR_STRIDE,
    FEW_LINE_BUCKETS,
    LINE_BUCKETS,
    LINE_MAX_WIDTH,
    LINE_MIN_WIDTH,
    DetectorBuckets,
)

MAX_SIDES = [320, 352, 640, 960, 1280, 1600, 2016, 4000]


@pytest.fixture(params=MAX_SIDES)
def limit(request):
    """A longest side as a user may set it."""
    return request.param


@pytest.fixture
def buckets(limit):
    """The buckets of that side."""
    return DetectorBuckets.up_to(limit, limit * limit)


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


def test_the_largest_canvas_is_the_limits_square(buckets, limit):
    """That is what memory is laid out for: no canvas is higher or wider, whatever the picture."""
    assert buckets.largest == (limit, limit)
    assert buckets.canvas(limit, limit) == buckets.largest
    assert max(buckets.sides) == limit


@pytest.mark.parametrize("share", [0.76, 0.3])
def test_the_largest_canvas_holds_the_longest_picture_of_the_most_pixels(limit, share):
    """With fewer pixels than the square has: a picture of the limit's length and all the pixels lies on it.

    It is the one warmed ahead, so memory is there; with 0.76 of the square it is smaller than that from 640 on.
    """
    most = round(share * limit * limit)
    buckets = DetectorBuckets.up_to(limit, most)
    rows, columns = buckets.largest
    assert rows == limit
    assert columns == buckets.canvas(limit, most // limit)[1] <= limit
    assert columns * limit >= most // limit * limit
    assert columns < limit or share > 0.7


def test_the_smallest_canvas_is_one_that_pictures_meet(buckets):
    """The warm-up runs it, so the smallest picture must be laid on it."""
    assert buckets.smallest == buckets.canvas(DETECTOR_STRIDE, DETECTOR_STRIDE)


def test_canvases_fit_the_stride(buckets):
    """Each side is a multiple of the model's stride, or the graph could not run; each is listed once, in order."""
    assert all(side % DETECTOR_STRIDE == 0 for side in buckets.sides)
    assert list(buckets.sides) == sorted(set(buckets.sides))


def test_sides_are_few(buckets):
    """Each canvas has kernels of its own: there are at most sixteen sides, whatever the limit."""
    assert len(buckets.sides) <= 16


def test_a_canvas_is_the_smallest_that_holds_the_picture(buckets, limit):
    """No canvas that holds the picture has less area than the one it gets."""
    for height, width in [(32, limit), (limit, 32), (32, 32), (limit // 64 * 32, limit)]:
        rows, columns = buckets.canvas(height, width)
        fitting = [r * c for r in buckets.sides for c in buckets.sides if r >= height and c >= width]
        assert rows * columns == min(fitting)


def test_nothing_larger_than_the_largest_has_a_canvas(buckets, limit):
    """A picture or a line beyond the largest is a fault of whoever hands it over, and is never run."""
    with pytest.raises(StopIteration):
        buckets.canvas(32, limit + 1)
    with pytest.raises(StopIteration):
        LINE_BUCKETS.width(LINE_MAX_WIDTH + 1)


@pytest.fixture(params=[LINE_BUCKETS, FEW_LINE_BUCKETS], ids=["all", "few"])
def lines(request):
    """The buckets of lines where there is memory, and where there is little."""
    return request.param


def test_every_line_fits_its_canvas(lines):
    """Each length up to the longest line has the narrowest canvas that holds it."""
    for length in range(1, LINE_MAX_WIDTH + 1):
        assert lines.width(length) == min(width for width in lines.widths if width >= length)


def test_line_canvases_are_listed_narrowest_first(lines):
    """From the one that most lines need first to the longest line."""
    assert list(lines.widths) == sorted(set(lines.widths))
    assert lines.widths[0] == LINE_MIN_WIDTH
    assert lines.widths[-1] == LINE_MAX_WIDTH


def test_few_are_among_all():
    """Lines are grouped by the widths that there are with much memory: none of the few lies between two of these."""
    assert set(FEW_LINE_BUCKETS.widths) < set(LINE_BUCKETS.widths)
    assert len(FEW_LINE_BUCKETS.shapes()) < len(LINE_BUCKETS.shapes()) / 3


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 23])
def test_batches_are_of_few_sizes_and_no_larger_than_the_longest_line(lines, count):
    """Together they are all lines, the largest batch first, with no more pixels than the longest line."""
    for width in lines.widths:
        most = lines.lines_at_once(width)
        sizes = lines.batches(count, width)
        assert sum(sizes) == count
        assert set(sizes) <= set(lines.counts)
        assert sizes == sorted(sizes, reverse=True)
        assert all(size * width <= LINE_MAX_WIDTH and size <= most for size in sizes)
        assert len(sizes) <= count // most + 2


def test_as_many_lines_at_once_as_fit():
    """Twice as many would have more pixels than the longest line, or are more than the two that change nothing."""
    for width in LINE_BUCKETS.widths:
        most = LINE_BUCKETS.lines_at_once(width)
        assert most * width <= LINE_MAX_WIDTH
        assert most == 2 or 2 * most * width > LINE_MAX_WIDTH
    assert [LINE_BUCKETS.lines_at_once(width) for width in (160, 800, 832, 1600, 2240, 3200)] == [2, 2, 2, 2, 1, 1]
    assert {FEW_LINE_BUCKETS.lines_at_once(width) for width in FEW_LINE_BUCKETS.widths} == {1}


def test_the_shapes_of_batches_are_all_that_lines_can_come_in(lines):
    """Whatever is warmed is met and nothing else is, so that kernels are compiled once; single lines come first."""
    met = {(size, width) for width in lines.widths for count in range(30) for size in lines.batches(count, width)}
    shapes = lines.shapes()
    assert len(shapes) == len(set(shapes))
    assert set(shapes) == met
    assert shapes[: len(lines.widths)] == [(1, width) for width in lines.widths]
