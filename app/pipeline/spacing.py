"""What stands between two lines of a row when they are written one behind the other."""

import unicodedata

_CELL = 1.5
"""Line heights: a gap this wide parts the cells of a table."""

_CLOSE = 0.6
"""Line heights: what may lie between two Chinese or Japanese characters without being a gap."""

_OVERLAP = -0.3
"""Line heights: lines that share more than this are parts of one word."""

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH", "BOPOMOFO", "HALFWIDTH KATAKANA")
"""How the names of characters begin that are written without spaces between words."""


def separator(before: str, after: str, gap: float) -> str:
    """What parts the texts *before* and *after*, whose lines lie *gap* line heights apart, less than 0 if they overlap.

    A tab, a space or nothing. A detector cuts a line where it sees a gap, and draws both parts a little too long: so
    where it cut there was one, except between characters that need none.
    """
    if not before or not after:
        return ""
    if gap >= _CELL:
        return "\t"
    if gap < (_CLOSE if is_unspaced(before[-1]) and is_unspaced(after[0]) else _OVERLAP):
        return ""
    return " "


def is_unspaced(character: str) -> bool:
    """Whether *character* is written without spaces around it, as Chinese and Japanese are."""
    return unicodedata.name(character, "").startswith(_UNSPACED)
