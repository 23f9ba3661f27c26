"""From hand-made probability maps to quads."""

import cv2
import numpy as np
import pytest

from app.engines.db_postprocess import min_area_quad, quads_from_map
from app.errors import EngineError
from tests.options import detection

MAP = (200, 300)
EXACT = detection(threshold=0.3, box_threshold=0.6, unclip_ratio=1.5)
PLENTY = 1000
"""Candidates."""


def rectangle(left, top, right, bottom, *, value=0.9, base=0.0):
    """Return a map of *base* with a rectangle of *value*; its border pixels belong to it."""
    probability = np.full(MAP, base, np.float32)
    probability[top : bottom + 1, left : right + 1] = value
    return probability


def tilted(degrees, width=120, height=24, centre=(150, 100)):
    """Return a map with a rectangle that is turned by *degrees*."""
    probability = np.zeros(MAP, np.float32)
    corners = cv2.boxPoints((centre, (width, height), degrees))
    cv2.fillPoly(probability, [np.rint(corners).astype(np.int32)], 0.9)
    return probability


def find(probability, options=EXACT, scale=1, candidates=PLENTY):
    """Return the quads in the map of a picture *scale* times as large."""
    height, width = probability.shape
    return quads_from_map(probability, height * scale, width * scale, options, candidates)


def growth(width, height, ratio):
    """Return by how much each side moves outwards: area x ratio / perimeter, as DB defines it."""
    return width * height * ratio / (2 * (width + height))


def test_an_empty_map_has_no_quads():
    """No text gives arrays of no rows in the promised shapes and types."""
    found = find(np.zeros(MAP, np.float32))
    assert found.quads.shape == (0, 4, 2)
    assert found.quads.dtype == np.int32
    assert found.scores.shape == (0,)
    assert found.scores.dtype == np.float32


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.4, 1.5, 2.0, 3.0])
@pytest.mark.parametrize(("width", "height"), [(100, 20), (40, 40), (20, 90), (150, 9)])
def test_a_kernel_grows_by_area_times_ratio_through_perimeter(width, height, ratio):
    """The detected kernel grows on all sides by DB's distance, within a pixel of rounding."""
    left, top = 70, 60
    found = find(rectangle(left, top, left + width, top + height), detection(unclip_ratio=ratio))
    by = growth(width, height, ratio)
    expected = [
        [left - by, top - by],
        [left + width + by, top - by],
        [left + width + by, top + height + by],
        [left - by, top + height + by],
    ]
    assert len(found.quads) == 1
    limits = np.array([MAP[1], MAP[0]])
    assert np.abs(found.quads[0] - np.clip(expected, 0, limits)).max() <= 1.5


def test_corners_run_clockwise_from_the_top_left():
    """Top left, top right, bottom right, bottom left."""
    (quad,) = find(rectangle(50, 60, 150, 90)).quads
    top_left, top_right, bottom_right, bottom_left = quad.tolist()
    assert top_left[0] == bottom_left[0] < top_right[0] == bottom_right[0]
    assert top_left[1] == top_right[1] < bottom_left[1] == bottom_right[1]


@pytest.mark.parametrize("degrees", [-40, -30, -15, -5, 5, 15, 30, 40])
def test_tilted_lines_have_tilted_quads(degrees):
    """A turned rectangle is boxed along its own sides: grown length, height and tilt are its own."""
    found = find(tilted(degrees))
    assert len(found.quads) == 1
    top_left, top_right, _, bottom_left = found.quads[0].astype(float)
    by = growth(120, 24, 1.5)
    across, down = top_right - top_left, bottom_left - top_left
    assert np.linalg.norm(across) == pytest.approx(120 + 2 * by, abs=4)
    assert np.linalg.norm(down) == pytest.approx(24 + 2 * by, abs=4)
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(degrees, abs=2.5)
    assert across[0] * down[1] - across[1] * down[0] > 0  # clockwise, y pointing down
    assert np.abs(found.quads[0].mean(axis=0) - (150, 100)).max() <= 1.5


@pytest.mark.parametrize(
    "box", [(0, 80, 90, 100), (200, 80, 299, 100), (100, 0, 200, 15), (100, 180, 200, 199), (0, 0, 60, 20)]
)
def test_quads_stay_inside_the_picture(box):
    """A kernel at the border grows only to the border, and is found all the same."""
    (quad,) = find(rectangle(*box)).quads
    assert ((quad >= 0) & (quad <= (MAP[1], MAP[0]))).all()
    for axis, low, high in ((0, box[0], box[2]), (1, box[1], box[3])):
        assert quad[:, axis].min() <= low
        assert quad[:, axis].max() >= high


def test_a_map_full_of_text_is_the_whole_picture():
    """Where every pixel is text, the only quad is the picture."""
    (quad,) = find(np.full(MAP, 0.9, np.float32)).quads
    assert quad.tolist() == [[0, 0], [300, 0], [300, 200], [0, 200]]


