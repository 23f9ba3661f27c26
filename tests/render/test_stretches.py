"""Words as shares of their lines: from letter to letter, and no spaces where none were read."""

import pytest

from app.pipeline.result import Line, Word
from app.render.stretches import is_steep, stretches_of
from tests.render.page_samples import line, polygon

TALL = 20


def shares(found):
    """Texts with their ends, in hundredths of the line."""
    return [(each.text, round(100 * each.begin), round(100 * each.end)) for each in found]


def test_words_reach_as_far_as_their_letters():
    """A fifth of the height before where the first letter was read, less behind the last; spaces have what is left."""
    found = stretches_of(line("ab cd", (0, 0, 200, TALL), [("ab", 10, 80), (" ", 90, 100), ("cd", 110, 180)]))
    assert shares(found) == [("ab", 2, 42), (" ", 42, 53), ("cd", 53, 98)]


def test_a_line_ends_where_its_letters_do():
    """What was found reaches a little beyond them, on either side."""
    found = stretches_of(line("abc", (0, 0, 200, TALL), [("abc", 60, 100)]))
    assert shares(found) == [("abc", 2, 98)]


def test_no_gap_opens_within_a_word():
    """A comma is measured on its own, and stands against the letters that it belongs to."""
    found = stretches_of(line("18,204", (0, 0, 200, TALL), [("18", 10, 80), (",", 88, 92), ("204", 100, 190)]))
    assert [each.text for each in found] == ["18", ",", "204"]
    assert found[0].end == found[1].begin
    assert found[1].end == found[2].begin


def test_a_space_is_seen_however_close_words_stand():
    """Words that would touch make room for it."""
    found = stretches_of(line("a b", (0, 0, 200, TALL), [("a", 10, 98), (" ", 98, 100), ("b", 100, 190)]))
    assert found[1].end - found[1].begin == pytest.approx(0.15 * TALL / 200)
    assert (found[0].end, found[2].begin) == (found[1].begin, found[1].end)


def test_chinese_characters_have_their_size():
    """They are as wide as they were measured; a wide comma between them has the room that they leave."""
    words = [("天", 0, 40), ("，", 55, 60), ("我", 80, 120), ("们", 120, 160)]
    found = stretches_of(line("天，我们", (0, 0, 160, 40), words))
    assert shares(found) == [("天", 0, 25), ("，", 25, 50), ("我", 50, 75), ("们", 75, 100)]


def test_a_wide_gap_stays_one_though_it_was_read_as_no_space():
    """Two columns of Chinese in one line are not stretched until they meet."""
    words = [("天", 4, 40), ("我", 160, 196)]
    found = stretches_of(line("天我", (0, 0, 200, 40), words))
    assert shares(found) == [("天", 2, 20), ("我", 80, 98)]


@pytest.mark.parametrize("words", [None, ()])
def test_a_line_without_words_is_divided_evenly(words):
    """Where nobody asked for words, or the engine has none, characters are taken to be equally wide."""
    found = stretches_of(Line("ab cd", 1.0, polygon(0, 0, 300, 20), words))
    assert shares(found) == [("ab", 1, 40), (" ", 40, 60), ("cd", 60, 99)]


def test_a_line_on_its_head_runs_from_its_own_beginning():
    """Its polygon begins at the picture's bottom right; its first word is the one on the right."""
    corners = ((200, 20), (0, 20), (0, 0), (200, 0))
    words = (Word("ab", (120, 0, 190, 20)), Word(" ", (100, 0, 110, 20)), Word("cd", (10, 0, 80, 20)))
    assert shares(stretches_of(Line("ab cd", 1.0, corners, words)))[0] == ("ab", 2, 42)


def test_a_line_that_runs_downwards_is_measured_downwards():
    """Beyond half as high again as it is wide."""
    words = (Word("上", (0, 0, 40, 40)), Word("下", (0, 40, 40, 80)))
    tall = Line("上下", 1.0, polygon(0, 0, 40, 80), words)
    assert is_steep(tall)
    assert shares(stretches_of(tall)) == [("上", 0, 50), ("下", 50, 100)]
    assert not is_steep(Line("x", 1.0, polygon(0, 0, 40, 60)))


def test_a_line_without_extent_or_text_is_no_error():
    """Whatever comes, there is an answer."""
    assert stretches_of(Line("", 1.0, polygon(0, 0, 5, 5), ())) == []
    assert [each.text for each in stretches_of(Line("a", 1.0, polygon(3, 3, 3, 3), ()))] == ["a"]
