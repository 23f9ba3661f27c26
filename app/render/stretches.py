"""A line as runs of letters and of spaces, each with its share of the line's length."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.pipeline.result import Line

_RUN = re.compile(r"\s+|\S+")
_STEEP = 1.5
"""Beyond this height by width of its box a line is read from top to bottom, as its words are measured."""

_RIM = 0.15
"""Of a line's height, between the end of the line and its outermost letter, as lines are found."""

_BEFORE, _BEHIND = 0.2, 0.15
"""Of a line's height: so far a word reaches before the place where its first letter was read, and behind its last."""

_LEAST_SPACE = 0.15
"""Of a line's height: where there is less between words readers see no space."""

_WIDE, _WIDE_IN_CHINESE = 0.9, 0.4
"""Of a line's height: gaps that are left open, though they were read as no space. A wide comma leaves half a height."""

_WHOLE = re.compile("[\u4e00-\u9fff]")
"""Characters that are measured as wide as they are, and not only where they were read."""


@dataclass(slots=True)
class Stretch:
    """Letters or spaces. begin, end: shares of the line's length, from its text's beginning."""

    text: str
    begin: float
    end: float

    @property
    def is_space(self) -> bool:
        """Whether nothing is to be seen there."""
        return self.text.isspace()


def stretches_of(line: Line) -> list[Stretch]:
    """The stretches of *line* from one end to the other; but for wide gaps each ends where the next begins.

    Else readers would see a space in a small gap: a comma would be a word of its own. Where nobody told words apart
    the line is divided evenly.
    """
    height = _height(line)
    if not line.words:
        return list(_divided(line.text, min(_RIM * height, 0.25), max(1 - _RIM * height, 0.75)))
    stretches: list[Stretch] = []
    for stretch in _measured(line):
        _widen(stretch, height)
        if stretches:
            _join(stretches, stretch, height)
        stretches.append(stretch)
    stretches[0].begin = min(stretches[0].begin, _RIM * height)
    stretches[-1].end = max(stretches[-1].end, 1 - _RIM * height)
    return stretches


def is_steep(line: Line) -> bool:
    """Whether the text of *line* runs downwards, or upwards where it was read the other way round."""
    left, top, right, bottom = line.box
    return bottom - top > _STEEP * (right - left)


def _measured(line: Line) -> Iterator[Stretch]:
    """Words are measured on the axis of the page that is nearest to the line."""
    axis, last = (1, line.polygon[3]) if is_steep(line) else (0, line.polygon[1])
    first = line.polygon[0][axis]
    length = last[axis] - first or 1
    for word in line.words or ():
        begin, end = sorted((word.box[side] - first) / length for side in (axis, axis + 2))
        yield from _divided(word.text, begin, end)


def _divided(text: str, begin: float, end: float) -> Iterator[Stretch]:
    """The runs of *text*, which fills what is between *begin* and *end* with characters of one size."""
    for run in _RUN.finditer(text):
        first, last = (begin + (end - begin) * place / len(text) for place in run.span())
        yield Stretch(run[0], first, last)


def _height(line: Line) -> float:
    """As a share of the line's length."""
    left, top, right, bottom = line.box
    sides = right - left, bottom - top
    return min(sides) / (max(sides) or 1)


def _widen(stretch: Stretch, height: float) -> None:
    """Give letters the room that they have beside where they were read."""
    if stretch.is_space:
        return
    if not _WHOLE.match(stretch.text[0]):
        stretch.begin -= _BEFORE * height
    if not _WHOLE.match(stretch.text[-1]):
        stretch.end += _BEHIND * height


def _join(stretches: list[Stretch], stretch: Stretch, height: float) -> None:
    """Let *stretch* begin where the last of *stretches* ends; spaces have the room that letters leave, and some."""
    last = stretches[-1]
    if stretch.is_space:
        stretch.begin = last.end
    elif not last.is_space:
        _close(last, stretch, height)
    else:
        lacking = max(0.0, _LEAST_SPACE * height - (stretch.begin - last.begin)) / 2
        stretch.begin += lacking
        last.begin -= lacking
        last.end = stretch.begin
        if len(stretches) > 1:
            stretches[-2].end = last.begin


def _close(one: Stretch, other: Stretch, height: float) -> None:
    """Close a gap between letters, unless it is wide: Chinese characters have their size, other letters the rest."""
    is_whole, next_is_whole = bool(_WHOLE.match(one.text[-1])), bool(_WHOLE.match(other.text[0]))
    gap = other.begin - one.end
    if gap > height * (_WIDE_IN_CHINESE if is_whole and next_is_whole else _WIDE):
        return
    edge = (one.end + other.begin) / 2
    if gap > 0 and is_whole != next_is_whole:
        edge = one.end if is_whole else other.begin
    one.end = other.begin = edge