def test_pixels_at_the_threshold_are_no_text():
    """A pixel counts as text only above the threshold."""
    options = detection(threshold=0.5, box_threshold=0.1)
    assert len(find(rectangle(50, 50, 150, 80, value=0.5), options).quads) == 0
    assert len(find(rectangle(50, 50, 150, 80, value=0.51), options).quads) == 1


def test_boxes_below_their_threshold_are_dropped():
    """A box is kept from its threshold on, by the mean of the map inside it."""
    assert len(find(rectangle(50, 50, 150, 80, value=0.55)).quads) == 0
    assert len(find(rectangle(50, 50, 150, 80, value=0.65)).quads) == 1


def test_the_score_is_the_mean_inside_the_kernel():
    """Half of the kernel at 0.9 and half at 0.7 score 0.8; what lies outside does not count."""
    probability = rectangle(50, 50, 149, 79, value=0.9, base=0.1)
    probability[50:80, 100:150] = 0.7
    found = find(probability)
    assert found.scores.tolist() == pytest.approx([0.8], abs=0.03)


@pytest.mark.parametrize(("width", "height"), [(2, 2), (60, 1), (1, 60), (2, 100)])
def test_specks_are_dropped(width, height):
    """A kernel with a side below three pixels is noise, however long it is."""
    assert len(find(rectangle(50, 50, 50 + width, 50 + height)).quads) == 0


def test_a_kernel_that_grows_too_little_is_dropped():
    """Three pixels a side are enough for a kernel, but its grown box must have five: 3 + 2 x 0.375 has not."""
    small = rectangle(50, 50, 53, 53)
    assert len(find(small, detection(unclip_ratio=0.5)).quads) == 0
    assert len(find(small, detection(unclip_ratio=3.0)).quads) == 1


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_quads_are_scaled_to_the_picture(scale):
    """Quads are in pixels of the picture: the map's, times the picture's size through the map's."""
    probability = rectangle(60, 50, 160, 80)
    by = growth(100, 30, 1.5)
    (quad,) = find(probability, scale=scale).quads
    assert quad[0].tolist() == pytest.approx([scale * (60 - by), scale * (50 - by)], abs=1.5 * scale)
    assert quad[2].tolist() == pytest.approx([scale * (160 + by), scale * (80 + by)], abs=1.5 * scale)


def test_width_and_height_are_scaled_on_their_own():
    """A picture that was squeezed for the detector has its boxes stretched back by each side's own factor."""
    probability = rectangle(100, 80, 200, 120)
    by = growth(100, 40, 1.5)
    (quad,) = quads_from_map(probability, MAP[0] * 3, MAP[1], EXACT, PLENTY).quads
    assert quad[0].tolist() == pytest.approx([100 - by, 3 * (80 - by)], abs=4.5)
    assert quad[2].tolist() == pytest.approx([200 + by, 3 * (120 + by)], abs=4.5)


def test_every_line_of_a_page_is_found():
    """Lines that do not touch are found each on its own, with its own score."""
    probability = np.zeros(MAP, np.float32)
    values = (0.95, 0.85, 0.75)
    for row, value in enumerate(values):
        probability[15 + 60 * row : 41 + 60 * row, 40:260] = value
    found = find(probability)
    order = np.argsort(found.quads[:, 0, 1])
    assert found.scores[order].tolist() == pytest.approx(values, abs=0.04)


def test_candidates_are_limited():
    """No more contours are looked at than the model's file allows, so that noise cannot make a request endless."""
    probability = np.zeros(MAP, np.float32)
    for left in range(10, 290, 28):
        probability[90:110, left : left + 14] = 0.9
    options = detection(unclip_ratio=0.5)
    assert len(find(probability, options).quads) == 10
    assert len(find(probability, options, candidates=4).quads) == 4


def test_the_map_is_left_as_it_is():
    """The map may be the runtime's own memory: it is neither written nor needed afterwards."""
    probability = rectangle(50, 60, 150, 90)
    probability.setflags(write=False)
    found = find(probability)
    assert len(found.quads) == 1
    assert not np.shares_memory(found.quads, probability)


@pytest.mark.parametrize("degrees", range(-44, 45, 11))
def test_the_quad_around_a_rectangle_is_the_rectangle(degrees):
    """The smallest rectangle around a turned rectangle's corners has its corners, from the top left, and its side."""
    turn = np.radians(degrees)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    flat = np.array([[-50, -10], [50, -10], [50, 10], [-50, 10]])
    corners = (flat @ rotation.T + (100, 80)).astype(np.float32)
    quad, side = min_area_quad(corners[[2, 0, 3, 1]])
    assert quad.dtype == np.float32
    assert np.abs(quad - corners).max() < 0.01
    assert side == pytest.approx(20, abs=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_hide_no_text(bad):
    """One of them in a map is an error, not a picture with less text on it."""
    probability = np.zeros((64, 96), np.float32)
    probability[63, 95] = bad
    with pytest.raises(EngineError, match="no numbers"):
        quads_from_map(probability, 64, 96, EXACT, PLENTY)
