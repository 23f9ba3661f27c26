"""Characters to lines, as they would be found in a picture: a gap as wide as a column's ends one."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.imaging.pdf_text import Glyph
from app.pipeline.result import Line, Point, Word

_GAP = 1.2
"""Of a line's height: what stands further apart are two lines, in two columns or cells."""

_BROKEN_GAP = 0.3
"""The same where the document says that a line ends: it does so wherever the height changes."""

_ASIDE, _BELOW = 0.25, 0.5
"""Of a character's height: how far the next one may be moved to a side, and away, where a line runs downwards."""

_STEP = 0.7
"""Of a line's height: what stands so much higher or lower is another line; an exponent stands less."""

_TURN = math.cos(math.radians(5))
"""What is turned by more is another line."""

_SQUARE = 0.999
"""Of the cosine: what lies so nearly along a side of the page has boxes that fit."""

_CERTAIN = 1.0
"""The score of what nobody had to guess."""


def lines_of(glyphs: Sequence[Glyph], width: int, height: int, *, words: bool) -> tuple[Line, ...]:
    """The lines of a page of so many pixels, in the order of its characters; *words*: with them told apart."""
    lines = (_line(run, (width, height), words=words) for run in _runs(glyphs))
    return tuple(line for line in lines if line.text)


def _runs(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """The characters of each line; spaces at its ends included."""
    run: list[Glyph] = []
    last: Glyph | None = None
    is_broken = False
    for glyph in glyphs:
        is_broken = is_broken or glyph.is_break
        if glyph.is_break:
            continue
        if not glyph.is_space:
            if last and not _follows(last, glyph, is_broken=is_broken):
                yield run
                run = []
            last, is_broken = glyph, False
        run.append(glyph)
    yield run


def _follows(last: Glyph, glyph: Glyph, *, is_broken: bool) -> bool:
    """Whether *glyph* stands on the same line as *last*, on whichever side of it: some scripts run to the left.

    *is_broken*: the document ends a line between them, as it does before an exponent.
    """
    x, y = last.direction
    if x * glyph.direction[0] + y * glyph.direction[1] < _TURN:
        return False
    one, other = _Extent.of([last], last.direction), _Extent.of([glyph], last.direction)
    size = max(one.bottom - one.top, other.bottom - other.top)
    gap = max(other.begin - one.end, one.begin - other.end)
    step = abs(one.top + one.bottom - other.top - other.bottom) / 2
    if step <= _STEP * size:
        return gap <= (_BROKEN_GAP if is_broken else _GAP) * size
    is_below = abs(one.begin + one.end - other.begin - other.end) / 2 <= _ASIDE * size
    is_next = abs(other.top - one.bottom) <= _BELOW * size
    return is_below and is_next and not is_broken and _may_stand_below(last.text) and _may_stand_below(glyph.text)


def _may_stand_below(text: str) -> bool:
    """Whether lines of *text* may run from top to bottom, as those of Chinese and Japanese do."""
    return unicodedata.east_asian_width(text) in {"W", "F"}


@dataclass(frozen=True, slots=True)
class _Extent:
    """What characters take up along the direction in which they run, and across it; pixels, from the page's corner."""

    begin: float
    end: float
    top: float
    bottom: float

    @classmethod
    def of(cls, glyphs: Sequence[Glyph], direction: tuple[float, float]) -> "_Extent":
        x, y = direction
        corners = [corner for glyph in glyphs for corner in _corners(glyph)]
        along = [x * across + y * down for across, down in corners]
        aside = [x * down - y * across for across, down in corners]
        return cls(min(along), max(along), min(aside), max(aside))


def _corners(glyph: Glyph) -> list[tuple[float, float]]:
    """Of what it takes up: of its box, or, where it is askew, of half as much around its middle."""
    left, top, right, bottom = glyph.box
    if max(map(abs, glyph.direction)) < _SQUARE:
        left, right = (3 * left + right) / 4, (left + 3 * right) / 4
        top, bottom = (3 * top + bottom) / 4, (top + 3 * bottom) / 4
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _line(run: Sequence[Glyph], page: tuple[int, int], *, words: bool) -> Line:
    seen = [glyph for glyph in run if not glyph.is_space]
    text = " ".join("".join(glyph.text for glyph in run).split())
    if not seen:
        return Line("", _CERTAIN, ((0, 0),) * 4)
    polygon = _polygon(_Extent.of(seen, seen[0].direction), seen[0].direction, page)
    found = tuple(_word(part, page) for part in _words(run)) if words else None
    return Line(text, _CERTAIN, polygon, found)


def _polygon(
    extent: _Extent, direction: tuple[float, float], page: tuple[int, int]
) -> tuple[Point, Point, Point, Point]:
    """Clockwise from the top left corner: of text that runs to a side of the page from the text's, else the page's."""
    x, y = direction
    places = [
        (extent.begin, extent.top),
        (extent.end, extent.top),
        (extent.end, extent.bottom),
        (extent.begin, extent.bottom),
    ]
    points = [_on_page((x * along - y * aside, y * along + x * aside), page) for along, aside in places]
    if abs(y) > abs(x):
        first = min(range(4), key=lambda index: sum(points[index]))
        points = points[first:] + points[:first]
    first_point, second, third, fourth = points
    return first_point, second, third, fourth


def _on_page(point: tuple[float, float], page: tuple[int, int]) -> Point:
    x, y = (max(0, min(side, round(place))) for place, side in zip(point, page, strict=True))
    return x, y


def _words(run: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """What stands between spaces; each Chinese character by itself, as in what is read."""
    word: list[Glyph] = []
    for glyph in run:
        is_alone = "\u4e00" <= glyph.text <= "\u9fff"
        if word and (glyph.is_space or is_alone):
            yield word
            word = []
        if is_alone:
            yield [glyph]
        elif not glyph.is_space:
            word.append(glyph)
    if word:
        yield word


def _word(glyphs: Sequence[Glyph], page: tuple[int, int]) -> Word:
    lefts, tops, rights, bottoms = zip(*(glyph.box for glyph in glyphs), strict=True)
    left, top = _on_page((min(lefts), min(tops)), page)
    right, bottom = _on_page((max(rights), max(bottoms)), page)
    return Word("".join(glyph.text for glyph in glyphs), (left, top, right, bottom))
