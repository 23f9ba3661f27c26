"""Laying lines on their canvas, and reading them with a session that is a fake."""

import numpy as np
import pytest

from app.engines.graph_recognizer import GraphRecognizer, line_canvas
from app.engines.shape_buckets import LINE_MAX_WIDTH, line_widths
from app.errors import WeightsError

GREY = 127  # the pixel that (pixel / 255 - 0.5) / 0.5 maps nearest to 0


def line(height, width, value=200):
    """Return an even picture."""
    return np.full((height, width, 3), value, np.uint8)


def inked_width(canvas):
    """Return how many columns are no padding."""
    return int((canvas != GREY).any(axis=(0, 2)).sum())


@pytest.mark.parametrize(
    ("size", "length"),
    [
        ((48, 100), 100),
        ((24, 100), 200),
        ((96, 100), 50),
        ((47, 100), 103),  # 102.13, rounded up
        ((48, 1), 1),
        ((1000, 1), 1),
        ((10, 640), 3072),
        ((48, 3200), 3200),
        ((48, 5000), 3200),  # squeezed
        ((1, 4000), 3200),
    ],
)
def test_lines_are_48_high_and_keep_their_aspect(size, length):
    """A line is scaled to 48 pixels of height, its width rounded up and at most 3200; it starts at the left."""
    canvas = line_canvas(line(*size))
    assert canvas.shape[0] == 48
    assert canvas.dtype == np.uint8
    assert inked_width(canvas) == length
    assert (canvas[:, :length] == 200).all()
    assert (canvas[:, length:] == GREY).all()


def test_the_canvas_is_the_narrowest_that_holds_the_line():
    """The canvas's width is one of the warmed ones, and the next narrower would be too narrow."""
    for length in (1, 100, 160, 161, 320, 500, 961, 1500, 3000, 3200, 9000):
        width = line_canvas(line(48, length)).shape[1]
        held = min(length, LINE_MAX_WIDTH)
        assert width == min(w for w in line_widths() if w >= held)


def test_pixels_are_not_changed_at_their_own_size():
    """A line that is 48 pixels high already is taken over pixel by pixel, channels in their order."""
    crop = np.random.default_rng(2).integers(0, 256, (48, 160, 3), np.uint8)
    assert np.array_equal(line_canvas(crop)[:, :160], crop)


ALPHABET = ("", "x", "y", "z", *("?" * 252))


class Marker:
    """A session that reads the first pixel's blue as a character, sure by its green through 255."""

    def __init__(self):
        self.shapes = []
        self.out = np.zeros((2, 256), np.float32)

    def character_map(self, canvas):
        """Answer in the shape of a recognition model, always in the same memory, as runtimes do."""
        self.shapes.append(canvas.shape)
        self.out[:] = 0
        blue, green, _ = canvas[0, 0]
        self.out[:, blue] = green / 255
        return self.out


def test_a_recognition_a_line_in_order():
    """Lines are answered one by one and in order, and each answer is its own, not the session's memory."""
    session = Marker()
    crops = [np.full((48, 100, 3), (n, 51 * n, 0), np.uint8) for n in (3, 1, 2)]
    read = GraphRecognizer(session, ALPHABET).recognise(crops)
    assert [recognition.text for recognition in read] == ["z", "x", "y"]
    assert [recognition.score for recognition in read] == pytest.approx([0.6, 0.2, 0.4])
    assert len(session.shapes) == 1 + 3  # one to see that the alphabet fits


def test_every_width_is_warmed_once():
    """The warm-up runs each canvas width once, the widest first, and no line meets another."""
    session = Marker()
    recognizer = GraphRecognizer(session, ALPHABET)
    session.shapes.clear()
    recognizer.warm_up()
    assert session.shapes == [(48, width, 3) for width in line_widths()]
    warmed = set(session.shapes)
    session.shapes.clear()
    for length in range(1, 4000, 37):
        recognizer.recognise([line(48, length, value=1)])
    assert set(session.shapes) <= warmed


@pytest.mark.parametrize("size", [3, 255, 257])
def test_an_alphabet_of_another_size_is_refused(size):
    """A dictionary that does not fit the model would make every text wrong."""
    with pytest.raises(WeightsError, match=f"256 characters, its dictionary has {size}"):
        GraphRecognizer(Marker(), ("",) * size)
