"""A page as formats of words have it: passages of rows of words, in reading order, with boxes that lie on the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.pipeline.result import Line, Page
from app.render.text_layer import Placed, placed_words

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels of the page."""


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
    """What stands between the spaces of *line*; joined by single spaces they are its text."""
    tokens: list[Token] = []
    is_open = False
    for placed in placed_words(line):
        if placed.text.isspace():
            is_open = False
            continue
        token = Token(placed.text, _box(placed), line.score)
        if is_open:
            last = tokens.pop()
            token = Token(last.text + token.text, _around([last.box, token.box]), line.score)
        tokens.append(token)
        is_open = True
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


def _box(placed: Placed) -> Box:
    """The upright rectangle around it."""
    xs, ys = zip(*placed.corners, strict=True)
    return round(min(xs)), round(min(ys)), round(max(xs)), round(max(ys))


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
