"""What a PDF's page is made of, as PDFium's own handles: there may be many."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from pypdfium2 import PdfPage, raw

_MOST, _DEEPEST = 10_000, 8
"""So far is looked: a scan is alone on its page, and drawings have a million lines."""


def objects_on(page: PdfPage) -> Iterator[Any]:
    """What lies on *page*; of groups only the group."""
    return islice(_of_page(page), _MOST)


def pictures_on(page: PdfPage) -> Iterator[Any]:
    """The pictures on *page*, those in groups included."""
    return filter(is_picture, islice(_all(_of_page(page)), _MOST))


def has_picture(thing: Any) -> bool:
    """Whether *thing* is a picture, or a group with one in it."""
    return any(map(is_picture, islice(_all(iter([thing])), _MOST)))


def is_picture(thing: Any) -> bool:
    """Whether *thing* is a picture itself."""
    return bool(raw.FPDFPageObj_GetType(thing) == raw.FPDF_PAGEOBJ_IMAGE)


def _of_page(page: PdfPage) -> Iterator[Any]:
    return _numbered(raw.FPDFPage_CountObjects(page), partial(raw.FPDFPage_GetObject, page))


def _numbered(count: int, get: Callable[[int], Any]) -> Iterator[Any]:
    return map(get, range(count))


def _all(things: Iterator[Any], depth: int = 0) -> Iterator[Any]:
    """*things*, and behind each group what is in it."""
    for thing in things:
        yield thing
        if depth < _DEEPEST and raw.FPDFPageObj_GetType(thing) == raw.FPDF_PAGEOBJ_FORM:
            inside = _numbered(raw.FPDFFormObj_CountObjects(thing), partial(raw.FPDFFormObj_GetObject, thing))
            yield from _all(inside, depth + 1)
