"""One contract for every engine: what the pipeline may rely on, whoever computes."""

import functools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.engines.choice import choose_engine
from app.engines.registry import load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan
from tests.options import detection

ROOT = Path(__file__).parents[2]
MAX_SIDE = 640
DETECTION = detection(MAX_SIDE)
TINY = "pp-ocrv6-tiny"
PADDLE = "pp-ocrv4-mobile"

# Every engine in each manner that it serves in: its settings, and the tier it is tried with (None: it has no model).
ENGINES = {
    "openvino exact": ({"engine": "openvino", "precision": "f32", "parity": "exact"}, TINY),
    "openvino int8": ({"engine": "openvino", "precision": "int8"}, TINY),
    "openvino bf16": ({"engine": "openvino", "precision": "bf16"}, TINY),
    "onnxruntime": ({"engine": "onnxruntime"}, TINY),
    "paddle": ({"engine": "paddle"}, PADDLE),
    "null": ({"engine": "null"}, None),
}
READING = [name for name, (_, tier) in ENGINES.items() if tier]
EXACT = ("openvino exact", "onnxruntime")
ROUNDING = ("openvino int8", "openvino bf16")
RUNTIMES = ("openvino", "onnxruntime", "paddle", "paddleocr", "paddlex")

TEXT = "HELLO 2024"
SHORT = 320 / 48
"""Width by height of the canvas of a short line."""

SQUEEZED = 5600
"""Length of a line of 70 pixels height that is longer than the models take."""


@functools.cache
def load(name, directory, max_side=MAX_SIDE):
    """Return an engine with two slots of each kind."""
    settings = Settings(det_max_side=max_side, **ENGINES[name][0])
    plan = SlotPlan(cpus=2, detector_slots=2, detector_threads=1, recognizer_slots=2)
    return load_engine(choose_engine(settings, ENGINES[name][1] or ""), settings, directory, plan)


def directory_of(name, tier):
    """Return where the models of an engine are."""
    return ENGINES[name][1] and tier(ENGINES[name][1])


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, tier):
    """Every engine."""
    return load(request.param, directory_of(request.param, tier))


@pytest.fixture(scope="module", params=READING)
def reading(request):
    """The name of every engine that has a model."""
    return request.param


@pytest.fixture(scope="module")
def reading_engine(reading, tier):
    """Every engine that has a model."""
    return load(reading, directory_of(reading, tier))


@pytest.fixture(scope="module")
def odd_pictures():
    """Pictures that are no pages: blank, a pixel, strips, noise, and one larger than the detector looks at."""
    noise = np.random.default_rng(7).integers(0, 256, (150, 200, 1), np.uint8).repeat(3, axis=2)
    return {
        "white": np.full((90, 160, 3), 255, np.uint8),
        "black": np.zeros((64, 64, 3), np.uint8),
        "pixel": np.zeros((1, 1, 3), np.uint8),
        "wide strip": np.full((20, 3000, 3), 255, np.uint8),
        "tall strip": np.full((3000, 20, 3), 255, np.uint8),
        "noise": noise,
        "large": np.full((900, 1300, 3), 200, np.uint8),
    }


def ratio_of(*crops):
    """Return the width by height of the narrowest canvas that each of *crops* may be laid on."""
    return max(SHORT, *(crop.shape[1] / crop.shape[0] for crop in crops))


def read_one(recognizer, crop, canvas_ratio=None):
    """Return what stands in one crop."""
    return recognizer.recognise([crop], canvas_ratio or ratio_of(crop))[0]


def same_reading(one, other):
    """Whether two recognitions are equal to the last bit, but for the steps, which are reckoned with fractions."""
    exact = (one.text, one.score, one.columns) == (other.text, other.score, other.columns)
    return exact and one.steps == pytest.approx(other.steps)


def same(one, other):
    """Whether two detections are equal to the last bit."""
    return np.array_equal(one.quads, other.quads) and np.array_equal(one.scores, other.scores)


