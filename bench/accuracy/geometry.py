"""Outlines against outlines: overlap, pairing, containment. Shapely does the geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from bench.prediction import Point, Polygon


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two polygons that share area, by their places in the two lists compared; ``iou`` is in 0..1."""

    first: int
    second: int
    iou: float


def overlaps(first: Sequence[Polygon], second: Sequence[Polygon]) -> list[Overlap]:
    """Return every pair with its intersection over union, where that is more than 0, in no particular order.

    A polygon that crosses itself (labels have some) stands for its convex hull; one without area overlaps nothing.
    """
    ours, theirs = [_shape(polygon) for polygon in first], [_shape(polygon) for polygon in second]
    if not ours or not theirs:
        return []
    pairs = shapely.STRtree(theirs).query(ours, predicate="intersects").T.tolist()
    return [Overlap(a, b, value) for a, b in pairs if (value := _iou(ours[a], theirs[b])) > 0]


def pair_up(candidates: Sequence[Overlap], threshold: float) -> list[Overlap]:
    """Return the pairs of at least ``threshold``, best first, each polygon in at most one of them."""
    taken_first: set[int] = set()
    taken_second: set[int] = set()
    pairs = []
    for overlap in sorted(candidates, key=lambda item: (-item.iou, item.first, item.second)):
        if overlap.iou >= threshold and overlap.first not in taken_first and overlap.second not in taken_second:
            taken_first.add(overlap.first)
            taken_second.add(overlap.second)
            pairs.append(overlap)
    return pairs


def centre(polygon: Polygon) -> Point:
    """Return the mean of the corners."""
    return (sum(x for x, _ in polygon) / len(polygon), sum(y for _, y in polygon) / len(polygon))


def contains(polygon: Polygon, point: Point) -> bool:
    """Return whether the point lies inside the polygon or on its edge."""
    return bool(_shape(polygon).covers(shapely.Point(point)))


def _shape(polygon: Polygon) -> BaseGeometry:
    """Return the polygon's area as a valid geometry."""
    shape = shapely.Polygon(polygon)
    return shape if shape.is_valid else shape.convex_hull


def _iou(first: BaseGeometry, second: BaseGeometry) -> float:
    """Return intersection over union in 0..1; 0 for two shapes without area."""
    shared = float(first.intersection(second).area)
    union = float(first.area) + float(second.area) - shared
    return shared / union if union > 0 else 0.0
