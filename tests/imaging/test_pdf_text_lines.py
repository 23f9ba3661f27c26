"""Characters that stand together are a line, in whichever direction it runs."""

import pytest

from app.imaging.pdf_text import Glyph
from app.imaging.pdf_text_lines import lines_of

PAGE = 500, 500
RIGHT = (1.0, 0.0)
BREAK = Glyph("\n", (0, 0, 0, 0), RIGHT, is_break=True)


def row(text, left, top, size=10.0, step=1.0):
    """Return characters from left to right; negative steps go to the left."""
    starts = [left + size * step * number for number in range(len(text))]
    return [Glyph(letter, (x, top, x + size, top + size), RIGHT) for letter, x in zip(text, starts, strict=True)]


def column(text, left, top, size=10.0):
    """Return characters from top to bottom."""
    return [
        Glyph(letter, (left, top + size * n, left + size, top + size * (n + 1)), RIGHT) for n, letter in enumerate(text)
    ]


@pytest.mark.parametrize(
    ("glyphs", "expected"),
    [
        (row("ab", 10, 10) + row("cd", 30, 10), ["abcd"]),
        (row("ab", 10, 10) + row("cd", 50, 10), ["ab", "cd"]),  # far
        ([*row("ab", 10, 10), BREAK, *row("cd", 30, 13)], ["abcd"]),  # a little higher is no new line
        ([*row("ab", 10, 10), BREAK, *row("cd", 35, 10)], ["ab", "cd"]),  # unless it stands apart
        (row("ab", 10, 10) + row("cd", 10, 20), ["ab", "cd"]),
        (row("\u05d0\u05d1\u05d2", 90, 10, step=-1.0), ["\u05d0\u05d1\u05d2"]),  # to the left
        (column("今天天气", 100, 10) + column("很好", 80, 10), ["今天天气", "很好"]),  # downwards
        (column("abc", 100, 10), ["a", "b", "c"]),
        ([*row("今", 10, 10), BREAK, *row("天", 10, 20)], ["今", "天"]),
        ([*row("ab", 10, 10), Glyph("c", (30, 10, 40, 20), (0.0, 1.0))], ["ab", "c"]),  # turned
        (row("  ", 10, 10), []),
        ([BREAK, BREAK], []),
        ([], []),
    ],
)
def test_lines_are_what_stands_together(glyphs, expected):
    """By where characters are, whatever the document says of lines."""
    assert [line.text for line in lines_of(glyphs, *PAGE, words=False)] == expected


def test_a_line_is_around_its_characters():
    """Spaces do not count, and nothing lies beyond the page."""
    (line,) = lines_of(row(" ab ", 480, 10), *PAGE, words=True)
    assert line.box == (490, 10, 500, 20)
    (line,) = lines_of(column("今天", 100, 10), *PAGE, words=False)
    assert line.polygon == ((100, 10), (110, 10), (110, 30), (100, 30))


def test_words_are_between_spaces_and_chinese_characters_stand_alone():
    """As in lines that are read."""
    (line,) = lines_of(row("ab c今天d", 10, 10), *PAGE, words=True)
    assert [word.text for word in line.words] == ["ab", "c", "今", "天", "d"]
    assert [word.box[0] for word in line.words] == [10, 40, 50, 60, 70]