def test_an_engine_has_the_slots_of_its_plan(engine):
    """As many detectors and recognisers as planned, so that as many threads can work."""
    assert (len(engine.detectors), len(engine.recognizers)) == (2, 2)
    assert all(engine.batching.most(canvas_ratio) >= 1 for canvas_ratio in (1.0, SHORT, 20.0, 100.0))


def test_no_input_gives_no_output(engine):
    """Nothing in, nothing out, and nothing fails."""
    assert engine.detectors[0].detect([], DETECTION) == []
    assert engine.recognizers[0].recognise([], SHORT) == []


def test_detections_are_well_formed(engine, odd_pictures):
    """Any picture gives one detection: int32 quads inside the picture with a float32 score from 0 to 1 each."""
    found = engine.detectors[0].detect(list(odd_pictures.values()), DETECTION)
    assert len(found) == len(odd_pictures)
    for (name, picture), answer in zip(odd_pictures.items(), found, strict=True):
        height, width = picture.shape[:2]
        count = len(answer.scores)
        assert answer.quads.shape == (count, 4, 2), name
        assert answer.quads.dtype == np.int32, name
        assert answer.scores.shape == (count,), name
        assert answer.scores.dtype == np.float32, name
        assert ((answer.scores >= 0) & (answer.scores <= 1)).all(), name
        assert ((answer.quads >= 0) & (answer.quads <= (width, height))).all(), name


def assert_well_formed(recognition):
    """Assert that the types and ranges are those of the seam: they go into JSON and into the words' boxes."""
    assert isinstance(recognition.text, str)
    assert "\n" not in recognition.text
    assert type(recognition.score) is float
    assert 0 <= recognition.score <= 1
    assert {type(column) for column in recognition.columns} <= {int}
    assert list(recognition.columns) == sorted(recognition.columns)
    assert len(recognition.columns) == len(recognition.text)
    assert recognition.steps >= 0


def test_recognitions_are_well_formed(engine, odd_pictures):
    """Any crop gives one recognition: a string without line breaks, a score from 0 to 1, a column a character."""
    crops = list(odd_pictures.values())
    alone = [read_one(engine.recognizers[0], crop) for crop in crops]
    together = engine.recognizers[0].recognise(crops, ratio_of(*crops))
    assert len(together) == len(crops)
    for recognition in alone + together:
        assert_well_formed(recognition)


def test_answers_come_in_the_order_of_the_pictures(engine, draw):
    """Several pictures at once get what each gets alone, in their order."""
    pictures = [draw("FIRST"), draw("SECOND LINE", width=600), draw("THIRD", height=200, bottom=150)]
    detector, recognizer = engine.detectors[0], engine.recognizers[0]
    alone = [detector.detect([picture], DETECTION)[0] for picture in pictures]
    together = detector.detect(pictures, DETECTION)
    assert all(map(same, alone, together))
    assert not same(together[0], together[1])
    read_alone = [read_one(recognizer, picture, 10) for picture in pictures]
    assert recognizer.recognise(pictures, 10) == read_alone
    assert len({recognition.text for recognition in read_alone}) == 3


def test_a_reading_depends_on_crop_and_canvas_alone(engine, draw, odd_pictures):
    """Whoever else is read in the same call, in whatever order: at one canvas ratio a crop's answer is the same."""
    crop = draw("DEPENDS", width=300)[30:100]
    other = draw("ON NOTHING ELSE", width=500)[30:100]
    recognizer = engine.recognizers[0]
    strip = odd_pictures["wide strip"]
    for canvas_ratio, company in [(SHORT, crop), (ratio_of(other), other), (20.0, other), (ratio_of(strip), strip)]:
        alone = read_one(recognizer, crop, canvas_ratio)
        assert same_reading(recognizer.recognise([company, crop], canvas_ratio)[1], alone)
        assert same_reading(recognizer.recognise([crop, company, company], canvas_ratio)[0], alone)


