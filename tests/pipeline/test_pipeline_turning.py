"""Pages and lines that do not stand upright, and words: what the pipeline makes of them, on slots that are fakes."""

import time

import numpy as np
import pytest

from app.engines.base import Recognition
from app.pipeline.result import Word
from tests.pipeline.pipeline_fakes import Classifier, Detector, Reader, page_of, pipeline, run_of, texts


class Finder(Detector):
    """Finds the bars of :func:`page_of` wherever they are, and keeps the pictures."""

    def __init__(self):
        super().__init__()
        self.pictures = []

    def detect(self, images, options):
        """Answer for one picture."""
        self.pictures += [image.copy() for image in images]
        rows = np.flatnonzero((images[0] != 255).any(axis=(1, 2)))
        tops = [row for row in rows.tolist() if row - 1 not in rows]
        self.detection = Detector(*((20, top, 180, top + 20) for top in tops)).detection
        return super().detect(images, options)


class HeadReader(Reader):
    """As :class:`Reader`, but what has its darker half behind is on its head, and read with a score of 0.1."""

    def _read(self, crop):
        middle, width = crop[crop.shape[0] // 2, :, 0].astype(int), crop.shape[1]
        if middle[: width // 4].mean() > middle[-width // 4 :].mean():
            return Recognition("garble", 0.1, tuple(range(6)), 6)
        return super()._read(crop)


def marked_page(*rows, on_their_heads=()):
    """Return a page of bars that are black at their beginning; some stand on their heads."""
    picture, boxes = page_of(*rows)
    for index, (left, top, right, bottom) in enumerate(boxes):
        ends = slice(right - 30, right) if index in on_their_heads else slice(left, left + 30)
        picture[top:bottom, ends] = 1
    return picture, boxes


@pytest.mark.parametrize(("angle", "turns"), [(0, 0), (90, 1), (180, 2), (270, 3)])
def test_a_page_that_was_turned_is_read_upright(angle, turns):
    """Lines, size and coordinates are those of the upright page, whichever way it came; the angle says which."""
    picture, boxes = page_of(40, 80)
    turned = np.rot90(picture, -turns)  # clockwise
    finder, classifier = Finder(), Classifier(angle)
    page = pipeline([finder], [Reader()], page=classifier).recognise(turned, run_of(turn_page=True))
    assert (page.angle, page.width, page.height) == (angle, 200, 70)
    assert texts(page) == ["line 40", "line 80"]
    assert [line.box for line in page.lines] == boxes
    assert np.array_equal(finder.pictures[0], picture)
    assert classifier.shapes == [turned.shape]


@pytest.mark.parametrize("options", [{}, {"turn_lines": True}])
def test_a_page_is_not_turned_unless_asked_for(options):
    """Without the option nobody is asked how it lies."""
    picture, boxes = page_of(40)
    classifier = Classifier(180)
    page = pipeline([Detector(*boxes)], [Reader()], page=classifier).recognise(picture, run_of(**options))
    assert (page.angle, classifier.shapes) == (0, [])


@pytest.mark.parametrize("options", [{}, {"turn_page": True}])
def test_lines_are_not_turned_unless_asked_for(options):
    """Without the option nobody is asked how they stand, and a bad reading is not tried again."""
    picture, boxes = marked_page(40, on_their_heads=(0,))
    classifier, reader = Classifier(180), HeadReader()
    page = pipeline([Detector(*boxes)], [reader], line=classifier).recognise(picture, run_of(**options))
    assert (texts(page), classifier.shapes) == (["garble"], [])
    assert page.lines[0].polygon == ((20, 10), (180, 10), (180, 30), (20, 30))


def test_a_line_on_its_head_is_read_the_other_way_round():
    """Its polygon then starts at the text's own top left corner, which is the picture's bottom right; its box stays."""
    picture, boxes = marked_page(40, 80, 120, on_their_heads=(1,))
    page = pipeline([Detector(*boxes)], [HeadReader()]).recognise(picture, run_of(turn_lines=True))
    assert texts(page) == ["line 40", "line 80", "line 120"]
    assert [line.score for line in page.lines] == [0.9] * 3
    assert [line.box for line in page.lines] == boxes
    upright, flipped, _ = page.lines
    assert upright.polygon == ((20, 10), (180, 10), (180, 30), (20, 30))
    assert flipped.polygon == ((180, 60), (20, 60), (20, 40), (180, 40))


def test_an_upright_line_that_is_maligned_stays():
    """What the classifier takes for turned, but the recogniser reads better upright, is left as it stands."""
    picture, boxes = marked_page(40)
    reader = HeadReader()
    page = pipeline([Detector(*boxes)], [reader], line=Classifier(180)).recognise(picture, run_of(turn_lines=True))
    assert texts(page) == ["line 40"]
    assert page.lines[0].polygon[0] == (20, 10)


def test_a_page_without_lines_may_be_turned():
    """Nothing to read is no fault, whatever is asked for."""
    options = {"turn_page": True, "turn_lines": True, "words": True}
    page = pipeline([Detector()], [Reader()], page=Classifier(90)).recognise(
        np.full((50, 70, 3), 255, np.uint8), run_of(**options)
    )
    assert (page.angle, page.width, page.height, page.lines) == (90, 50, 70, ())


def test_turning_is_timed_as_orientation():
    """The time that the classifiers take is in ``orient``, and in no other stage."""

    class Slow(Classifier):
        def classify(self, images):
            time.sleep(0.03)
            return super().classify(images)

    picture, boxes = page_of(40)
    run = run_of(turn_page=True, turn_lines=True)
    pipeline([Detector(*boxes)], [Reader()], page=Slow(), line=Slow()).recognise(picture, run)
    assert run.timings.orient >= 0.06


def test_words_are_told_apart_where_asked_for():
    """A word is a text and a box, in the order of the line; without the option there is no list, not an empty one."""
    picture, boxes = page_of(40)
    made = pipeline([Detector(*boxes)], [Reader()])
    assert made.recognise(picture, run_of()).lines[0].words is None
    words = made.recognise(picture, run_of(words=True)).lines[0].words
    # "line 40" is seven characters of a step each, over 160 pixels from 20 on.
    assert words == (
        Word("line", (20, 10, 111, 30)),
        Word(" ", (111, 10, 134, 30)),
        Word("40", (134, 10, 180, 30)),
    )


def test_words_of_a_line_on_its_head_run_backwards():
    """The first word of the text is the last in the picture."""
    picture, boxes = marked_page(40, on_their_heads=(0,))
    run = run_of(words=True, turn_lines=True)
    (line,) = pipeline([Detector(*boxes)], [HeadReader()]).recognise(picture, run).lines
    assert [word.text for word in line.words] == ["line", " ", "40"]
    assert [word.box[::2] for word in line.words] == [(89, 180), (66, 89), (20, 66)]
