"""What the pipeline does where lines are only read or only found, and what it found whether it is text or not."""

import numpy as np
import pytest

from app.pipeline.result import Found, Line, Word
from tests.pipeline.pipeline_fakes import Classifier, Detector, Reader, page_of, pipeline, run_of, texts


def polygon(box):
    """Return the corners of a box, clockwise from the top left."""
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


class TurnedReader(Reader):
    """As :class:`Reader`, but of a line whose left end is darker than its right one the score is 0.1."""

    def _read(self, crop):
        reading = super()._read(crop)
        left, right = (int(crop[crop.shape[0] // 2, x, 0]) for x in (5, -5))
        return type(reading)(reading.text, 0.1 if left < right else reading.score)


def test_every_line_is_among_the_found_with_what_was_read_in_it():
    """In reading order, those without text and those with too low a score too; the page's lines are some of them."""
    picture, boxes = page_of(10, 0, 30)
    detector = Detector(boxes[2], (5, 5, 5, 5), boxes[1], boxes[0])
    reader = Reader({"line 10": 0.2, "": 0.0})
    page = pipeline([detector], [reader]).recognise(picture, run_of(min_score=0.5))
    assert page.found == tuple(
        Found(polygon(box), turned=False, line=Line(text, score, polygon(box)))
        for box, text, score in zip(boxes, ("line 10", "", "line 30"), (0.2, 0.0, 0.9), strict=True)
    )
    assert page.lines == (page.found[2].line,)


def test_a_turned_line_was_found_as_it_lies():
    """The found polygon begins at the picture's top left, the line's own at the text's; the others are not turned."""
    picture, boxes = page_of(40, 80)
    picture[boxes[0][1] : boxes[0][3], 20:50] = 1  # the first has its dark end in front
    page = pipeline([Detector(*boxes)], [TurnedReader()], line=Classifier(180)).recognise(
        picture, run_of(turn_lines=True)
    )
    assert [found.turned for found in page.found] == [True, False]
    assert [found.polygon for found in page.found] == [polygon(box) for box in boxes]
    first = page.found[0].polygon
    assert page.found[0].line.polygon == first[2:] + first[:2]
    assert [found.line for found in page.found] == list(page.lines)


def test_nothing_found_is_nothing_among_the_found():
    """A page without lines has none of either kind."""
    page = pipeline([Detector()], [Reader()]).recognise(np.zeros((50, 70, 3), np.uint8), run_of())
    assert (page.found, page.lines) == ((), ())


@pytest.mark.parametrize("size", [(20, 160), (160, 20)])
def test_a_picture_that_is_one_line_is_only_read(size):
    """The detector is not asked; the line is the whole picture, and upright even where it is tall."""
    height, width = size
    detector, crops = Detector((0, 0, 5, 5)), []

    class Keeper(Reader):
        def _read(self, crop):
            crops.append(crop.shape)
            return super()._read(crop)

    picture = np.full((height, width, 3), 40, np.uint8)
    page = pipeline([detector], [Keeper()]).recognise(picture, run_of(find_lines=False))
    assert (texts(page), detector.asked, crops) == (["line 40"], [], [picture.shape])
    assert page.lines[0].polygon == page.found[0].polygon == polygon((0, 0, width, height))
    assert page.lines[0].score == 0.9


def test_a_picture_that_is_one_line_without_text_is_still_among_the_found():
    """Whoever asks for a line gets an answer: of what nothing was read in, a line without text that is not kept."""
    page = pipeline([Detector()], [Reader({"": 0.0})]).recognise(
        np.zeros((20, 160, 3), np.uint8), run_of(find_lines=False)
    )
    assert page.lines == ()
    assert [(found.line.text, found.line.score) for found in page.found] == [("", 0.0)]


def test_a_picture_that_is_one_line_may_stand_on_its_head():
    """Where that is asked for it is found out, as of any line."""
    picture = np.full((20, 160, 3), 40, np.uint8)
    picture[:, :30] = 1
    made = pipeline([Detector()], [TurnedReader()], line=Classifier(180))
    page = made.recognise(picture, run_of(find_lines=False, turn_lines=True))
    assert [(found.turned, found.line.score) for found in page.found] == [(True, 0.9)]
    page = made.recognise(picture, run_of(find_lines=False))
    assert [(found.turned, found.line.score) for found in page.found] == [(False, 0.1)]


def test_the_words_of_a_tall_picture_that_is_one_line_stand_side_by_side():
    """It was read from left to right, so its words lie so, although it is higher than wide."""
    picture = np.full((210, 70, 3), 40, np.uint8)
    (line,) = pipeline([Detector()], [Reader()]).recognise(picture, run_of(find_lines=False, words=True)).lines
    assert line.words == (
        Word("line", (0, 0, 40, 210)),
        Word(" ", (40, 0, 50, 210)),
        Word("40", (50, 0, 70, 210)),
    )


def test_lines_that_are_only_found_are_not_read():
    """Boxes with the detector's scores and no text, whatever the least score; nobody reads or turns them."""
    picture, boxes = page_of(40, 80)
    detector, seen, classifier = Detector(*boxes), [], Classifier(180)
    detector.detection.scores[:] = (0.75, 0.5)
    made = pipeline([detector], [Reader(seen=seen)], line=classifier)
    page = made.recognise(picture, run_of(read_lines=False, turn_lines=True, min_score=0.9))
    assert page.lines == tuple(Line("", score, polygon(box)) for score, box in zip((0.75, 0.5), boxes, strict=True))
    assert [(found.turned, found.line) for found in page.found] == [(False, line) for line in page.lines]
    assert (seen, classifier.shapes, page.text) == ([], [], "")


def test_a_page_whose_lines_are_only_found_may_be_turned():
    """How the page lies is found out all the same: where its lines are depends on it."""
    picture, boxes = page_of(40)
    turned = np.rot90(picture, 2)
    page = pipeline([Detector(*boxes)], [Reader()], page=Classifier(180)).recognise(
        turned, run_of(read_lines=False, turn_page=True)
    )
    assert (page.angle, [line.box for line in page.lines]) == (180, boxes)
