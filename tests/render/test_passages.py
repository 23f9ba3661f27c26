"""A page as rows of words: the text whole, in reading order, on the page."""

import itertools
import random

import pytest

from app.pipeline.result import Line, Page, Word
from app.render.passages import passages_of, tokens_of
from tests.render.page_samples import line, polygon, two_blocks


def test_blocks_and_rows_are_those_of_the_page():
    """In its reading order; cells side by side are one row."""
    first, second = passages_of(two_blocks())
    assert [[token.text for token in row.tokens] for row in first.rows] == [["<a>", "&", "b", "right"]]
    assert [token.text for token in second.rows[0].tokens] == ["文字"]
    assert first.rows[0].box == (10, 10, 190, 30)
    assert [token.score for token in first.rows[0].tokens] == [0.5, 0.5, 0.5, 1.0]


def test_a_page_that_was_not_laid_out_is_one_block_of_its_lines():
    """Each line is a row, in their order."""
    page = Page(0, 200, 100, 0, (line("one", (0, 0, 50, 10)), line("two", (0, 20, 50, 30))))
    (passage,) = passages_of(page)
    assert [row.tokens[0].text for row in passage.rows] == ["one", "two"]
    assert passage.box == (0, 0, 50, 30)


def test_a_page_without_text_has_no_passages():
    """Nor has one whose only line is spaces."""
    assert passages_of(Page(0, 9, 9, 0, ())) == ()
    assert passages_of(Page(0, 9, 9, 0, (line("  ", (0, 0, 5, 5)),))) == ()


@pytest.mark.parametrize("seed", range(20))
def test_joined_by_spaces_tokens_are_the_line(seed):
    """However the text was cut into words, with spaces in or between them."""
    random_ = random.Random(seed)
    text = "".join(random_.choices("ab,中 　\t.", k=30)).strip() or "a"
    cuts = sorted({0, len(text), *random_.choices(range(1, len(text) + 1), k=6)})
    pieces = [text[begin:end] for begin, end in itertools.pairwise(cuts)]
    words = tuple(Word(piece, (20 * index, 0, 20 * index + 15, 10)) for index, piece in enumerate(pieces))
    tokens = tokens_of(Line(text, 1.0, polygon(0, 0, 200, 10), words))
    assert " ".join(token.text for token in tokens) == " ".join(text.split())


def test_no_box_leaves_the_page():
    """Lines may reach beyond it by their rims; what is written of them does not, and no box has a negative side."""
    page = Page(0, 100, 50, 0, (line("ab cd", (-10, -5, 130, 60), [("ab", -10, 40), (" ", 40, 50), ("cd", 50, 130)]),))
    (passage,) = passages_of(page)
    for left, top, right, bottom in [passage.box, passage.rows[0].box, *(t.box for t in passage.rows[0].tokens)]:
        assert 0 <= left <= right <= 100
        assert 0 <= top <= bottom <= 50


def test_a_tilted_lines_words_have_boxes_of_their_own():
    """Each as high as the line is there, not as the whole line's box."""
    corners = ((0, 0), (200, 100), (190, 120), (-10, 20))
    words = (Word("a", (0, 0, 100, 120)), Word(" ", (100, 0, 100, 120)), Word("b", (100, 0, 200, 120)))
    first, second = tokens_of(Line("a b", 1.0, corners, words))
    assert first.box[3] < 80
    assert second.box[1] > 35
