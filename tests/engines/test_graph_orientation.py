"""What the orientation classifiers are shown, and how their answer is understood, with graphs that are fakes."""

import functools

import cv2
import numpy as np
import pytest

from app.engines.graph_orientation import (
    LINE_ANGLES,
    PAGE_ANGLES,
    GraphOrientationClassifier,
    line_tensor,
    page_tensor,
)
from tests.paddlex_modules import paddlex_module

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def noise(height, width, seed=0):
    """Return a picture of soft noise, which scaling does not level."""
    small = np.random.default_rng(seed).integers(0, 256, (max(1, height // 8), max(1, width // 8), 3), np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("size", [(256, 256), (300, 400), (400, 300), (97, 401), (1000, 760), (64, 512), (2048, 256)])
def test_a_page_is_prepared_as_paddlex_does(size):
    """Shorter side 256, the middle 224 x 224, normalised: pixel by pixel what PaddleX's own steps give."""
    common = paddlex_module("models.common.vision")
    processors = paddlex_module("models.image_classification.processors")
    picture = noise(*size)
    steps = (
        common.ResizeByShort(target_short_edge=256, size_divisor=None, interp="LINEAR"),
        processors.Crop(crop_size=224),
        common.Normalize(mean=MEAN.tolist(), std=STD.tolist()),
        common.ToCHWImage(),
    )
    (theirs,) = functools.reduce(lambda batch, step: step(batch), steps, [picture[..., ::-1]])
    ours = page_tensor(picture)
    assert ours.shape == (1, 3, 224, 224)
    assert ours.dtype == np.float32
    assert ours.flags.c_contiguous
    assert np.abs(ours[0] - theirs).max() < 0.05, size


def test_a_pages_channels_are_red_green_blue():
    """The model sees red first, each channel normalised as its own."""
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[...] = (10, 120, 240)  # blue, green, red
    expected = (np.array([240, 120, 10]) / 255 - MEAN) / STD
    assert page_tensor(picture)[0, :, 100, 100] == pytest.approx(expected, abs=1e-4)


def test_of_a_page_the_middle_is_seen():
    """What lies outside of the middle 224 of 256 pixels is not looked at; what lies inside keeps its place."""
    picture = np.full((256, 512, 3), 255, np.uint8)
    picture[:16] = picture[-16:] = picture[:, :144] = picture[:, -144:] = 0
    white = (1 - MEAN) / STD
    assert np.abs(page_tensor(picture)[0] - white.reshape(3, 1, 1)).max() < 1e-4
    picture[16, 144] = 0
    assert page_tensor(picture)[0, 0, 0, 0] == pytest.approx(-MEAN[0] / STD[0], abs=1e-4)


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (3, 9_000)])
def test_of_a_strip_only_the_middle_is_scaled(size, monkeypatch):
    """A strip, scaled as a whole to 256 pixels of width, would be gigabytes: eight times its width is enough."""
    asked = []
    resize = cv2.resize
    monkeypatch.setattr(
        "app.engines.graph_orientation.cv2.resize", lambda p, size: asked.append(size) or resize(p, size)
    )
    assert page_tensor(np.zeros((*size, 3), np.uint8)).shape == (1, 3, 224, 224)
    assert max(asked[0]) <= 256 * 8


@pytest.mark.parametrize(
    ("size", "length"),
    [
        ((48, 96), 96),
        ((24, 40), 80),
        ((47, 100), 103),
        ((48, 192), 192),
        ((48, 700), 192),
        ((1000, 1), 1),
        ((1, 900), 192),
    ],
)
def test_a_line_is_48_high_and_squeezed_where_it_is_long(size, length):
    """As PaddleOCR 2 lays it: scaled to 48 x at most 192 from the left, -1 black to 1 white, 0 where nothing is."""
    tensor = line_tensor(np.full((*size, 3), 200, np.uint8))
    assert tensor.shape == (1, 3, 48, 192)
    assert tensor.dtype == np.float32
    assert np.abs(tensor[..., :length] - (200 / 127.5 - 1)).max() < 1e-6
    assert (tensor[..., length:] == 0).all()


def test_a_lines_pixels_keep_their_places():
    """A line at the model's own size is taken over pixel by pixel, blue first."""
    crop = noise(48, 150)
    tensor = line_tensor(crop)
    assert np.abs(tensor[0, :, :, :150] - (crop.transpose(2, 0, 1) / 127.5 - 1)).max() < 1e-6


@pytest.mark.parametrize(("angles", "best"), [(PAGE_ANGLES, 0), (PAGE_ANGLES, 1), (PAGE_ANGLES, 3), (LINE_ANGLES, 1)])
def test_the_most_probable_class_is_the_angle(angles, best):
    """Classes are 0, 90, 180, 270 degrees for pages and 0, 180 for lines; the class's probability is the score."""
    probabilities = np.full(len(angles), 0.1, np.float32)
    probabilities[best] = 0.625
    classifier = GraphOrientationClassifier(lambda _: probabilities, lambda image: image, angles)
    (found,) = classifier.classify([np.zeros((1, 1, 3), np.uint8)])
    assert (found.angle, found.score) == ((0, 90, 180, 270)[best] if len(angles) == 4 else 180 * best, 0.625)
    assert (type(found.angle), type(found.score)) == (int, float)


def test_each_picture_is_prepared_and_run_on_its_own():
    """A graph is asked once a picture, in their order, with what was prepared of it."""
    seen = []

    def run(tensor):
        seen.append(tensor)
        return np.eye(4, dtype=np.float32)[tensor]

    classifier = GraphOrientationClassifier(run, lambda image: int(image[0, 0, 0]), PAGE_ANGLES)
    found = classifier.classify([np.full((2, 2, 3), value, np.uint8) for value in (2, 0, 3)])
    assert seen == [2, 0, 3]
    assert [orientation.angle for orientation in found] == [180, 0, 270]
