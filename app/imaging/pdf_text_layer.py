"""The text layer of a PDF's page, and whether it says all that is to be seen there."""

import math
from collections.abc import Sequence
from ctypes import c_float

from pypdfium2 import PdfPage, raw

from app.errors import ImageTooLargeError
from app.imaging.pdf_objects import has_picture, objects_on
from app.imaging.pdf_text import Glyph, glyphs_on
from app.imaging.pdf_text_lines import lines_of
from app.imaging.text_page import TextPage
from app.pipeline.layout import blocks_of
from app.pipeline.text_layer import LayerOptions, TextLayer

POINTS_AN_INCH = 72

_LEAST_CHARACTERS = 50
"""A stamp, or the number of a page, on a scan has fewer."""

_LEAST_SHARE = 0.95
"""Of the characters, that are seen, and known: a font without a table of its characters says nothing."""

_MOST_PICTURES = 0.1
"""Of the page, that pictures may cover: what is written in one is not in the layer. A logo covers less."""

_MOST_LAID_OUT = 5000
"""Lines: more take seconds, and are no page that anybody reads."""

_MOST_ANNOTATIONS = 1000
_WRITTEN_UPON = {
    raw.FPDF_ANNOT_FREETEXT,
    raw.FPDF_ANNOT_INK,
    raw.FPDF_ANNOT_REDACT,
    raw.FPDF_ANNOT_STAMP,
    raw.FPDF_ANNOT_WATERMARK,
    raw.FPDF_ANNOT_WIDGET,
}
"""Annotations that are seen, or cover what is not to be, and are in no layer: fields that were filled in, stamps."""


def read_layer(page: PdfPage, scale: float, options: LayerOptions, pages: int) -> TextPage | None:
    """The text of *page* at *scale*, pixels a point; None where what is to be seen on it is better read.

    *pages*: of the document.

    Raises:
        ImageTooLargeError: Nothing is to be read, and there is more text than anybody could.
    """
    width, height = (math.ceil(side * scale) for side in page.get_size())
    if options.wanted is TextLayer.ONLY:
        glyphs = glyphs_on(page, width, height)
    else:
        try:
            glyphs = glyphs_on(page, width, height)
        except ImageTooLargeError:
            return None
        if not _is_sound(glyphs) or not _is_all(page):
            return None
        glyphs = [glyph for glyph in glyphs if glyph.is_seen]
    lines = lines_of(glyphs, width, height, words=options.words)
    blocks = blocks_of(lines) if len(lines) <= _MOST_LAID_OUT else ()
    return TextPage(width, height, scale * POINTS_AN_INCH, pages, lines, blocks)


def _is_sound(glyphs: Sequence[Glyph]) -> bool:
    """Whether there are enough characters, nearly all of which are seen and known."""
    characters = [glyph for glyph in glyphs if not glyph.is_break and not glyph.is_space]
    good = sum(glyph.is_known and glyph.is_seen for glyph in characters)
    return good >= _LEAST_CHARACTERS and good >= _LEAST_SHARE * len(characters)


def _is_all(page: PdfPage) -> bool:
    """Whether nothing else on *page* is likely to have text in it."""
    width, height = page.get_size()
    return _picture_area(page) <= _MOST_PICTURES * width * height and not _is_written_upon(page)


def _picture_area(page: PdfPage) -> float:
    """Square points that pictures cover; a group with one in it counts for one."""
    left, bottom, right, top = (c_float() for _ in range(4))
    area = 0.0
    for thing in objects_on(page):
        if has_picture(thing) and raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top):
            area += (right.value - left.value) * (top.value - bottom.value)
    return area


def _is_written_upon(page: PdfPage) -> bool:
    count = raw.FPDFPage_GetAnnotCount(page)
    if count > _MOST_ANNOTATIONS:
        return True
    for index in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in _WRITTEN_UPON:
            return True
    return False
