"""The characters that a PDF's page says stand on it, and where, in the pixels of the page as it is rendered."""

import math
import unicodedata
from collections.abc import Iterator
from ctypes import c_int
from dataclasses import dataclass
from typing import Any

from pypdfium2 import PdfPage, raw

from app.errors import ImageTooLargeError
from app.imaging.text_page import MOST_CHARACTERS

_FINE = 1_000_000
"""Pixels of a side at which PDFium is asked where things are: it answers in whole ones."""

_BREAKS = "\r\n"
_HYPHEN = 2
"""PDFium's own code for a hyphen at the end of a line."""

_UNKNOWN = "\ufffd"
_CONTROLS = {"Cc", "Cs"}
_NOBODYS = {"Cn", "Co"}
"""Categories of what Unicode has no meaning for: fonts put their symbols there, or anything."""

_UNSEEN = {raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP}


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character. box: left, top, right and bottom, pixels. direction: in which its line runs, right and down.

    is_break: nothing but the end of a line. is_known: it has a meaning that everybody knows. is_seen: it is painted;
    what lies behind a scan is not.
    """

    text: str
    box: tuple[float, float, float, float]
    direction: tuple[float, float]
    is_break: bool = False
    is_known: bool = True
    is_seen: bool = True

    @property
    def is_space(self) -> bool:
        """Whether there is nothing to be seen of it anyhow."""
        return self.text.isspace()


@dataclass(frozen=True, slots=True)
class _Placing:
    """From a page's own points, whichever way it is turned and cut, to the pixels of its picture.

    origin: where the point (0, 0) lies. right, up: by what a point to the right, and one up, moves in the picture.
    """

    origin: tuple[float, float]
    right: tuple[float, float]
    up: tuple[float, float]

    @classmethod
    def of(cls, page: PdfPage, width: int, height: int) -> "_Placing":
        x, y = c_int(), c_int()

        def place(*point: float) -> tuple[float, float]:
            raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, *point, x, y)
            return x.value * width / _FINE, y.value * height / _FINE

        span = max(page.get_size())  # the further apart, the finer
        origin, right, up = place(0, 0), place(span, 0), place(0, span)
        return cls(
            origin,
            ((right[0] - origin[0]) / span, (right[1] - origin[1]) / span),
            ((up[0] - origin[0]) / span, (up[1] - origin[1]) / span),
        )

    def turn(self, x: float, y: float) -> tuple[float, float]:
        return x * self.right[0] + y * self.up[0], x * self.right[1] + y * self.up[1]

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        one, other = self.turn(left, bottom), self.turn(right, top)
        (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        return self.origin[0] + x0, self.origin[1] + y0, self.origin[0] + x1, self.origin[1] + y1

    def direction(self, angle: float) -> tuple[float, float]:
        """That of text which is turned clockwise by *angle*, in radians, on the page; of length 1."""
        x, y = self.turn(math.cos(angle), -math.sin(angle))
        length = math.hypot(x, y) or 1.0
        return x / length, y / length


def glyphs_on(page: PdfPage, width: int, height: int) -> list[Glyph]:
    """The characters of *page* that lie on it, and the ends of its lines, in the document's order.

    *width*, *height*: pixels of the rendered page.

    Raises:
        ImageTooLargeError: There are more than anybody could read.
    """
    text = raw.FPDFText_LoadPage(page)
    if not text:
        return []
    try:
        count = raw.FPDFText_CountChars(text)
        if count > MOST_CHARACTERS:
            raise ImageTooLargeError(f"{count} characters of text on a page > {MOST_CHARACTERS} allowed")
        glyphs = list(_glyphs(text, count, _Placing.of(page, width, height)))
    finally:
        raw.FPDFText_ClosePage(text)
    return [glyph for glyph in glyphs if glyph.is_break or _lies_on(glyph, width, height)]


def _glyphs(text: Any, count: int, placing: _Placing) -> Iterator[Glyph]:
    area = raw.FS_RECTF()
    for index in range(count):
        character = _character(raw.FPDFText_GetUnicode(text, index))
        if not raw.FPDFText_GetLooseCharBox(text, index, area):
            continue
        is_generated = raw.FPDFText_IsGenerated(text, index) == 1
        is_known = is_generated or not raw.FPDFText_HasUnicodeMapError(text, index)
        thing = None if is_generated else raw.FPDFText_GetTextObject(text, index)
        yield Glyph(
            character,
            placing.box(area.left, area.bottom, area.right, area.top),
            placing.direction(raw.FPDFText_GetCharAngle(text, index)),
            is_break=character in _BREAKS,
            is_known=is_known and character != _UNKNOWN and unicodedata.category(character) not in _NOBODYS,
            is_seen=not thing or raw.FPDFTextObj_GetTextRenderMode(thing) not in _UNSEEN,
        )


def _character(code: int) -> str:
    """The character of a code; what is none, or would do something to a terminal, is Unicode's for the unknown."""
    if code == _HYPHEN:
        return "-"
    if not 0 < code <= 0x10FFFF:
        return _UNKNOWN
    character = chr(code)
    is_control = unicodedata.category(character) in _CONTROLS and not character.isspace()
    return _UNKNOWN if is_control else character


def _lies_on(glyph: Glyph, width: int, height: int) -> bool:
    left, top, right, bottom = glyph.box
    return 0 <= left + right <= 2 * width and 0 <= top + bottom <= 2 * height
