"""The rules by which texts count as the same."""

import pytest

from bench.accuracy.normalization import comparable, has_spaced_words, without_markers, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TAX Invoice", "taxinvoice"),
        ("\uff21\uff22\uff11", "ab1"),
        ("ﬁn", "fin"),
        ("…", "..."),
        ("a\u3000b\u00a0c\td\n", "abcd"),
        ("Straße", "strasse"),
        ("\u2121", "tel"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_comparable_ignores_case_width_and_white_space(text: str, expected: str) -> None:
    """Texts that differ in case, width, ligatures, composition or white space alone compare as equal."""
    assert comparable(text) == expected


def test_comparable_keeps_punctuation() -> None:
    """Punctuation counts: a missing full stop is a difference."""
    assert comparable("a.b") != comparable("ab")


def test_words_lose_punctuation_at_their_ends_only() -> None:
    """Punctuation and symbols fall off both ends of a word, stay inside it, and make no word of their own."""
    assert words("\"Don't — (stop) 12.50, $7") == ["don't", "stop", "12.50", "7"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", True), ("ko", True), ("fr", True), ("zh", False), ("zh-Hant", False), ("zh+en", False), ("ja", False)],
)
def test_words_mean_nothing_where_one_language_has_no_spaces(language: str, expected: bool) -> None:  # noqa: FBT001
    """Word scores are taken only where every language of the label separates words by spaces."""
    assert has_spaced_words(language) is expected


def test_markers_go_from_the_start_of_words_only() -> None:
    """Transcribers' ``_`` and ``^`` are dropped where a word starts, and stay inside words."""
    assert without_markers("_Le n^o 3 ^e snake_case _^x") == "Le n^o 3 e snake_case x"
