"""Pages made of quads: columns, tables, vertical text, and what happens to paper."""

import math

from app.pipeline.layout import blocks_of
from app.pipeline.result import Line

HEIGHT = 20
PITCH = 26
"""From one line's top to the next one's, in pixels, as in running text."""


def line(text, left, top, width, height=HEIGHT):
    """Return an upright line."""
    right, bottom = left + width, top + height
    return Line(text, 1.0, ((left, top), (right, top), (right, bottom), (left, bottom)))


def column(name, left, top, count, width=400, *, pitch=PITCH):
    """Return the lines of a column of running text: all as wide, the last one half as wide."""
    widths = [width] * (count - 1) + [width // 2]
    return [line(f"{name} line {index}", left, top + pitch * index, each) for index, each in enumerate(widths)]


def table(rows, lefts, top=100, pitch=PITCH, width=9):
    """Return a line a cell: *rows* of texts, which begin at *lefts*, *width* pixels a character."""
    return [
        line(text, left, top + pitch * index, width * len(text))
        for index, row in enumerate(rows)
        for left, text in zip(lefts, row, strict=True)
        if text
    ]


def tilted(lines, degrees):
    """Return *lines* as a page shows them that lies tilted clockwise."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        Line(
            each.text, 1.0, tuple((round(x * cosine - y * sine), round(x * sine + y * cosine)) for x, y in each.polygon)
        )
        for each in lines
    ]


def downwards(lines):
    """Return *lines* as vertical text: what was a line's left end is its top, the next line stands left of it."""
    turned = []
    for each in lines:
        first, second, third, fourth = ((4000 - y, x) for x, y in each.polygon)
        turned.append(Line(each.text, 1.0, (fourth, first, second, third)))
    return turned


def texts(lines):
    """Return the texts of *lines* in reading order."""
    return [lines[index].text for block in blocks_of(lines) for index in block.lines]


def page_text(lines):
    """Return what a page of these lines reads like."""
    return "\n\n".join(block.text for block in blocks_of(lines))