@pytest.mark.parametrize("width", [160, 336, 800, 1056, 1600])
def test_a_lines_answer_is_the_same_to_the_last_bit_alone_and_in_any_batch(reading_engine, draw, width):
    """Text, score and columns of one line, alone and with one, two, three and more others, wherever it stands.

    Hence lines of several requests may be run together. The paddle engine reads a page's own lines together alone, and
    is held to the text.
    """
    length = width * 70 // 48 - 5
    noise = np.random.default_rng(width).integers(0, 256, (70, length, 3), np.uint8)
    texts = ("Sum of 12.50 and 8,99 EUR, due", "another, longer and quite different line", "ab", "0123456789" * 3)
    crops = [*(draw(text, width=length, left=8)[30:100] for text in texts), noise]
    recognizer = reading_engine.recognizers[0]
    alone = [read_one(recognizer, crop, width / 48) for crop in crops]
    assert len({recognition.text for recognition in alone}) > 2
    for order in ((0, 1), (4, 0), (3, 2), (0, 1, 2, 3), (4, 3, 1, 0), (2, 4, 0), (1, 0, 4, 2, 3), (3,) * 7):
        together = recognizer.recognise([crops[index] for index in order], width / 48)
        expected = [alone[index] for index in order]
        if reading_engine.batching.across_requests:
            assert together == expected
        else:
            assert [one.text for one in together] == [one.text for one in expected]


def test_answers_do_not_depend_on_what_was_run_before(engine, draw, odd_pictures):
    """A slot keeps nothing of the pictures that went before: the answer stays equal to the last bit."""
    picture = draw(TEXT)
    detector, recognizer = engine.detectors[0], engine.recognizers[0]
    first, read = detector.detect([picture], DETECTION)[0], read_one(recognizer, picture)
    for other in odd_pictures.values():
        detector.detect([other], DETECTION)
        read_one(recognizer, other)
        assert same(detector.detect([picture], DETECTION)[0], first)
        assert read_one(recognizer, picture) == read


def test_a_detection_outlives_the_next_call(engine, draw):
    """What was returned is not the engine's own memory, which the next picture would overwrite."""
    detector = engine.detectors[0]
    kept = detector.detect([draw(TEXT)], DETECTION)[0]
    quads, scores = kept.quads.copy(), kept.scores.copy()
    detector.detect([draw("ANOTHER", width=500, left=120)], DETECTION)
    assert np.array_equal(kept.quads, quads)
    assert np.array_equal(kept.scores, scores)


def test_pictures_are_left_as_they_are(engine, draw):
    """An engine does not write into the picture, from which lines are still to be cropped."""
    picture = draw(TEXT)
    before = picture.copy()
    engine.detectors[0].detect([picture], DETECTION)
    read_one(engine.recognizers[0], picture)
    assert np.array_equal(picture, before)


def test_pictures_may_be_views(engine, draw):
    """A crop that is a window of a larger array, or one turned round, is read like a copy of it."""
    window = draw(TEXT, width=500)[:, 50:450]
    turned = draw(TEXT)[::-1, ::-1][::-1, ::-1]
    for view in (window, turned):
        copy = view.copy()
        assert same(engine.detectors[0].detect([view], DETECTION)[0], engine.detectors[0].detect([copy], DETECTION)[0])
        assert read_one(engine.recognizers[0], view) == read_one(engine.recognizers[0], copy)


def test_slots_do_not_disturb_each_other(engine, draw):
    """Two slots on two threads at once give what each gives alone, to the last bit."""
    pictures = [draw("LEFT SLOT"), draw("RIGHT", width=520)]

    def answer(index):
        detector, recognizer, picture = engine.detectors[index], engine.recognizers[index], pictures[index]
        return detector.detect([picture], DETECTION)[0], read_one(recognizer, picture)

    alone = [answer(index) for index in (0, 1)]
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda index: [answer(index) for _ in range(12)], (0, 1)))
    for expected, rounds in zip(alone, results, strict=True):
        assert all(same(found, expected[0]) and read == expected[1] for found, read in rounds)


