"""Laying lines on their canvas, and reading them with a session that is a fake."""

import numpy as np
import pytest

from app.engines.graph_recognizer import GraphRecognizer, line_canvases
from app.engines.shape_buckets import LINE_BUCKETS, LINE_MAX_WIDTH, LINE_MIN_WIDTH
from app.errors import WeightsError
from tests.paddlex_modules import paddlex_module

SHORT = 320 / 48


def line(height, width, value=200):
    """Return an even picture."""
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize(
    ("size", "width", "length"),
    [
        ((48, 100), 320, 100),
        ((24, 100), 320, 200),
        ((96, 100), 160, 50),
        ((47, 100), 320, 103),  # 102.13, rounded up
        ((48, 1), 160, 1),
        ((1000, 1), 160, 1),
        ((10, 640), 3072, 3072),
        ((9, 64), 341, 341),  # 341.33: a line that is alone on its canvas fills it, and that is rounded down
        ((9, 64), 480, 341),  # so does one whose canvas is made wider
        ((48, 3200), 3200, 3200),
        ((48, 5000), 3200, 3200),  # squeezed
        ((1, 4000), 3200, 3200),
    ],
)
def test_lines_are_48_high_and_keep_their_aspect(size, width, length):
    """A line is scaled to 48 pixels of height and starts at the left; behind it is nothing, which is 0."""
    canvas = line_canvases([line(*size)], width)
    assert canvas.shape == (1, 3, 48, width)
    assert canvas.dtype == np.float32
    assert np.abs(canvas[..., :length] - (200 / 127.5 - 1)).max() < 1e-6
    assert (canvas[..., length:] == 0).all()


def test_each_line_of_several_has_a_canvas_of_its_own():
    """Lines of different lengths on canvases of one width: each lies there as it would alone, in the lines' order."""
    rng = np.random.default_rng(9)
    crops = [rng.integers(0, 256, (height, width, 3), np.uint8) for height, width in ((48, 100), (20, 90), (70, 400))]
    together = line_canvases(crops, 320)
    assert together.shape == (3, 3, 48, 320)
    for crop, canvas in zip(crops, together, strict=True):
        assert np.array_equal(line_canvases([crop], 320)[0], canvas)


def test_pixels_are_not_changed_at_their_own_size():
    """A line that is 48 pixels high is taken over pixel by pixel, channels in their order, black -1 and white 1."""
    crop = np.random.default_rng(2).integers(0, 256, (48, 160, 3), np.uint8)
    crop[0, 0], crop[0, 1] = 0, 255
    canvas = line_canvases([crop], 320)[0, :, :, :160]
    assert np.abs(canvas - (crop.transpose(2, 0, 1) / 127.5 - 1)).max() < 1e-6
    assert (canvas[:, 0, 0] == -1).all()
    assert (canvas[:, 0, 1] == 1).all()


