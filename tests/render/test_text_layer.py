"""Text laid over a picture: where a line lies, and how."""

import math

import pytest

from app.pipeline.result import Line, Word
from app.render.text_layer import placed_words
from tests.render.page_samples import polygon


def test_letters_stand_on_the_bottom_of_their_line():
    """From left to right, up to its top."""
    (placed,) = placed_words(Line("abc", 1.0, polygon(10, 20, 110, 40), None))
    assert placed.start == pytest.approx((13, 40))
    assert placed.along == pytest.approx((94, 0))
    assert placed.up == pytest.approx((0, -20))


def test_a_tilted_lines_words_follow_it():
    """Each begins where the line is by then, not where it was at its beginning."""
    corners = ((0, 0), (200, 100), (190, 120), (-10, 20))
    words = (Word("a", (0, 0, 100, 120)), Word(" ", (100, 0, 100, 120)), Word("b", (100, 0, 200, 120)))
    first, _, second = placed_words(Line("a b", 1.0, corners, words))
    assert math.atan2(first.along[1], first.along[0]) == pytest.approx(math.atan2(100, 200))
    assert second.start[1] - first.start[1] == pytest.approx((second.start[0] - first.start[0]) / 2)
    assert second.start[0] > 80


def test_text_that_runs_downwards_lies_on_its_side():
    """Its letters' tops point to the right, as they were read."""
    first, second = placed_words(
        Line("上下", 1.0, polygon(50, 0, 90, 80), (Word("上", (50, 0, 90, 40)), Word("下", (50, 40, 90, 80))))
    )
    assert (first.start, second.start) == (pytest.approx((50, 0)), pytest.approx((50, 40)))
    assert first.along == pytest.approx((0, 40))
    assert first.up == pytest.approx((40, 0))


def test_a_line_on_its_head_is_laid_upside_down():
    """It begins on the right, and its letters' tops point downwards."""
    corners = ((200, 20), (0, 20), (0, 0), (200, 0))
    (placed,) = placed_words(Line("abc", 1.0, corners, ()))
    assert placed.start == pytest.approx((197, 0))
    assert placed.along == pytest.approx((-194, 0))
    assert placed.up == pytest.approx((0, 20))


@pytest.mark.parametrize("box", [(5, 5, 5, 5), (5, 5, 5, 25), (5, 5, 25, 5)])
def test_text_always_has_an_extent(box):
    """Else no reader could lay it out: a pixel at least, both ways, and never along itself."""
    (placed,) = placed_words(Line("a", 1.0, polygon(*box), ()))
    (along_x, along_y), (up_x, up_y) = placed.along, placed.up
    assert abs(along_x * up_y - along_y * up_x) >= 0.9
