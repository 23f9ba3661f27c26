"""From a text probability map to quads: the post-processing of Differentiable Binarization.

Source: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020. Order of the steps,
roundings and limits are those of PaddleOCR's pipeline, so that both find the same boxes.
"""

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyclipper

from app.engines.base import Detection, FloatArray
from app.engines.detection_options import DetectionOptions
from app.errors import EngineError

_MIN_SIDE = 3.0
"""Shortest side in map pixels of a kernel that is kept; two more are asked of it once grown."""


def quads_from_map(
    probability: FloatArray, height: int, width: int, options: DetectionOptions, max_candidates: int
) -> Detection:
    """Find the quads in *probability*, float32 (map height, map width), scaled to a picture of *height* x *width*.

    No more than *max_candidates* contours are looked at.

    Raises:
        EngineError: There are values that are no numbers: what they hide would be missing without a word.
    """
    if not math.isfinite(cv2.sumElems(probability)[0]):
        raise EngineError("the detection model gave values that are no numbers")
    mask = (probability > options.threshold).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array([width / probability.shape[1], height / probability.shape[0]], np.float32)
    quads, scores = [], []
    for contour in contours[:max_candidates]:
        kernel, side = min_area_quad(contour)
        if side < _MIN_SIDE:
            continue
        score = _mean_inside(probability, kernel)
        if score < options.box_threshold:
            continue
        grown = _unclip(kernel, options.unclip_ratio)
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
