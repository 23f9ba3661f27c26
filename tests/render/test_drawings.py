"""Drawings as files: what is asked for, within its size, in its place however the page lay, and cheap."""

import itertools
import tracemalloc

import cv2
import numpy as np
import pytest

from app.pipeline.result import Drawing, DrawingFormat, DrawingOptions
from app.render.drawings import draw

MARK = (30, 40, 150, 60)
"""Left, top, right, bottom of a black rectangle on white paper."""


def marked(width=240, height=160):
    """Return white paper with the mark."""
    left, top, right, bottom = MARK
    paper = np.full((height, width, 3), 255, np.uint8)
    paper[top:bottom, left:right] = 0
    return paper


def coloured(pixels):
    """Where there is colour."""
    return np.ptp(pixels.astype(int), axis=2) > 20


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_polygon_lands_on_its_text_however_the_page_lay(drawn, page_of, box, angle):
    """The overlay is upright, and the colour is where the mark is."""
    picture = np.rot90(marked(), -angle // 90)
    overlay = drawn(Drawing.OVERLAY, picture, page_of(240, 160, box(*MARK), angle=angle))
    assert overlay.shape == (160, 240, 3)
    rows, columns = coloured(overlay).nonzero()
    left, top, right, bottom = MARK
    assert abs(rows.min() - top) <= 2
    assert abs(rows.max() - bottom) <= 2
    assert abs(columns.min() - left) <= 2
    assert abs(columns.max() - right) <= 2
    assert (overlay[45:55, 40:140] < 255).all()


@pytest.mark.parametrize("angle", [0, 90])
def test_the_input_is_as_it_came(drawn, page_of, box, angle):
    """Not turned, nothing drawn on it."""
    picture = np.rot90(marked(), -angle // 90)
    assert np.array_equal(drawn(Drawing.INPUT, picture, page_of(240, 160, box(*MARK), angle=angle)), picture)


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_the_page_is_the_picture_upright(drawn, page_of, box, angle):
    """Turned back, nothing drawn on it."""
    picture = np.rot90(marked(), -angle // 90)
    assert np.array_equal(drawn(Drawing.PAGE, picture, page_of(240, 160, box(*MARK), angle=angle)), marked())


def test_a_jpeg_is_as_good_as_was_asked_for(page_of, noise, lettering):
    """Less quality, fewer bytes."""
    sizes = [
        len(draw(noise(200, 200), page_of(200, 200), options, lettering)[Drawing.PAGE])
        for options in (DrawingOptions(frozenset({Drawing.PAGE}), quality=quality) for quality in (95, 50))
    ]
    assert sizes[1] < sizes[0] / 2


def test_turned_shows_the_picture_before_and_after(drawn, page_of):
    """As it came to the left, upright to the right, white where one is shorter."""
    lying = np.rot90(marked(), -1)
    both = drawn(Drawing.TURNED, lying, page_of(240, 160, angle=90))
    assert both.shape == (240, 160 + 240, 3)
    assert np.array_equal(both[:, :160], lying)
    assert np.array_equal(both[:160, 160:], marked())
    assert (both[160:, 160:] == 255).all()


@pytest.mark.parametrize("angle", [0, 270])
def test_side_by_side_is_the_overlay_and_as_much_paper(drawn, page_of, box, angle):
    """To the left what the overlay shows, to the right the text in the same place on white."""
    picture, page = np.rot90(marked(), -angle // 90), page_of(240, 160, box(*MARK), angle=angle)
    both = drawn(Drawing.SIDE_BY_SIDE, picture, page)
    assert both.shape == (160, 480, 3)
    assert np.array_equal(both[:, :240], drawn(Drawing.OVERLAY, picture, page))
    rows, columns = (both[:, 240:].max(axis=2) < 90).nonzero()
    assert rows.size > 20
    assert rows.min() >= 40
    assert rows.max() <= 60
    assert columns.min() >= 30
    assert columns.max() <= 150


@pytest.mark.parametrize(("width", "height"), [(3000, 500), (500, 3000), (3000, 2900), (2500, 1), (1, 2500), (1, 1)])
@pytest.mark.parametrize("kind", Drawing)
@pytest.mark.parametrize("angle", [0, 90])
def test_no_side_is_longer_than_asked_for(drawn, page_of, noise, *, kind, width, height, angle):
    """Of any kind, from any picture; and what is larger fills the side but for a pixel or two."""
    upright = (height, width) if angle else (width, height)
    shape = drawn(kind, noise(height, width), page_of(*upright, angle=angle), max_side=700).shape
    assert max(shape) <= 700
    assert max(width, height) <= 700 or max(shape) >= 698


def test_what_is_small_enough_is_not_made_larger(drawn, page_of, noise):
    """A drawing has the picture's pixels where it may."""
    assert drawn(Drawing.INPUT, noise(30, 40), page_of(40, 30)).shape == (30, 40, 3)


def test_polygons_follow_the_scale(drawn, page_of, box):
    """On a drawing of half the size, the polygon has half its coordinates."""
    overlay = drawn(Drawing.OVERLAY, marked(), page_of(240, 160, box(*MARK)), max_side=120)
    rows, columns = coloured(overlay).nonzero()
    assert abs(columns.min() - 15) <= 2
    assert abs(columns.max() - 75) <= 2
    assert abs(rows.min() - 20) <= 2


def test_lines_beyond_the_page_are_drawn_as_far_as_they_are_on_it(drawn, page_of, box):
    """Partly outside, far outside: nothing fails, and what is inside is coloured."""
    far = 1 << 30
    page = page_of(240, 160, box(-50, -20, 60, 30), box(-far, -far, far, far), box(far, far, far + 5, far + 5))
    assert coloured(drawn(Drawing.OVERLAY, marked(), page))[10, 10]
    assert drawn(Drawing.SIDE_BY_SIDE, marked(), page).shape == (160, 480, 3)


def test_only_what_is_asked_for_is_drawn(page_of, noise, lettering):
    """Each combination gives its own files and no others."""
    for count in range(len(Drawing) + 1):
        for wanted in itertools.combinations(Drawing, count):
            options = DrawingOptions(frozenset(wanted), DrawingFormat.PNG)
            assert draw(noise(8, 8), page_of(8, 8), options, lettering).keys() == set(wanted)


@pytest.mark.parametrize(("form", "magic"), [(DrawingFormat.JPEG, b"\xff\xd8\xff"), (DrawingFormat.PNG, b"\x89PNG")])
def test_files_have_the_format_that_is_asked_for(page_of, noise, lettering, form, magic):
    """JPEG or PNG."""
    for data in draw(noise(8, 8), page_of(8, 8), DrawingOptions(frozenset(Drawing), form), lettering).values():
        assert data.startswith(magic)


def test_the_picture_is_not_written_to(page_of, box, noise, lettering):
    """It is others' memory: one that cannot be written to will do."""
    picture = noise(160, 240)
    picture.flags.writeable = False
    draw(picture, page_of(240, 160, box(*MARK)), DrawingOptions(frozenset(Drawing)), lettering)


def test_a_huge_picture_costs_no_more_than_its_drawings(page_of, box, lettering):
    """50 million pixels, 150 MB: a fraction of that is taken beside them."""
    picture = np.zeros((5000, 10_000, 3), np.uint8)
    page = page_of(5000, 10_000, *(box(100, 100 * n, 4000, 100 * n + 60) for n in range(1, 60)), angle=90)
    tracemalloc.start()
    draw(picture, page, DrawingOptions(frozenset(Drawing)), lettering)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 << 20


def test_jpeg_is_good_enough_to_read(page_of, lettering):
    """What comes out of the file is what was drawn but for a few shades."""
    picture = cv2.GaussianBlur(marked(), (5, 5), 0)
    data = draw(picture, page_of(240, 160), DrawingOptions(frozenset({Drawing.INPUT})), lettering)[Drawing.INPUT]
    again = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(again.astype(int) - picture.astype(int)).mean() < 1
