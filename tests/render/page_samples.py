"""Pages for the tests of what is written of pages."""

from app.pipeline.block import Block, Row
from app.pipeline.result import Line, Page, Word


def polygon(left, top, right, bottom):
    """Clockwise from the top left corner."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def line(text, box, words=(), score=0.5):
    """A line in an upright box; *words*: each with its text and where it begins and ends, from left to right."""
    _, top, _, bottom = box
    found = tuple(Word(word, (begin, top, end, bottom)) for word, begin, end in words)
    return Line(text, score, polygon(*box), found)


def two_blocks():
    """Two paragraphs in an order that is not that of the lines: a row of two cells, and below it a Chinese line."""
    lines = (
        line("文字", (10, 60, 90, 80), [("文", 10, 50), ("字", 50, 90)], 0.25),
        line("<a> & b", (10, 10, 100, 30), [("<a>", 14, 40), (" & ", 40, 60), ("b", 60, 70)]),
        line("right", (110, 12, 190, 28), [("right", 115, 180)], 1.0),
    )
    blocks = (
        Block((Row((1, 2), "<a> & b\tright", (10, 10, 190, 30)),)),
        Block((Row((0,), "文字", (10, 60, 90, 80)),)),
    )
    return Page(4, 200, 100, 0, lines, blocks=blocks)