def test_a_requests_thresholds_decide_what_is_found(reading_engine, draw):
    """On one and the same detector: nothing reaches 1, and boxes are the larger the more they are to grow."""
    detector, picture = reading_engine.detectors[0], draw(TEXT)

    def area(**changes):
        (found,) = detector.detect([picture], detection(MAX_SIDE, **changes))
        return sum(cv2.contourArea(quad) for quad in found.quads)

    usual = area()
    assert area(box_threshold=1.0) == area(threshold=1.0) == 0
    assert area(unclip_ratio=1.0) < 0.9 * usual < usual < 0.9 * area(unclip_ratio=2.0)
    assert area(threshold=0.99) < usual


def test_a_requests_limit_decides_at_which_size_is_looked(reading_engine, draw):
    """What is asked for in different words, but comes to the same size, is found the same to the last bit."""
    detector, picture = reading_engine.detectors[0], draw(TEXT)

    def found(max_side, **changes):
        return detector.detect([picture], detection(max_side, **changes))[0]

    usual, small = found(MAX_SIDE), found(256)
    large = found(MAX_SIDE, limit_type="min", limit_side=180)
    assert same(found(MAX_SIDE, limit_type="max", limit_side=256), small)
    assert same(found(MAX_SIDE, limit_type="resize_long", limit_side=600), large)
    assert same(found(MAX_SIDE, limit_type="max", limit_side=600), usual)
    assert same(found(256, limit_type="min", limit_side=180), small)
    assert not any(same(one, other) for one, other in ((usual, small), (small, large), (large, usual)))


def test_options_of_requests_at_once_do_not_mix(engine, draw):
    """Threads that alternate between options, each on a slot of its own, get what each options' request gets alone."""
    picture = draw(TEXT, width=500)
    several = (
        DETECTION,
        detection(MAX_SIDE, box_threshold=1.0),
        detection(MAX_SIDE, unclip_ratio=2.5),
        detection(MAX_SIDE, threshold=0.7),
        detection(MAX_SIDE, limit_type="max", limit_side=256),
        detection(320),
    )
    alone = {options: engine.detectors[0].detect([picture], options)[0] for options in several}

    def answers(index):
        order = several[index:] + several[:index]
        return [(options, engine.detectors[index].detect([picture], options)[0]) for options in order * 4]

    with ThreadPoolExecutor(2) as threads:
        given = [answer for answers_ in threads.map(answers, (0, 1)) for answer in answers_]
    assert len(given) == 48
    assert all(same(found, alone[options]) for options, found in given)


def test_slots_are_interchangeable(engine, draw):
    """It does not matter which slot takes a picture."""
    picture = draw(TEXT)
    one, other = (slot.detect([picture], DETECTION)[0] for slot in engine.detectors)
    assert same(one, other)
    one, other = (read_one(slot, picture) for slot in engine.recognizers)
    assert one == other


def test_warm_up_changes_no_answer(engine, draw):
    """Every slot can be warmed, and answers afterwards as before."""
    picture = draw(TEXT)
    detector, recognizer = engine.detectors[1], engine.recognizers[1]
    found, read = detector.detect([picture], DETECTION)[0], read_one(recognizer, picture)
    detector.warm_up()
    recognizer.warm_up()
    assert same(detector.detect([picture], DETECTION)[0], found)
    assert read_one(recognizer, picture) == read


