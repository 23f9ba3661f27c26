"""Text from outside, such as a service's name for itself, made fit to be shown."""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the order of the letters that follow, so that a text reads as another."""


def plain(text: str) -> str:
    """Return the text with what would steer a terminal or a page, but for line ends, replaced by U+FFFD."""
    return "".join(_REPLACEMENT if _steers(character) else character for character in text.expandtabs(1))


def _steers(character: str) -> bool:
    """Return whether a character does something instead of being shown."""
    category = unicodedata.category(character)
    return (category == "Cc" and character != "\n") or category == "Cs" or character in _DIRECTIONS
