"""One contract for every engine: what the pipeline may rely on, whoever computes."""

import functools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.engines.registry import choose_engine, load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan

ROOT = Path(__file__).parents[2]
MAX_SIDE = 640
GRAPH_ENGINES = ("openvino", "onnxruntime")
RUNTIMES = ("openvino", "onnxruntime", "paddle", "paddleocr", "paddlex")

TEXT = "HELLO 2024"


@functools.cache
def load(name, directory, precision="auto", max_side=MAX_SIDE):
    """Return an engine with two slots of each kind, in the arithmetic that it would serve in here."""
    settings = Settings(engine=name, precision=precision, det_max_side=max_side)
    plan = SlotPlan(cpus=2, detector_slots=2, detector_threads=1, recognizer_slots=2)
    return load_engine(choose_engine(settings), settings, directory, plan)


@pytest.fixture(scope="module", params=[*GRAPH_ENGINES, "null"])
def engine(request, tiny_tier):
    """Every engine with the tiny tier."""
    return load(request.param, tiny_tier)


@pytest.fixture(scope="module", params=GRAPH_ENGINES)
def reading_engine(request, tiny_tier):
    """Every engine that has a model."""
    return load(request.param, tiny_tier)


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


def same(one, other):
    """Whether two detections are equal to the last bit."""
    return np.array_equal(one.quads, other.quads) and np.array_equal(one.scores, other.scores)


def test_an_engine_has_the_slots_of_its_plan(engine):
    """As many detectors and recognisers as planned, so that as many threads can work."""
    assert (len(engine.detectors), len(engine.recognizers)) == (2, 2)


def test_no_input_gives_no_output(engine):
    """Nothing in, nothing out, and nothing fails."""
    assert engine.detectors[0].detect([], MAX_SIDE) == []
    assert engine.recognizers[0].recognise([]) == []


def test_detections_are_well_formed(engine, odd_pictures):
    """Any picture gives one detection: int32 quads inside the picture with a float32 score from 0 to 1 each."""
    found = engine.detectors[0].detect(list(odd_pictures.values()), MAX_SIDE)
    assert len(found) == len(odd_pictures)
    for (name, picture), detection in zip(odd_pictures.items(), found, strict=True):
        height, width = picture.shape[:2]
        count = len(detection.scores)
        assert detection.quads.shape == (count, 4, 2), name
        assert detection.quads.dtype == np.int32, name
        assert detection.scores.shape == (count,), name
        assert detection.scores.dtype == np.float32, name
        assert ((detection.scores >= 0) & (detection.scores <= 1)).all(), name
        assert ((detection.quads >= 0) & (detection.quads <= (width, height))).all(), name


def test_recognitions_are_well_formed(engine, odd_pictures):
    """Any crop gives one recognition: a string without line breaks and a score from 0 to 1, a plain float."""
    read = engine.recognizers[0].recognise(list(odd_pictures.values()))
    assert len(read) == len(odd_pictures)
    for recognition in read:
        assert isinstance(recognition.text, str)
        assert "\n" not in recognition.text
        assert type(recognition.score) is float
        assert 0 <= recognition.score <= 1


def test_answers_come_in_the_order_of_the_pictures(engine, draw):
    """Several pictures at once get what each gets alone, in their order."""
    pictures = [draw("FIRST"), draw("SECOND LINE", width=600), draw("THIRD", height=200, bottom=150)]
    detector, recognizer = engine.detectors[0], engine.recognizers[0]
    alone = [detector.detect([picture], MAX_SIDE)[0] for picture in pictures]
    together = detector.detect(pictures, MAX_SIDE)
    assert all(map(same, alone, together))
    assert not same(together[0], together[1])
    read_alone = [recognizer.recognise([picture])[0] for picture in pictures]
    assert recognizer.recognise(pictures) == read_alone
    assert len({recognition.text for recognition in read_alone}) == 3