def test_shapes_ahead_can_be_warmed(engine, draw):
    """Each slot names shapes no larger than it takes, runs each of them, and answers afterwards as before.

    Of a detector that is a picture's height and width, of a recogniser how many lines and how wide their canvas is.
    """
    picture = draw(TEXT)
    detector, recognizer = engine.detectors[0], engine.recognizers[0]
    found, read = detector.detect([picture], DETECTION)[0], read_one(recognizer, picture)
    for slot, most in ((detector, (MAX_SIDE, MAX_SIDE)), (recognizer, (4, 3200))):
        for shape in slot.shapes_ahead():
            assert 0 < shape[0] <= most[0]
            assert 0 < shape[1] <= most[1]
            slot.warm_shape(shape)
    assert same(detector.detect([picture], DETECTION)[0], found)
    assert read_one(recognizer, picture) == read


def test_a_line_is_found_where_it_was_drawn(reading_engine, draw):
    """The box of a drawn line holds its ink, and exceeds it by less than the line's height on each side."""
    picture = draw(TEXT, width=600, height=300, left=120, bottom=170)
    rows, columns = np.nonzero(picture.min(axis=2) < 128)
    found = reading_engine.detectors[0].detect([picture], DETECTION)[0]
    assert len(found.scores) == 1
    left, top = found.quads[0].min(axis=0)
    right, bottom = found.quads[0].max(axis=0)
    slack = rows.max() - rows.min()
    assert columns.min() - slack < left <= columns.min() + 3
    assert rows.min() - slack < top <= rows.min() + 3
    assert columns.max() - 3 <= right < columns.max() + slack
    assert rows.max() - 3 <= bottom < rows.max() + slack


def test_boxes_are_in_pixels_of_the_whole_picture(reading_engine, draw):
    """A picture that is looked at in half its size has its boxes in its own pixels."""
    picture = draw(TEXT, width=600, height=300, left=120, bottom=170)
    double = picture.repeat(2, axis=0).repeat(2, axis=1)
    small = reading_engine.detectors[0].detect([picture], DETECTION)[0].quads
    large = reading_engine.detectors[0].detect([double], DETECTION)[0].quads
    assert small.shape == large.shape
    assert np.abs(small * 2 - large).max() <= 16


@pytest.mark.parametrize("text", [TEXT, "quick brown", "Total: 31.50", "B"])
@pytest.mark.parametrize("canvas_ratio", [SHORT, 16.0])
def test_a_drawn_line_is_read(reading, reading_engine, draw, text, canvas_ratio):
    """What is drawn in plain letters is read letter by letter, and surely; canvas behind it costs spaces at most.

    An engine that rounds is not held to the spaces at all.
    """
    recognition = read_one(reading_engine.recognizers[0], draw(text)[30:100], canvas_ratio)
    assert recognition.text.replace(" ", "") == text.replace(" ", "")
    assert recognition.text.rstrip() == text or canvas_ratio > SHORT or reading in ROUNDING
    assert recognition.score > 0.8


@pytest.mark.parametrize(
    ("width", "canvas_ratio"), [(500, 500 / 70), (500, 16.0), (500, 40.0), (2000, 30.0), (SQUEEZED, 80.0)]
)
def test_characters_stand_where_they_were_drawn(reading_engine, draw, width, canvas_ratio):
    """Columns by steps are shares of the crop's own length, whatever canvas is behind it.

    The longest crop is longer than the model takes, which sees it squeezed.
    """
    crop = np.minimum(draw("ab", width=width, left=20), draw("cd", width=width, left=width - 100))[30:100]
    recognition = read_one(reading_engine.recognizers[0], crop, canvas_ratio)
    read = dict(zip(recognition.text, recognition.columns, strict=True))
    drawn = {"a": 35, "b": 65, "c": width - 85, "d": width - 55}
    places = {letter: (read[letter] + 0.5) / recognition.steps * width for letter in drawn if letter in read}
    assert places == pytest.approx({letter: drawn[letter] for letter in places}, abs=25)
    assert places.keys() == drawn.keys() or (width == SQUEEZED and places)  # which is too much for PP-OCRv4


