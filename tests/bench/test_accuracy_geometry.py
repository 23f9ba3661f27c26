"""Overlap, pairing and containment of outlines."""

import pytest

from bench.accuracy.geometry import Overlap, centre, contains, overlaps, pair_up
from bench.prediction import Polygon


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Return an upright rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def test_iou_of_known_rectangles() -> None:
    """IoU is shared area over joint area: half-shifted squares share 1/3, equal ones 1, a quarter inside 1/4."""
    found = {item.second: item.iou for item in overlaps([box(0, 0, 10, 10)], [
        box(5, 0, 15, 10), box(0, 0, 10, 10), box(0, 0, 5, 5), box(20, 20, 30, 30),
    ])}  # fmt: skip
    assert found == pytest.approx({0: 1 / 3, 1: 1.0, 2: 0.25})


def test_iou_follows_the_outline_and_not_its_bounding_box() -> None:
    """A turned square against its bounding box has IoU 1/2."""
    diamond = ((5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0))
    assert overlaps([diamond], [box(0, 0, 10, 10)])[0].iou == pytest.approx(0.5)


def test_self_crossing_quads_count_by_their_hull() -> None:
    """A quad whose corners are in the wrong order stands for the area around its corners instead of failing."""
    crossed = ((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0))
    assert overlaps([crossed], [box(0, 0, 10, 10)])[0].iou == pytest.approx(1.0)


def test_shapes_without_area_and_empty_lists_overlap_nothing() -> None:
    """Nothing to compare, or polygons of no area, give no pairs and no error."""
    flat = box(0, 0, 10, 0)
    assert overlaps([flat], [flat, box(0, 0, 10, 10)]) == []
    assert overlaps([], [flat]) == overlaps([flat], []) == []


def test_pairs_are_one_to_one_and_the_best_first() -> None:
    """No polygon is used twice, the better overlap wins it, and what is below the threshold is no pair."""
    candidates = [Overlap(0, 0, 0.6), Overlap(1, 0, 0.9), Overlap(0, 1, 0.55), Overlap(1, 2, 0.8), Overlap(2, 2, 0.49)]
    assert pair_up(candidates, 0.5) == [Overlap(1, 0, 0.9), Overlap(0, 1, 0.55)]


def test_centre_and_containment() -> None:
    """The centre is the mean of the corners; edges belong to a polygon."""
    assert centre(box(0, 0, 10, 4)) == (5, 2)
    assert contains(box(0, 0, 10, 4), (10, 2))
    assert not contains(box(0, 0, 10, 4), (10.1, 2))