def test_answers_do_not_depend_on_what_was_run_before(engine, draw, odd_pictures):
    """A slot keeps nothing of the pictures that went before: the answer stays equal to the last bit."""
    picture = draw(TEXT)
    detector, recognizer = engine.detectors[0], engine.recognizers[0]
    first, read = detector.detect([picture], MAX_SIDE)[0], recognizer.recognise([picture])[0]
    for other in odd_pictures.values():
        detector.detect([other], MAX_SIDE)
        recognizer.recognise([other])
        assert same(detector.detect([picture], MAX_SIDE)[0], first)
        assert recognizer.recognise([picture]) == [read]


def test_a_detection_outlives_the_next_call(engine, draw):
    """What was returned is not the engine's own memory, which the next picture would overwrite."""
    detector = engine.detectors[0]
    kept = detector.detect([draw(TEXT)], MAX_SIDE)[0]
    quads, scores = kept.quads.copy(), kept.scores.copy()
    detector.detect([draw("ANOTHER", width=500, left=120)], MAX_SIDE)
    assert np.array_equal(kept.quads, quads)
    assert np.array_equal(kept.scores, scores)


def test_pictures_are_left_as_they_are(engine, draw):
    """An engine does not write into the picture, from which lines are still to be cropped."""
    picture = draw(TEXT)
    before = picture.copy()
    engine.detectors[0].detect([picture], MAX_SIDE)
    engine.recognizers[0].recognise([picture])
    assert np.array_equal(picture, before)


def test_pictures_may_be_views(engine, draw):
    """A crop that is a window of a larger array is read like a copy of it."""
    window = draw(TEXT, width=500)[:, 50:450]
    assert not window.flags.c_contiguous
    copy = np.ascontiguousarray(window)
    assert same(engine.detectors[0].detect([window], MAX_SIDE)[0], engine.detectors[0].detect([copy], MAX_SIDE)[0])
    assert engine.recognizers[0].recognise([window]) == engine.recognizers[0].recognise([copy])


def test_slots_do_not_disturb_each_other(engine, draw):
    """Two slots on two threads at once give what each gives alone, to the last bit."""
    pictures = [draw("LEFT SLOT"), draw("RIGHT", width=520)]
    alone = [
        (slot.detect([picture], MAX_SIDE)[0], reader.recognise([picture])[0])
        for picture, slot, reader in zip(pictures, engine.detectors, engine.recognizers, strict=True)
    ]

    def work(index):
        slot, reader, picture = engine.detectors[index], engine.recognizers[index], pictures[index]
        return [(slot.detect([picture], MAX_SIDE)[0], reader.recognise([picture])[0]) for _ in range(12)]

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(work, (0, 1)))
    for expected, rounds in zip(alone, results, strict=True):
        assert all(same(found, expected[0]) and read == expected[1] for found, read in rounds)


def test_slots_are_interchangeable(engine, draw):
    """It does not matter which slot takes a picture."""
    picture = draw(TEXT)
    one, other = (slot.detect([picture], MAX_SIDE)[0] for slot in engine.detectors)
    assert same(one, other)
    one, other = (slot.recognise([picture]) for slot in engine.recognizers)
    assert one == other


def test_warm_up_changes_no_answer(engine, draw):
    """Every slot can be warmed, and answers afterwards as before."""
    picture = draw(TEXT)
    detector, recognizer = engine.detectors[1], engine.recognizers[1]
    found, read = detector.detect([picture], MAX_SIDE)[0], recognizer.recognise([picture])
    detector.warm_up()
    recognizer.warm_up()
    assert same(detector.detect([picture], MAX_SIDE)[0], found)
    assert recognizer.recognise([picture]) == read


def test_a_line_is_found_where_it_was_drawn(reading_engine, draw):
    """The box of a drawn line holds its ink, and exceeds it by less than the line's height on each side."""
    picture = draw(TEXT, width=600, height=300, left=120, bottom=170)
    rows, columns = np.nonzero(picture.min(axis=2) < 128)
    found = reading_engine.detectors[0].detect([picture], MAX_SIDE)[0]
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
    small = reading_engine.detectors[0].detect([picture], MAX_SIDE)[0].quads
    large = reading_engine.detectors[0].detect([double], MAX_SIDE)[0].quads
    assert small.shape == large.shape
    assert np.abs(small * 2 - large).max() <= 16


