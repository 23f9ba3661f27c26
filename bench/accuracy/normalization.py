"""What counts as the same text: the rules every score of this package compares by."""

from __future__ import annotations

import re
import unicodedata

_MARKERS = re.compile(r"(?<!\S)[_^]+")
_UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "km", "my"})


def comparable(text: str) -> str:
    """Return the text as characters are compared: NFKC, case folded, and without any white space.

    NFKC makes full-width forms, ligatures and compatibility signs equal to their plain forms. It runs again after
    the case folding because folding can bring back a form that is not normal (Unicode 3.13, D146).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(folded.split())


def words(text: str) -> list[str]:
    """Return the words: runs without white space, NFKC, case folded, punctuation and symbols off both ends.

    What consists of punctuation and symbols alone is no word.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [word for raw in folded.split() if (word := _strip_punctuation(raw))]


def has_spaced_words(language: str) -> bool:
    """Return whether every language of a label such as ``en``, ``zh-Hant`` or ``zh+en`` puts spaces between words."""
    return all(part.split("-")[0].lower() not in _UNSPACED_LANGUAGES for part in language.split("+"))


def without_markers(text: str) -> str:
    """Return the text without the ``_`` (underlined) and ``^`` (superscript) markers at the start of its words."""
    return _MARKERS.sub("", text)


def _strip_punctuation(word: str) -> str:
    """Return the word from its first to its last character that is neither punctuation (P*) nor a symbol (S*)."""
    kept = [place for place, sign in enumerate(word) if unicodedata.category(sign)[0] not in "PS"]
    return word[kept[0] : kept[-1] + 1] if kept else ""
