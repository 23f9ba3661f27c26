"""Umi-OCR's parsers: the order in which lines are told, and what stands between two of them.

By Umi-OCR's names of them columns are read one after the other (``multi``) or as one (``single``), and there is a line
break behind each line (``line``), behind a paragraph (``para``) or nowhere (``none``).
"""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from app.pipeline.block import Block, Row
from app.pipeline.result import ImageResult, Line, Page
from app.protocols.image_lines import as_sent, lines_of, pages_of
from app.protocols.umi_options import Wanted

_BREAK = "\n"
_FEWEST_LETTERS = 2
"""That have to fit behind a row for its end to be one: letters are not all as wide as each other."""

Paragraph = list[Line]


def laid_out(image: ImageResult, wanted: Wanted) -> list[tuple[Line, str]]:
    """The lines of *image* as *wanted*, each with what stands behind it.

    Raises:
        OcrError: See :func:`app.protocols.image_lines.pages_of`.
    """
    match wanted.parser:
        case "multi_para" | "multi_line" | "multi_none":
            paragraphs = [each for page in pages_of(image) for each in _paragraphs(page)]
        case _:
            paragraphs = [lines_of(image)]
    kept = [[line for line in paragraph if wanted.keeps(line)] for paragraph in paragraphs]
    if wanted.parser in ("multi_none", "single_none"):
        kept = [[line for paragraph in kept for line in paragraph]]
    joins = wanted.parser in ("multi_para", "multi_none", "single_none")
    return [each for paragraph in kept for each in _ended(paragraph, joins=joins)]


def _ended(lines: Paragraph, *, joins: bool) -> Iterator[tuple[Line, str]]:
    """*lines*, the last with a line break, the others likewise unless what they say is to be joined."""
    for line, following in pairwise(lines):
        yield line, _between(line.text, following.text) if joins else _BREAK
    for line in lines[-1:]:
        yield line, _BREAK


def _between(text: str, following: str) -> str:
    """A space, unless a wide letter, as Chinese has them, stands on either side, or a word goes on behind a hyphen."""
    if text.endswith("-") or any(map(_is_wide, text[-1:] + following[:1])):
        return ""
    return " "


def _paragraphs(page: Page) -> Iterator[Paragraph]:
    """The lines of *page* in reading order, at their places as it was sent, in natural paragraphs."""
    if not page.blocks:
        yield from ([as_sent(line, page)] for line in page.lines)
    for block in page.blocks:
        paragraph: Paragraph = []
        for index, row in enumerate(block.rows):
            paragraph += (as_sent(page.lines[line], page) for line in row.lines)
            if not _goes_on(block, index):
                yield paragraph
                paragraph = []


def _goes_on(block: Block, index: int) -> bool:
    """Whether the row at *index* is full, so that the next one goes on with it.

    It ends a paragraph where there was room for what the next one begins with. The rows of a table are each its own.
    """
    row, *others = block.rows[index : index + 2]
    if not others or "\t" in row.text + others[0].text or not others[0].text.strip():
        return False
    following = others[0].text
    letters = 1 if _is_wide(following[0]) else len(following.split(maxsplit=1)[0]) + 1
    letter = _length(others[0], block) / len(following)
    return _room(row, block) < letter * max(letters, _FEWEST_LETTERS)


def _length(row: Row, block: Block) -> int:
    left, top, right, bottom = row.box
    return bottom - top if block.vertical else right - left


def _room(row: Row, block: Block) -> int:
    """Pixels from the end of *row* to that of *block*."""
    end = 3 if block.vertical else 2
    return block.box[end] - row.box[end]


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
