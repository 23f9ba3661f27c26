"""Polygons over lines: there, nowhere else, and told apart by colour."""

import itertools

import cv2
import numpy as np
import pytest

from app.render.overlay import line_colour, overlaid

TILTED = [[30, 20], [150, 40], [145, 70], [25, 50]]
BELOW = [[20, 80], [180, 80], [180, 110], [20, 110]]


def inside(shape, quads, margin):
    """Where *quads* are, and *margin* pixels around them."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, list(quads), 1)
    return cv2.dilate(mask, np.ones((2 * margin + 1,) * 2, np.uint8)).astype(bool)


@pytest.mark.parametrize("page", ["noise", "white", "black"])
def test_pixels_change_inside_polygons_and_only_there(noise, page):
    """Whatever is on the page: each pixel inside gets another colour, none outside does, but for half an outline."""
    picture = {"noise": noise(130, 200), "white": np.full((130, 200, 3), 255, np.uint8)}.get(
        page, np.zeros((130, 200, 3), np.uint8)
    )
    before, quads = picture.copy(), np.array([TILTED, BELOW], np.int32)
    changed = (overlaid(picture, quads) != picture).any(axis=2)
    assert changed[inside(picture.shape, quads, 0)].mean() > 0.98
    assert not changed[~inside(picture.shape, quads, 2)].any()
    assert np.array_equal(picture, before)


def test_what_is_under_a_polygon_can_still_be_read():
    """Black on white stays far darker than its surroundings, under each colour."""
    picture = np.full((40, 100, 3), 255, np.uint8)
    picture[15:25, 40:60] = 0
    quad = [[5, 5], [95, 5], [95, 35], [5, 35]]
    for index in range(30):
        grey = cv2.cvtColor(overlaid(picture, np.array([quad] * (index + 1), np.int32)[-1:]), cv2.COLOR_BGR2GRAY)
        assert int(grey[20, 20]) - int(grey[20, 50]) > 100


def test_neighbours_have_colours_of_their_own():
    """Lines in a row are told apart at a glance, and a line's colour is the same each time."""
    colours = [line_colour(index) for index in range(200)]
    for one, other in itertools.chain(itertools.pairwise(colours), zip(colours, colours[2:], strict=False)):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 80
    assert colours == [line_colour(index) for index in range(200)]


def test_a_page_without_lines_is_itself(noise):
    """Nothing found, nothing drawn: a copy."""
    picture = noise(20, 30)
    drawn = overlaid(picture, np.zeros((0, 4, 2), np.int32))
    assert np.array_equal(drawn, picture)
    assert drawn is not picture
