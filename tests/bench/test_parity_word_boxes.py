"""The arithmetic of words that are the same."""

from bench.accuracy.parity import compare
from bench.accuracy.scoring import Share
from bench.parity.word_boxes import same_words
from bench.prediction import Line, Prediction, Word

PLACE = ((0.0, 0.0), (50.0, 0.0), (50.0, 10.0), (0.0, 10.0))


def page(text: str, *words: Word) -> Prediction:
    """Return a page of one line."""
    return Prediction((Line(text, 1.0, PLACE, words),), 100, 100, 0.1)


def share(one: Prediction, other: Prediction) -> Share:
    """Return the share of words that are the same."""
    return same_words(compare(one, other))


def test_a_word_is_the_same_within_two_pixels() -> None:
    """Each side of its box may differ by two pixels; its text may not."""
    theirs = page("a b", Word("a", (0, 0, 20, 10)), Word("b", (30, 0, 50, 10)))
    assert share(page("a b", Word("a", (2, 0, 18, 10)), Word("b", (30, 0, 50, 13))), theirs) == Share(1, 2)
    assert share(page("a b", Word("a", (0, 0, 20, 10)), Word("c", (30, 0, 50, 10))), theirs) == Share(1, 2)


def test_a_line_divided_otherwise_has_no_word_in_common() -> None:
    """Words are compared one by one, so their number must be the same."""
    whole, halves = page("ab", Word("ab", (0, 0, 50, 10))), page("ab", *[Word("a", (0, 0, 50, 10))] * 2)
    assert share(whole, halves) == share(halves, whole) == Share(0, 2)


def test_only_lines_that_read_the_same_count() -> None:
    """Another text is counted as another text already; and nobody may have asked for words."""
    assert share(page("a", Word("a", (0, 0, 50, 10))), page("b", Word("b", (0, 0, 50, 10)))) == Share()
    silent = Prediction((Line("a", 1.0, PLACE),), 100, 100, 0.1)
    assert share(silent, silent) == Share()