def test_a_line_is_read_alike_whatever_its_colours(reading_engine, draw):
    """White on blue is read as well as black on white: channels and normalisation are in their places."""
    picture = draw(TEXT)[30:100]
    blue = np.where(picture < 128, 255, np.array([160, 40, 20])).astype(np.uint8)
    assert read_one(reading_engine.recognizers[0], blue).text == TEXT


@pytest.mark.parametrize(("height", "width"), [(MAX_SIDE, MAX_SIDE), (352, 352), (96, 544), (333, 517), (700, 900)])
def test_exact_engines_find_the_same(tier, draw, height, width):
    """Same weights, same answers: in float32 the boxes are the same within a pixel, also where a canvas is not filled.

    The paper is yellow, so that each channel must be normalised as its own.
    """
    picture = draw("Same", width=width, height=height, left=width // 10, bottom=height // 2)
    picture[..., 0] //= 8
    a, b = (load(name, tier(TINY)).detectors[0].detect([picture], DETECTION)[0] for name in EXACT)
    assert a.quads.shape == b.quads.shape == (1, 4, 2)
    assert np.abs(a.quads - b.quads).max() <= 1
    assert np.abs(a.scores - b.scores).max() < 1e-3


@pytest.mark.parametrize("canvas_ratio", [SHORT, 6.73, 7.1, 11.11, 20.0, 33.4, 70.0])
def test_exact_engines_read_the_same(tier, draw, canvas_ratio):
    """In float32 text, score and columns are the same at canvases of any width: those of PaddleOCR fill no bucket."""
    crop = draw("Same weights", width=420)[20:100]
    crop[..., 0] //= 8
    a, b = (read_one(load(name, tier(TINY)).recognizers[0], crop, canvas_ratio) for name in EXACT)
    assert a.text == b.text == "Same weights"
    assert (a.columns, a.steps) == (b.columns, pytest.approx(b.steps))
    assert abs(a.score - b.score) < 1e-3


@pytest.mark.parametrize("name", READING)
def test_the_canvas_around_a_picture_costs_no_line(tier, draw, name):
    """Whether a picture fills its canvas or lies on one three times as large, its line is found in the same place."""
    picture = draw("HELLO", width=352, height=352, left=60, bottom=200)
    found = [
        load(name, directory_of(name, tier), limit).detectors[0].detect([picture], detection(limit))[0]
        for limit in (352, 640)
    ]
    assert found[0].quads.shape == found[1].quads.shape == (1, 4, 2)
    assert np.abs(found[0].quads - found[1].quads).max() <= 5
    assert np.abs(found[0].scores - found[1].scores).max() < 0.05


LOAD_AND_LIST = """
import sys
from pathlib import Path
from app.engines.choice import choose_engine
from app.engines.registry import load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan
settings = Settings(engine=sys.argv[1], det_max_side=320)
choice = choose_engine(settings)
assert not {"openvino", "onnxruntime", "paddle"} & sys.modules.keys(), "choosing imports nothing"
engine = load_engine(choice, settings, Path(sys.argv[2]), SlotPlan(1, 1, 1, 1))
print(*sys.modules.keys())
"""


@pytest.mark.parametrize("name", ENGINES)
def test_only_the_chosen_runtime_is_imported(name, tier):
    """A process that serves with one engine has imported no other engine's runtime, and none to make its choice."""
    engine = ENGINES[name][0]["engine"]
    command = [sys.executable, "-c", LOAD_AND_LIST, engine, str(directory_of(name, tier))]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    imported = set(RUNTIMES) & set(finished.stdout.split())
    assert all(runtime.startswith(engine) for runtime in imported)
    assert engine in imported or engine == "null"


def test_settings_and_weights_load_nothing_heavy():
    """The arbiter and the command line get at settings and weights without Flask, NumPy, OpenCV or a runtime."""
    code = "import sys, app.settings, app.slot_plan, app.weights.store; print(*sys.modules.keys())"
    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"flask", "numpy", "cv2", "PIL", *RUNTIMES} & set(finished.stdout.split()) == set()
