"""A page as formats of words have it: passages of rows of words, in reading order, with boxes that lie on the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.pipeline.result import Line, Page, Word

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels of the page."""

_RUN = re.compile(r"\S+")
_STEEP = 1.5
"""Beyond this height by width of its box a line is divided from top to bottom, as its words are measured."""


@dataclass(frozen=True, slots=True)
class Token:
    """What stands between two spaces. score: 0 to 1, its line's."""

    text: str
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text, or cells of a table side by side: as a person reads them without a line break."""

    tokens: tuple[Token, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Passage:
    """Rows that belong together."""

    rows: tuple[Row, ...]
    box: Box


def passages_of(page: Page) -> tuple[Passage, ...]:
    """The passages of *page* that have text."""
    passages = []
    for block in _blocks(page):
        rows = tuple(row for lines in block if (row := _row(lines, page)))
        if rows:
            passages.append(Passage(rows, _around([row.box for row in rows])))
    return tuple(passages)


def tokens_of(line: Line) -> tuple[Token, ...]:
    """What stands between the spaces of *line*; joined by single spaces they are its text.

    Where nobody told words apart the line is divided evenly.
    """
    tokens: list[Token] = []
    is_open = False
    for word in line.words or (Word(line.text, line.box),):
        for run in _RUN.finditer(word.text):
            token = Token(run[0], _part(line, word, *run.span()), line.score)
            if is_open and run.start() == 0:
                last = tokens.pop()
                token = Token(last.text + token.text, _around([last.box, token.box]), line.score)
            tokens.append(token)
            is_open = True
        is_open = is_open and not word.text[-1:].isspace()
    return tuple(tokens)


def _blocks(page: Page) -> Sequence[Sequence[Sequence[Line]]]:
    """Lines by rows by blocks, in reading order; of a page that was not laid out each line is a row."""
    if not page.blocks:
        return [[[line] for line in page.lines]]
    return [[[page.lines[index] for index in row.lines] for row in block.rows] for block in page.blocks]


def _row(lines: Sequence[Line], page: Page) -> Row | None:
    tokens = tuple(_on_page(token, page) for line in lines for token in tokens_of(line))
    boxes = [_clipped(line.box, page) for line in lines]
    return Row(tokens, _around([*boxes, *(token.box for token in tokens)])) if tokens else None


def _on_page(token: Token, page: Page) -> Token:
    return Token(token.text, _clipped(token.box, page), token.score)


def _clipped(box: Box, page: Page) -> Box:
    left, top, right, bottom = box
    return (
        min(max(left, 0), page.width),
        min(max(top, 0), page.height),
        min(max(right, 0), page.width),
        min(max(bottom, 0), page.height),
    )


def _part(line: Line, word: Word, begin: int, stop: int) -> Box:
    """The box of the characters from *begin* to *stop* of *word*, which all are as long."""
    left, top, right, bottom = word.box
    size = len(word.text)
    lower, upper = begin / size, stop / size
    if _runs_backwards(line):
        lower, upper = 1 - upper, 1 - lower
    if is_steep(line):
        height = bottom - top
        return left, round(top + lower * height), right, round(top + upper * height)
    width = right - left
    return round(left + lower * width), top, round(left + upper * width), bottom


def is_steep(line: Line) -> bool:
    """Whether the text of *line* runs downwards, or upwards where it was read the other way round."""
    left, top, right, bottom = line.box
    return bottom - top > _STEEP * (right - left)


def _runs_backwards(line: Line) -> bool:
    """Whether *line* stands on its head: its text's first corner is then the picture's last."""
    (first_x, first_y), (second_x, _), _, (_, fourth_y) = line.polygon
    return first_y > fourth_y if is_steep(line) else first_x > second_x


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
