"""Cutting lines out of pictures, upright."""

import cv2
import numpy as np
import pytest

from app.pipeline.line_crop import crop_line

WHITE, RED, GREEN, BLUE = (255, 255, 255), (0, 0, 255), (0, 255, 0), (255, 0, 0)


def upright(left, top, right, bottom):
    """Return the quad of an upright box."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.int32)


def striped(width, height):
    """Return a line whose first third is red, the next green, the last blue, with a black bar along its bottom."""
    line = np.empty((height, width, 3), np.uint8)
    for index, colour in enumerate((RED, GREEN, BLUE)):
        line[:, index * width // 3 : (index + 1) * width // 3] = colour
    line[-height // 4 :] = 0
    return line


def pasted(line, degrees, centre=(200, 200)):
    """Return a white picture with *line* turned by *degrees* (clockwise as seen) about *centre*, and its quad."""
    height, width = line.shape[:2]
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shift = np.array(centre) - matrix @ (width / 2, height / 2)
    transform = np.hstack([matrix, shift[:, np.newaxis]])
    picture = cv2.warpAffine(line, transform, (400, 400), borderValue=WHITE, flags=cv2.INTER_LINEAR)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ matrix.T + shift
    return picture, np.rint(corners).astype(np.int32)


def colour_at(crop, x, y):
    """Return the mean of 5 x 5 pixels about a place given as shares of width and height."""
    height, width = crop.shape[:2]
    row, column = int(y * height), int(x * width)
    return crop[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3].reshape(-1, 3).mean(axis=0)


def assert_reads_from_left(crop):
    """Assert that the stripes run red, green, blue from the left, with the bar at the bottom."""
    for share, colour in ((1 / 6, RED), (1 / 2, GREEN), (5 / 6, BLUE)):
        assert np.abs(colour_at(crop, share, 0.4) - colour).max() < 40
        assert colour_at(crop, share, 0.9).max() < 60


def test_an_upright_box_is_cut_out_as_it_is():
    """The crop of an upright box has its size, and its pixels in their places."""
    picture = cv2.resize(np.random.default_rng(3).integers(0, 256, (8, 20, 3), np.uint8), (200, 80))
    crop = crop_line(picture, upright(30, 20, 150, 60))
    assert crop.shape == pytest.approx((40, 120, 3), abs=1)
    assert crop.dtype == np.uint8
    assert np.abs(crop[1:38, 1:118].astype(int) - picture[21:58, 31:148]).mean() < 4


@pytest.mark.parametrize("degrees", [-40, -30, -10, -3, 3, 10, 30, 40])
def test_a_tilted_line_becomes_upright(degrees):
    """A turned line comes out with its own length and height, reading from the left."""
    picture, quad = pasted(striped(180, 40), degrees)
    crop = crop_line(picture, quad)
    assert crop.shape[1] == pytest.approx(180, abs=3)
    assert crop.shape[0] == pytest.approx(40, abs=3)
    assert_reads_from_left(crop)


def test_a_vertical_line_is_turned_counter_clockwise():
    """A crop from half again as high as wide is laid down: what was at its top is at its left."""
    picture = np.zeros((300, 100, 3), np.uint8)
    picture[20:100, 30:70], picture[100:180, 30:70], picture[180:260, 30:70] = BLUE, GREEN, RED
    crop = crop_line(picture, upright(30, 20, 70, 260))
    assert crop.shape[:2] == (40, 240)
    for share, colour in ((1 / 6, RED), (1 / 2, GREEN), (5 / 6, BLUE)):
        assert np.abs(colour_at(crop, 1 - share, 0.5) - colour).max() < 40


@pytest.mark.parametrize(("height", "turned"), [(20, False), (40, False), (57, False), (63, True), (90, True)])
def test_only_clearly_upright_crops_are_turned(height, turned):
    """Of 40 pixels width, 57 of height (1.43 times) stand as they are, 63 (1.58 times) are laid down."""
    picture = np.zeros((100, 100, 3), np.uint8)
    shape = (40, height) if turned else (height, 40)
    assert crop_line(picture, upright(10, 5, 50, 5 + height)).shape[:2] == pytest.approx(shape, abs=1)


@pytest.mark.parametrize(
    "quad",
    [
        upright(10, 10, 10, 10),
        upright(10, 10, 60, 10),
        upright(10, 10, 10, 60),
        np.array([[5, 5], [20, 20], [40, 40], [60, 60]], np.int32),
    ],
)
def test_a_quad_without_area_has_no_crop(quad):
    """A point or a line is nothing to read, and nothing to fail over."""
    assert crop_line(np.zeros((80, 80, 3), np.uint8), quad) is None


@pytest.mark.parametrize(
    "quad", [upright(0, 0, 100, 80), upright(0, 70, 100, 80), upright(90, 0, 100, 20), upright(-20, -10, 60, 30)]
)
def test_a_quad_may_touch_the_border(quad):
    """At the border, and beyond it, the crop has the quad's size; what lies outside repeats the edge."""
    picture = np.full((80, 100, 3), 77, np.uint8)
    crop = crop_line(picture, quad)
    width, height = quad[2] - quad[0]
    assert sorted(crop.shape[:2]) == sorted((height, width))
    assert (crop == 77).all()


def test_the_crop_is_its_own_memory():
    """The crop is contiguous and independent: it outlives the picture, which it does not change."""
    picture = np.full((300, 60, 3), 9, np.uint8)
    crop = crop_line(picture, upright(10, 10, 40, 200))
    assert crop.flags.c_contiguous
    assert not np.shares_memory(crop, picture)
    assert (picture == 9).all()
