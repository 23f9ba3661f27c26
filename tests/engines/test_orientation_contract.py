"""One contract for all that tells how pictures lie, whichever runtime computes."""

import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.engines.choice import choose_engine
from app.engines.registry import load_orientation
from app.settings import Settings
from app.slot_plan import SlotPlan

IMAGES = Path(__file__).parents[1] / "images"
PLAN = SlotPlan(cpus=2, detector_slots=1, detector_threads=2, recognizer_slots=2)
MODELLED = ("openvino", "onnxruntime")
TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
ANGLES = {"page": {0, 90, 180, 270}, "line": {0, 180}}


@functools.cache
def load(name, directory):
    """Return the slots of an engine."""
    return load_orientation(choose_engine(Settings(engine=name)), directory, PLAN)


@pytest.fixture(scope="module", params=[*MODELLED, "null"])
def slots(request, orientation_models):
    """The slots of every engine."""
    return load(request.param, orientation_models)


@pytest.fixture(scope="module", params=MODELLED)
def modelled(request, orientation_models):
    """One slot of every runtime that has models."""
    return load(request.param, orientation_models)[0]


def turned(picture, angle):
    """Return *picture* turned clockwise."""
    return np.asarray(cv2.rotate(picture, TURNS[angle])) if angle else picture


@pytest.fixture(scope="module")
def page():
    """A page that stands upright."""
    return cv2.imread(str(IMAGES / "page.png"))


@pytest.fixture(scope="module")
def lines(page):
    """Lines of it, which stand upright."""
    return [page[top : top + 44, 30:600] for top in (28, 85, 199, 313)]


@pytest.fixture(scope="module")
def odd_pictures():
    """Pictures that are no pages: blank, a pixel, strips, noise."""
    noise = np.random.default_rng(7).integers(0, 256, (150, 200, 3), np.uint8)
    shapes = ((64, 64), (1, 1), (20, 3000), (3000, 20), (1, 20_000), (900, 1300))
    return [noise, *(np.full((*shape, 3), 255, np.uint8) for shape in shapes)]


def classifiers(slot):
    """Return the two classifiers of a slot by name."""
    return {"page": slot.page, "line": slot.line}


def test_there_is_a_slot_a_recogniser(slots):
    """As many threads can ask as read lines."""
    assert len(slots) == PLAN.recognizer_slots


def test_no_models_no_slots():
    """Without the models there is nothing to ask, and nothing fails."""
    assert load_orientation(choose_engine(Settings(engine="onnxruntime")), None, PLAN) == ()


@pytest.mark.parametrize("what", ANGLES)
def test_orientations_are_well_formed(slots, odd_pictures, what):
    """Any picture, a strip twenty thousand times as long as wide among them, has an angle of its kind and a score."""
    classifier = classifiers(slots[0])[what]
    assert classifier.classify([]) == []
    found = classifier.classify(odd_pictures)
    assert len(found) == len(odd_pictures)
    for orientation in found:
        assert orientation.angle in ANGLES[what]
        assert type(orientation.angle) is int
        assert type(orientation.score) is float
        assert 0 <= orientation.score <= 1


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_a_page_is_known_by_the_degrees_it_was_turned_clockwise(modelled, page, angle):
    """A page turned clockwise by an angle is said to lie at that angle, and surely."""
    (found,) = modelled.page.classify([turned(page, angle)])
    assert found.angle == angle
    assert found.score > 0.8


@pytest.mark.parametrize("angle", [0, 180])
def test_a_line_on_its_head_is_known(modelled, lines, angle):
    """Plainly printed lines are told apart from the same on their heads."""
    found = modelled.line.classify([turned(line, angle) for line in lines])
    assert [orientation.angle for orientation in found] == [angle] * len(lines)


def test_answers_come_in_the_order_of_the_pictures(slots, page, lines):
    """Several at once get what each gets alone, to the last bit."""
    slot = slots[0]
    pages = [turned(page, angle) for angle in (90, 0, 270, 180)]
    assert slot.page.classify(pages) == [slot.page.classify([one])[0] for one in pages]
    crops = [turned(line, 180 * (number % 2)) for number, line in enumerate(lines)]
    assert slot.line.classify(crops) == [slot.line.classify([one])[0] for one in crops]


def test_pictures_may_be_views_and_are_not_written_to(slots, page, lines):
    """A window of a larger array, or one turned by strides alone, is classified like its copy, and left as it was."""
    kept = page.copy()
    for name, pictures in (("page", [page[::-1, ::-1], np.rot90(page)]), ("line", [lines[0], lines[1][::-1, ::-1]])):
        classifier = classifiers(slots[0])[name]
        assert classifier.classify(pictures) == classifier.classify([picture.copy() for picture in pictures])
    assert np.array_equal(page, kept)


def test_slots_do_not_disturb_each_other(slots, page, lines):
    """Two slots on two threads at once give what each gives alone."""
    pages = (turned(page, 90), turned(page, 180))
    crops = (lines[0], turned(lines[1], 180))

    def answer(index):
        return slots[index].page.classify([pages[index]]), slots[index].line.classify([crops[index]])

    alone = [answer(index) for index in (0, 1)]
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda index: [answer(index) for _ in range(12)], (0, 1)))
    for expected, rounds in zip(alone, results, strict=True):
        assert rounds == [expected] * 12


def test_warm_up_changes_no_answer(slots, page):
    """Every slot can be warmed, and answers afterwards as before."""
    before = slots[1].page.classify([page])
    slots[1].warm_up()
    assert slots[1].page.classify([page]) == before


def test_both_runtimes_find_the_same(orientation_models, page, lines, odd_pictures):
    """Same models, same answers: angles are equal, scores but for rounding."""
    pages = [*(turned(page, angle) for angle in (0, 90, 180, 270)), *odd_pictures]
    crops = [*lines, *(turned(line, 180) for line in lines), *odd_pictures]
    for name, pictures in (("page", pages), ("line", crops)):
        one, other = (classifiers(load(engine, orientation_models)[0])[name].classify(pictures) for engine in MODELLED)
        assert [found.angle for found in one] == [found.angle for found in other]
        assert [found.score for found in one] == pytest.approx([found.score for found in other], abs=1e-4)
