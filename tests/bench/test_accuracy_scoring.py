"""The arithmetic of char-F1, word-F1 and line recall."""

from pathlib import Path

import pytest

from bench.accuracy.corpus import Sample, TruthLine
from bench.accuracy.scoring import Counts, Share, add_up, bag_counts, score
from bench.prediction import Line, Polygon, Prediction


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Return an upright rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def sample(*lines: TruthLine, language: str = "en", word_level: bool = False) -> Sample:
    """Return a labelled image of these lines."""
    return Sample("set", "set/images/1.png", Path("1.png"), language, lines, None, word_level)


def prediction(*lines: tuple[str, Polygon]) -> Prediction:
    """Return a prediction of these texts at these places."""
    return Prediction(tuple(Line(text, 1.0, polygon) for text, polygon in lines), 100, 100, 0.1)


HERE, THERE = box(0, 0, 50, 10), box(0, 20, 50, 30)


def test_bags_count_every_occurrence() -> None:
    """A character that is predicted twice but expected once is one hit and one too many."""
    assert bag_counts("aab", "abc") == Counts(hits=2, predicted=3, expected=3)
    assert bag_counts("aaaa", "a").f1 == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("counts", "f1"), [(Counts(6, 8, 12), 0.6), (Counts(0, 0, 5), 0.0), (Counts(0, 5, 0), 0.0), (Counts(), 1.0)]
)
def test_f1_is_the_harmonic_mean(counts: Counts, f1: float) -> None:
    """F1 of precision 6/8 and recall 6/12 is 0.6; missing or invented text scores 0; nothing of nothing scores 1."""
    assert counts.f1 == pytest.approx(f1)


def test_sums_weigh_images_by_their_text() -> None:
    """Adding up is a micro-average: a long image that is right outweighs a short one that is wrong."""
    long = score(sample(TruthLine("a" * 90)), prediction(("a" * 90, HERE)))
    short = score(sample(TruthLine("b" * 10)), prediction(("c" * 10, HERE)))
    total = add_up([long, short])
    assert total.images == 2
    assert total.characters == Counts(hits=90, predicted=100, expected=100)
    assert total.characters.f1 == pytest.approx(0.9)


def test_characters_compare_without_case_space_and_order() -> None:
    """Case, white space, line breaks and reading order cost nothing."""
    result = score(
        sample(TruthLine("Total Amount"), TruthLine("CASH")), prediction(("cash", THERE), ("TOTALamount", HERE))
    )
    assert result.characters == Counts(15, 15, 15)


def test_words_are_counted_whole() -> None:
    """Joined words are no hits although every character is right, and unspaced languages have no word score."""
    result = score(sample(TruthLine("total amount due")), prediction(("totalamount due", HERE)))
    assert result.words == Counts(hits=1, predicted=2, expected=3)
    assert result.characters.f1 == 1.0
    assert score(sample(TruthLine("合计"), language="zh"), prediction(("合计", HERE))).words is None


def test_sums_of_words_cover_the_images_that_have_them() -> None:
    """An image without a word score neither helps nor harms the set's word-F1."""
    english = score(sample(TruthLine("one two")), prediction(("one", HERE)))
    chinese = score(sample(TruthLine("合计"), language="zh"), prediction())
    assert add_up([english, chinese]).words == Counts(1, 1, 2)
    assert add_up([chinese]).words is None


def test_ignored_lines_neither_ask_nor_cost() -> None:
    """Text at an ignored place is not expected, and what is predicted there does not count as invented."""
    labelled = sample(TruthLine("good", HERE), TruthLine("###", THERE, ignore=True))
    read_both = score(labelled, prediction(("good", HERE), ("blur", THERE)))
    assert read_both.characters == Counts(4, 4, 4)
    assert read_both.lines == Share(1, 1)


def test_a_line_that_merely_touches_an_ignored_place_counts() -> None:
    """Only predicted lines whose centre lies in an ignored quad are left out."""
    labelled = sample(TruthLine("good", HERE), TruthLine("###", box(40, 0, 50, 10), ignore=True))
    assert score(labelled, prediction(("goodx", HERE))).characters == Counts(4, 5, 4)


@pytest.mark.parametrize(
    ("text", "polygon", "found"),
    [
        ("abcdefghijklmnopqrst", HERE, 1),
        ("ABCDEFGHIJ klmnopqrst", HERE, 1),
        ("abcdefghijklmnopqrXX", HERE, 1),
        ("abcdefghijklmnopqXXX", HERE, 0),
        ("abcdefghijklmnopqrst", box(0, 0, 25, 10), 1),
        ("abcdefghijklmnopqrst", box(0, 0, 24, 10), 0),
        ("abcdefghijklmnopqrst", THERE, 0),
    ],
)
def test_a_line_is_read_when_place_and_text_are_right(text: str, polygon: Polygon, found: int) -> None:
    """A line needs IoU of at least 0.5 and a similarity of at least 0.9: 2 of 20 characters may be wrong, not 3."""
    assert score(sample(TruthLine("abcdefghijklmnopqrst", HERE)), prediction((text, polygon))).lines == Share(found, 1)


def test_recall_leaves_out_what_is_no_line_at_a_known_place() -> None:
    """Blocks, lines without a quad, without text or to be ignored are not asked for by line recall."""
    labelled = sample(
        TruthLine("block", HERE, block=True),
        TruthLine("nowhere"),
        TruthLine(" ", HERE),
        TruthLine("###", box(90, 90, 99, 99), ignore=True),
        TruthLine("line", THERE),
    )
    assert score(labelled, prediction(("line", THERE))).lines == Share(1, 1)


def test_a_word_is_read_inside_a_longer_line() -> None:
    """In a word-level set a word counts as read within a predicted line around its centre, as a whole word only."""
    labelled = sample(
        TruthLine("EXIT", box(0, 0, 10, 10)),
        TruthLine("PARK", box(12, 0, 20, 10)),
        TruthLine("NORTH", box(60, 60, 70, 70)),
        word_level=True,
    )
    assert score(labelled, prediction(("exit parking", box(0, 0, 40, 10)), ("north", THERE))).lines == Share(1, 3)


def test_a_share_of_nothing_has_no_value() -> None:
    """Line recall over no lines is absent and not 0 or 1."""
    assert Share().value is None
    assert (Share(1, 2) + Share(2, 2)).value == pytest.approx(0.75)