@pytest.mark.parametrize("text", [TEXT, "quick brown", "Total: 31.50", "A"])
def test_a_drawn_line_is_read(reading_engine, draw, text):
    """What is drawn in plain letters is read letter by letter, and surely."""
    recognition = reading_engine.recognizers[0].recognise([draw(text)[30:100]])[0]
    assert recognition.text == text
    assert recognition.score > 0.8


def test_a_line_is_read_alike_whatever_its_colours(reading_engine, draw):
    """White on blue is read as well as black on white: channels and normalisation are in their places."""
    picture = draw(TEXT)[30:100]
    blue = np.where(picture < 128, 255, np.array([160, 40, 20])).astype(np.uint8)
    assert reading_engine.recognizers[0].recognise([blue])[0].text == TEXT


def test_engines_agree(tiny_tier, draw):
    """Same weights, same answers: in float32 both find the same boxes within a pixel, and read the same text.

    The picture is as large as the detector looks at, so that no engine has to lay it on a larger canvas, and its paper
    is yellow, so that each channel must be normalised as its own.
    """
    one, other = (load(name, tiny_tier, precision="f32") for name in GRAPH_ENGINES)
    picture = draw("Same weights", width=MAX_SIDE, height=MAX_SIDE, bottom=300)
    picture[..., 0] //= 8
    a, b = (e.detectors[0].detect([picture], MAX_SIDE)[0] for e in (one, other))
    assert a.quads.shape == b.quads.shape == (1, 4, 2)
    assert np.abs(a.quads - b.quads).max() <= 1
    assert np.abs(a.scores - b.scores).max() < 0.01
    a, b = (e.recognizers[0].recognise([picture[240:320, :480]])[0] for e in (one, other))
    assert a.text == b.text == "Same weights"
    assert abs(a.score - b.score) < 0.01


@pytest.mark.parametrize("name", GRAPH_ENGINES)
def test_the_canvas_around_a_picture_costs_no_line(tiny_tier, draw, name):
    """Whether a picture fills its canvas or lies on one three times as large, its line is found in the same place."""
    picture = draw("HELLO", width=352, height=352, left=60, bottom=200)
    found = [
        load(name, tiny_tier, precision="f32", max_side=limit).detectors[0].detect([picture], limit)[0]
        for limit in (352, 640)
    ]
    assert found[0].quads.shape == found[1].quads.shape == (1, 4, 2)
    assert np.abs(found[0].quads - found[1].quads).max() <= 5
    assert np.abs(found[0].scores - found[1].scores).max() < 0.05


LOAD_AND_LIST = """
import sys
from pathlib import Path
from app.engines.registry import choose_engine, load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan
settings = Settings(engine=sys.argv[1], det_max_side=320)
choice = choose_engine(settings)
assert not {"openvino", "onnxruntime"} & sys.modules.keys(), "choosing imports nothing"
engine = load_engine(choice, settings, Path(sys.argv[2]), SlotPlan(1, 1, 1, 1))
print(*sys.modules.keys())
"""


@pytest.mark.parametrize("name", [*GRAPH_ENGINES, "null"])
def test_only_the_chosen_runtime_is_imported(name, tiny_tier):
    """A process that serves with one engine has imported no other engine's runtime, and none to make its choice."""
    command = [sys.executable, "-c", LOAD_AND_LIST, name, str(tiny_tier)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert set(RUNTIMES) & set(finished.stdout.split()) == {name} - {"null"}


def test_settings_and_weights_load_nothing_heavy():
    """The arbiter and the command line get at settings and weights without Flask, NumPy, OpenCV or a runtime."""
    code = "import sys, app.settings, app.slot_plan, app.weights.store; print(*sys.modules.keys())"
    finished = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"flask", "numpy", "cv2", "PIL", *RUNTIMES} & set(finished.stdout.split()) == set()