def test_a_group_of_lines_is_prepared_as_paddlex_does():
    """What the model sees of six lines that are padded to the widest is what PaddleX shows it, pixel by pixel."""
    processors = paddlex_module("models.text_recognition.processors")
    rng = np.random.default_rng(4)
    for _ in range(40):
        heights, ratios = rng.integers(8, 90, 6), np.exp(rng.uniform(-1, 4.6, 6))
        sizes = [(int(height), max(1, int(height * ratio))) for height, ratio in zip(heights, ratios, strict=True)]
        crops = [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
        theirs = processors.ToBatch()(processors.OCRReisizeNormImg()(crops))[0]
        canvas_ratio = max(SHORT, *(width / height for height, width in sizes))
        width = min(int(48 * canvas_ratio), LINE_MAX_WIDTH)
        assert theirs.shape == (6, 3, 48, width)
        ours = line_canvases(crops, width)
        assert np.abs(ours - theirs).max() < 1e-6, sizes


ALPHABET = ("", "x", "y", "z", *("?" * 252))


class Marker:
    """A session that reads the first pixel's blue as a character, sure by its green through 255: a step 8 pixels."""

    def __init__(self, canvas_width=lambda width: width):
        self.canvas_width = canvas_width
        self.widths = []
        self.counts = []
        self.out = np.zeros((LINE_MAX_WIDTH // 8, 256), np.float32)

    def shapes_ahead(self):
        """Those of the engine with few widths."""
        return LINE_BUCKETS.shapes()

    def character_maps(self, canvases):
        """Answer in the shape of a recognition model, always in the same memory, as runtimes do."""
        assert canvases.shape[1:3] == (3, 48)
        width = canvases.shape[3]
        self.widths.append(width)
        self.counts.append(len(canvases))
        for canvas in canvases:
            self.out[:] = 0
            blue, green, _ = np.rint((canvas[:, 0, 0] + 1) * 127.5).astype(int)
            self.out[0, blue] = green / 255
            yield self.out[: width // 8]


def test_a_recognition_a_line_in_order():
    """All lines of a call are handed over together and answered in order; each answer is its own, not the session's."""
    session = Marker()
    crops = [np.full((48, 100, 3), (n, 51 * n, 0), np.uint8) for n in (3, 1, 2)]
    read = GraphRecognizer(session, ALPHABET).recognise(crops, SHORT)
    assert [recognition.text for recognition in read] == ["z", "x", "y"]
    assert [recognition.score for recognition in read] == pytest.approx([0.6, 0.2, 0.4])
    assert [recognition.columns for recognition in read] == [(0,)] * 3
    assert session.widths[1:] == [320]  # the first was run to see that the alphabet fits
    assert session.counts[1:] == [3]


@pytest.mark.parametrize(
    ("canvas_ratio", "width"), [(SHORT, 320), (6.8, 326), (7.11, 341), (10.0, 480), (66.7, 3200), (100.0, 3200)]
)
def test_the_canvas_has_the_ratio_that_is_asked_for(canvas_ratio, width):
    """48 times the ratio, rounded down as PaddleOCR does, and no wider than the model takes."""
    session = Marker()
    GraphRecognizer(session, ALPHABET).recognise([line(48, 100, 1)], canvas_ratio)
    assert session.widths[-1] == width


def test_a_session_may_take_few_widths_alone():
    """Where the session wants its canvases from a list, it gets them from it, at least as wide as was asked for."""
    session = Marker(LINE_BUCKETS.width)
    recognizer = GraphRecognizer(session, ALPHABET)
    for canvas_ratio in (160 / 48, SHORT, 7.0, 12.3, 66.6, 90.0):
        recognizer.recognise([line(48, 100, 1)], canvas_ratio)
        assert session.widths[-1] == LINE_BUCKETS.width(min(int(48 * canvas_ratio), LINE_MAX_WIDTH))


@pytest.mark.parametrize(
    ("size", "canvas_ratio", "buckets", "steps"),
    [
        ((48, 320), SHORT, False, 40),  # the crop fills its canvas of 40 steps
        ((48, 160), SHORT, False, 20),  # half of it
        ((48, 160), 20.0, False, 20),  # as many, whatever canvas is behind it: 160 of 960 pixels, of 120 steps
        ((96, 320), SHORT, False, 20),
        ((48, 240), 5.0, True, 30),  # 240 of a canvas of 320, to which the session rounded it up
        ((48, 4800), 100.0, False, 400),  # squeezed into all of the 3200
    ],
)
def test_steps_are_those_over_the_crop(size, canvas_ratio, buckets, steps):
    """Of the model's steps, one in 8 pixels here, those count that lie over the crop, as PaddleOCR reckons them."""
    session = Marker(LINE_BUCKETS.width) if buckets else Marker()
    (read,) = GraphRecognizer(session, ALPHABET).recognise([line(*size, 1)], canvas_ratio)
    assert read.steps == pytest.approx(steps)


def test_making_one_runs_the_narrowest_line_once():
    """That is enough before the first line: the warm-up itself runs nothing more."""
    session = Marker(LINE_BUCKETS.width)
    GraphRecognizer(session, ALPHABET).warm_up()
    assert session.widths == [LINE_MIN_WIDTH]


def test_every_batch_can_be_warmed_ahead():
    """The shapes ahead are every batch of every width once, and no line meets another width."""
    session = Marker(LINE_BUCKETS.width)
    recognizer = GraphRecognizer(session, ALPHABET)
    session.widths.clear()
    session.counts.clear()
    for shape in recognizer.shapes_ahead():
        recognizer.warm_shape(shape)
    assert list(zip(session.counts, session.widths, strict=True)) == LINE_BUCKETS.shapes()
    warmed = set(session.widths)
    session.widths.clear()
    for length in range(1, 4000, 37):
        recognizer.recognise([line(48, length, value=1)], max(160, length) / 48)
    assert set(session.widths) <= warmed
    assert max(session.widths) == LINE_MAX_WIDTH


def test_what_the_session_gives_is_read_as_what_it_is():
    """Logits of a session that gives them come out as probabilities; a score of 0.6 is that of 0.6 otherwise."""
    crops = [np.full((48, 100, 3), (3, 153, 0), np.uint8)]
    (as_logits,) = GraphRecognizer(Marker(), ALPHABET, gives_logits=True).recognise(crops, SHORT)
    (as_probabilities,) = GraphRecognizer(Marker(), ALPHABET).recognise(crops, SHORT)
    assert as_logits.text == as_probabilities.text == "z"
    assert as_probabilities.score == pytest.approx(0.6)
    assert as_logits.score == pytest.approx(np.exp(0.6) / (np.exp(0.6) + 255))


@pytest.mark.parametrize("size", [3, 255, 257])
def test_an_alphabet_of_another_size_is_refused(size):
    """A dictionary that does not fit the model would make every text wrong."""
    with pytest.raises(WeightsError, match=f"256 characters, its dictionary has {size}"):
        GraphRecognizer(Marker(), ("",) * size)
