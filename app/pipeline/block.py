"""What a page's lines make up: rows, and blocks of them."""

from dataclasses import dataclass

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels of the page."""


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that follow each other without a line break: a line of text, or the cells of a table side by side.

    lines: their indexes in the page's lines, as they are read. text: theirs, with what stands between them: a space,
    a tab where the gap is wide, nothing between Chinese or Japanese characters. box: the upright rectangle around them.
    """

    lines: tuple[int, ...]
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together, in reading order: a paragraph, a heading, a table.

    vertical: the text runs downwards, and rows follow each other from right to left.
    """

    rows: tuple[Row, ...]
    vertical: bool = False

    @property
    def text(self) -> str:
        """The rows that have text, one below the other."""
        return "\n".join(row.text for row in self.rows if row.text)

    @property
    def lines(self) -> tuple[int, ...]:
        """Indexes of the page's lines, as they are read."""
        return tuple(index for row in self.rows for index in row.lines)

    @property
    def box(self) -> Box:
        """The upright rectangle around its rows."""
        return box_around([row.box for row in self.rows])


def box_around(boxes: list[Box]) -> Box:
    """The upright rectangle around *boxes*, of which there is one at least."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
