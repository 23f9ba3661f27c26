"""From a text probability map to quads: the post-processing of Differentiable Binarization.

Source: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020. Order of the steps,
roundings and limits are those of PaddleOCR's pipeline, so that both find the same boxes.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyclipper

from app.engines.base import Detection, FloatArray
from app.errors import EngineError
from app.settings import Settings

_MIN_SIDE = 3.0
"""Shortest side in map pixels of a kernel that is kept; two more are asked of it once grown."""


@dataclass(frozen=True, slots=True)
class DbThresholds:
    """threshold: a map pixel is text above it; box_threshold: a box's least mean; unclip_ratio: growth of a box."""

    threshold: float = 0.3
    box_threshold: float = 0.6
    unclip_ratio: float = 1.5
    max_candidates: int = 1000

    @classmethod
    def of(cls, settings: Settings, max_candidates: int = 1000) -> "DbThresholds":
        """Those of *settings*; the most candidates are the model's own."""
        return cls(settings.det_threshold, settings.det_box_threshold, settings.det_unclip_ratio, max_candidates)


def quads_from_map(probability: FloatArray, height: int, width: int, limits: DbThresholds) -> Detection:
    """Find the quads in *probability*, float32 (map height, map width), scaled to a picture of *height* x *width*.

    Raises:
        EngineError: There are values that are no numbers: what they hide would be missing without a word.
    """
    if not math.isfinite(cv2.sumElems(probability)[0]):
        raise EngineError("the detection model gave values that are no numbers")
    mask = (probability > limits.threshold).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array([width / probability.shape[1], height / probability.shape[0]], np.float32)
    quads, scores = [], []
    for contour in contours[: limits.max_candidates]:
        kernel, side = min_area_quad(contour)
        if side < _MIN_SIDE:
            continue
        score = _mean_inside(probability, kernel)
        if score < limits.box_threshold:
            continue
        grown = _unclip(kernel, limits.unclip_ratio)
        if grown is None:
            continue
        quad, side = min_area_quad(grown)
        if side < _MIN_SIDE + 2:
            continue
        quads.append(np.clip(np.rint(quad * scale), 0, (width, height)))
        scores.append(score)
    return Detection(np.array(quads, np.int32).reshape(-1, 4, 2), np.array(scores, np.float32))


def min_area_quad(points: npt.NDArray[np.integer[Any] | np.floating[Any]]) -> tuple[FloatArray, float]:
    """The smallest rectangle around *points* as float32 (4, 2), clockwise from the top left, and its shorter side."""
    rectangle = cv2.minAreaRect(points)
    corners = cv2.boxPoints(rectangle)
    corners = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = corners[:2], corners[2:]
    top_left, bottom_left = left if left[1, 1] > left[0, 1] else left[::-1]
    top_right, bottom_right = right if right[1, 1] > right[0, 1] else right[::-1]
    quad = np.array([top_left, top_right, bottom_right, bottom_left], np.float32)
    return quad, min(rectangle[1])


def _mean_inside(probability: FloatArray, quad: FloatArray) -> float:
    """Mean of *probability* over the pixels inside *quad*."""
    rows, columns = probability.shape
    left = min(max(math.floor(quad[:, 0].min()), 0), columns - 1)
    right = min(max(math.ceil(quad[:, 0].max()), 0), columns - 1)
    top = min(max(math.floor(quad[:, 1].min()), 0), rows - 1)
    bottom = min(max(math.ceil(quad[:, 1].max()), 0), rows - 1)
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(quad - (left, top)).astype(np.int32)], (1,))
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], inside)[0])


def _unclip(quad: FloatArray, ratio: float) -> npt.NDArray[np.int32] | None:
    """*quad* grown by area x ratio / perimeter on every side, int32 (n, 1, 2); None where nothing is left of it."""
    distance = cv2.contourArea(quad) * ratio / cv2.arcLength(quad, closed=True)
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(quad, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    paths = offset.Execute(distance)
    return np.array(paths[0], np.int32).reshape(-1, 1, 2) if paths else None
