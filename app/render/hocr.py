"""A transcript as hOCR 1.2: a page that browsers show, whose elements say in their titles where they stand."""

from collections.abc import Iterator

from app.pipeline.result import Page
from app.render.markup import attributes, content
from app.render.passages import Box, Row, passages_of
from app.render.transcript import Transcript
from app.version import PRODUCT

_CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"


def hocr(transcript: Transcript) -> bytes:
    """UTF-8, well-formed as XML and as HTML. Identifiers count pages, passages, lines and words from 1."""
    pages = [line for number, page in enumerate(transcript.pages, 1) for line in _page(number, page)]
    return "\n".join([*_head(transcript), *pages, "</body>", "</html>", ""]).encode()


def _head(transcript: Transcript) -> Iterator[str]:
    yield "<!DOCTYPE html>"
    yield '<html xmlns="http://www.w3.org/1999/xhtml">'
    yield "<head>"
    yield '<meta charset="utf-8"/>'
    yield "<title>OCR</title>"
    named = {
        "ocr-system": f"{PRODUCT} {transcript.model}".strip(),
        "ocr-capabilities": _CAPABILITIES,
        "ocr-number-of-pages": len(transcript.pages),
    }
    if transcript.truncated:
        named["truncated"] = "true"
    for name, value in named.items():
        yield f"<meta{attributes(name=name, content=value)}/>"
    yield "</head>"
    yield "<body>"


def _page(number: int, page: Page) -> Iterator[str]:
    resolution = f"; scan_res {page.dpi:.0f} {page.dpi:.0f}" if page.dpi else ""
    title = f"{_place((0, 0, page.width, page.height))}; ppageno {page.index}{resolution}"
    yield f'<div class="ocr_page" id="page_{number}"{attributes(title=title)}>'
    for block_number, passage in enumerate(passages_of(page), 1):
        place, name = attributes(title=_place(passage.box)), f"{number}_{block_number}"
        yield f'<div class="ocr_carea" id="block_{name}"{place}>'
        yield f'<p class="ocr_par" id="par_{name}"{place}>'
        for line_number, row in enumerate(passage.rows, 1):
            yield from _line(f"{name}_{line_number}", row)
        yield "</p>"
        yield "</div>"
    yield "</div>"


def _line(name: str, row: Row) -> Iterator[str]:
    yield f'<span class="ocr_line" id="line_{name}"{attributes(title=_place(row.box))}>'
    for number, token in enumerate(row.tokens, 1):
        title = f"{_place(token.box)}; x_wconf {100 * token.score:.0f}"
        yield f'<span class="ocrx_word" id="word_{name}_{number}"{attributes(title=title)}>{content(token.text)}</span>'
    yield "</span>"


def _place(box: Box) -> str:
    return "bbox {} {} {} {}".format(*box)
