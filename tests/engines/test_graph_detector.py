"""Resizing, padding and un-padding around a session that is a fake."""

import math

import cv2
import numpy as np
import pytest

from app.engines.graph_detector import GraphDetector, detection_size
from app.engines.shape_buckets import DETECTOR_STRIDE
from tests.options import detection
from tests.paddlex_modules import paddlex_module

PLENTY = 4000 * 4000
"""As many pixels as the longest sides allow."""

CANDIDATES = 1000


class DarkIsText:
    """A session whose probability is 0.9 where the picture is darker than 60, and that keeps what it was given."""

    def __init__(self):
        self.pictures, self.warmed = [], 0

    def text_map(self, picture):
        """Answer like a detection model."""
        assert picture.dtype == np.uint8
        self.pictures.append(picture.copy())
        return ((picture.max(axis=2) < 60) * 0.9).astype(np.float32)

    def warm_up(self):
        """Count."""
        self.warmed += 1

    def shapes_ahead(self):
        """Name two."""
        return [(64, 96), (320, 320)]


@pytest.fixture
def session():
    """A fresh fake."""
    return DarkIsText()


@pytest.fixture
def detector(session):
    """A detector around it."""
    return GraphDetector(session, CANDIDATES, PLENTY)


@pytest.mark.parametrize(
    ("size", "max_side", "seen"),
    [
        ((640, 480), 1600, (640, 480)),
        ((650, 470), 1600, (640, 480)),  # to the nearest multiple of 32: 20.3 and 14.7
        ((500, 100), 1600, (512, 96)),  # 15.6 and 3.1
        ((3200, 2400), 1600, (1600, 1200 // 32 * 32)),  # halved; 1200 is 37.5 strides, to the even one: 38 or 37
        ((2000, 1000), 1600, (1600, 800)),
        ((1000, 2000), 960, (480, 960)),
        ((32, 320), 1600, (64, 640)),  # a short side below 64 is enlarged
        ((20, 100), 1600, (64, 320)),
        ((1, 1), 1600, (64, 64)),
        ((20, 3000), 1600, (32, 1600)),  # enlarging ends at the longest side, and a stride is the least
        ((3000, 20), 1600, (1600, 32)),
        ((1, 100_000), 1600, (32, 1600)),
    ],
)
def test_the_size_at_which_a_picture_is_looked_at(size, max_side, seen):
    """Short sides are enlarged to 64, long sides brought within the limit, both rounded to the stride."""
    height, width = detection_size(*size, detection(max_side), PLENTY)
    assert abs(height - seen[0]) <= (32 if size == (3200, 2400) else 0)
    assert abs(width - seen[1]) <= (32 if size == (3200, 2400) else 0)


@pytest.mark.parametrize(
    ("limit_type", "limit_side", "size", "seen"),
    [
        ("min", 736, (500, 1000), (736, 1472)),
        ("min", 736, (800, 1000), (800, 992)),  # nothing is made smaller
        ("min", 736, (200, 1000), (320, 1600)),  # the longest side is the end of it
        ("max", 960, (500, 1920), (256, 960)),
        ("max", 960, (500, 800), (512, 800)),  # nothing is made larger
        ("max", 960, (10, 20), (32, 32)),
        ("max", 1590, (3180, 1000), (1600, 512)),  # 49.7 strides
        ("max", 1700, (3200, 1600), (1600, 800)),
        ("max", 1, (3000, 2000), (32, 32)),
        ("resize_long", 960, (100, 240), (384, 960)),
        ("resize_long", 960, (1000, 2400), (384, 960)),  # 12.5 strides, to the even one
        ("resize_long", 4000, (1000, 2000), (800, 1600)),
    ],
)
def test_the_limit_is_the_requests(limit_type, limit_side, size, seen):
    """Short sides are enlarged to "min", long ones shrunk to "max", or brought to "resize_long", up to the longest."""
    options = detection(1600, limit_type=limit_type, limit_side=limit_side)
    assert detection_size(*size, options, PLENTY) == seen


@pytest.mark.parametrize("limit_type", ["min", "max", "resize_long"])
@pytest.mark.parametrize("limit_side", [1, 31, 64, 333, 736, 960, 1590, 4000])
def test_sizes_are_paddlexs(limit_type, limit_side):
    """For any picture, limit and longest side (a multiple of the stride, as the service's is): as PaddleX resizes.

    But for pictures whose sides add up to less than 64, which PaddleX lays on a larger one first.
    """
    processor = paddlex_module("models.text_detection.processors").DetResizeForTest()
    rng = np.random.default_rng(limit_side)
    sizes = np.exp(rng.uniform(np.log(32), np.log(3000), (40, 2))).astype(int).tolist()
    for height, width in [*sizes, (1, 63), (640, 640), (1600, 1600), (1599, 1601), (720, 1280), (48, 16)]:
        for max_side in (320, 960, 1600):
            options = detection(max_side, limit_type=limit_type, limit_side=limit_side)
            picture = np.zeros((height, width, 1), np.uint8)
            resized, _ = processor.resize(picture, limit_side, limit_type, max_side)
            assert detection_size(height, width, options, max_side**2) == resized.shape[:2], (height, width, max_side)


@pytest.mark.parametrize("max_side", [32, 320, 640, 1600, 4000])
def test_sizes_keep_stride_limit_and_aspect(max_side):
    """For any picture: multiples of 32 from 32 up to the limit, each side within a stride of one common scale."""
    rng = np.random.default_rng(3)
    for height, width in np.exp(rng.uniform(0, np.log(20_000), (300, 2))).astype(int).tolist():
        seen = detection_size(height, width, detection(max_side), PLENTY)
        assert all(32 <= side <= max_side and side % DETECTOR_STRIDE == 0 for side in seen)
        scale = min(max(1, 64 / min(height, width)), max_side / max(height, width))
        for before, after in zip((height, width), seen, strict=True):
            assert abs(max(32, before * scale) - after) <= 17


def test_no_side_is_longer_than_any_limit_a_request_may_set():
    """The model sees no side beyond the limit, for limits that are no multiple of 32 too."""
    wrong = {
        limit: seen
        for limit in range(32, 1601)
        if max(seen := detection_size(3000, 2000, detection(limit), PLENTY)) > limit or min(seen) < 32
    }
    assert wrong == {}


@pytest.mark.parametrize("max_pixels", [100_000, 400_000, 1_945_600])
@pytest.mark.parametrize("max_side", [640, 1600])
def test_sizes_keep_to_the_most_pixels(max_pixels, max_side):
    """For any picture: no more pixels but for the rounding of both sides to the stride, at the picture's own aspect.

    A picture that has fewer is looked at as if there were no such limit.
    """
    rng = np.random.default_rng(6)
    for height, width in np.exp(rng.uniform(np.log(64), np.log(20_000), (300, 2))).astype(int).tolist():
        seen, free = (
            detection_size(height, width, detection(max_side), max_pixels),
            detection_size(height, width, detection(max_side), PLENTY),
        )
        scale = min(1, max_side / max(height, width))
        if height * width * scale**2 <= max_pixels:
            assert seen == free
            continue
        assert (seen[0] - 16) * (seen[1] - 16) <= max_pixels
        assert all(side % DETECTOR_STRIDE == 0 and 32 <= side <= max_side for side in seen)
        scale = math.sqrt(max_pixels / (height * width))
        for before, after in zip((height, width), seen, strict=True):
            assert abs(max(32, before * scale) - after) <= 17


def test_the_detectors_most_pixels_hold_for_every_picture(session):
    """Whatever side a request asks for: the model sees no more than the detector was made for, boxes stay in place."""
    picture = np.full((1280, 1280, 3), 255, np.uint8)
    cv2.rectangle(picture, (300, 600), (900, 720), (0, 0, 0), -1)
    detector = GraphDetector(session, CANDIDATES, 320 * 320)
    (found,) = detector.detect([picture], detection(1280))
    assert session.pictures[-1].shape == (320, 320, 3)
    by = 600 * 120 * 1.5 / (2 * (600 + 120))
    assert np.abs(found.quads[0, 0] - (300 - by, 600 - by)).max() <= 12


def test_the_session_gets_the_picture_at_the_size_it_is_looked_at(session, detector):
    """Sides in multiples of 32; a picture that has them already is handed over pixel by pixel."""
    rng = np.random.default_rng(5)
    for size in ((96, 192), (100, 333), (20, 3000), (1, 1), (1700, 1300)):
        detector.detect([rng.integers(0, 256, (*size, 3), np.uint8)], detection(960))
        assert session.pictures[-1].shape == (*detection_size(*size, detection(960), PLENTY), 3)
    picture = rng.integers(0, 256, (96, 192, 3), np.uint8)
    detector.detect([picture], detection(960))
    assert np.array_equal(session.pictures[-1], picture)


def test_boxes_come_back_in_pixels_of_the_picture(detector):
    """A dark bar on a picture of three times the limit is found where it stands, within a few of its pixels."""
    picture = np.full((1200, 1920, 3), 255, np.uint8)
    cv2.rectangle(picture, (300, 600), (1500, 720), (0, 0, 0), -1)
    (found,) = detector.detect([picture], detection(640))
    by = 1200 * 120 * 1.5 / (2 * (1200 + 120))
    assert len(found.quads) == 1
    assert np.abs(found.quads[0, 0] - (300 - by, 600 - by)).max() <= 9
    assert np.abs(found.quads[0, 2] - (1500 + by, 720 + by)).max() <= 9


def test_a_requests_limit_holds_for_its_picture(session, detector):
    """The limit is an argument of the call: the same detector looks at 320 and then at 640 pixels."""
    picture = np.full((1000, 2000, 3), 255, np.uint8)
    for limit in (320, 640):
        detector.detect([picture], detection(limit))
    assert [seen.shape for seen in session.pictures] == [(160, 320, 3), (320, 640, 3)]


def test_a_detection_a_picture(detector):
    """Pictures are answered one by one and in order."""
    pictures = [np.full((64, 64 * n, 3), 255, np.uint8) for n in (1, 2, 3)]
    pictures[1][16:48, 16:112] = 0
    assert [len(found.scores) for found in detector.detect(pictures, detection(1600))] == [0, 1, 0]


def test_a_requests_thresholds_hold_for_its_picture(detector):
    """A box that scores 0.9 is found below that threshold and not above it, by the same detector."""
    picture = np.full((64, 128, 3), 255, np.uint8)
    picture[16:48, 16:112] = 0
    counts = []
    for threshold in (0.8, 0.95):
        (found,) = detector.detect([picture], detection(box_threshold=threshold))
        counts.append(len(found.scores))
    assert counts == [1, 0]


def test_warming_up_warms_the_session(session, detector):
    """What has to be run before the first picture is the session's own business, and it is asked to."""
    detector.warm_up()
    assert session.warmed == 1


def test_shapes_ahead_are_the_sessions_and_are_run_on_it(session, detector):
    """What the session names is what is offered; warming one shows the session a picture of that size, and no more."""
    for shape in detector.shapes_ahead():
        detector.warm_shape(shape)
    assert [picture.shape for picture in session.pictures] == [(64, 96, 3), (320, 320, 3)]
    assert session.warmed == 0
