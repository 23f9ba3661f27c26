"""A transcript as ALTO 4.2, the XML that libraries and archives keep."""

from collections.abc import Iterator

from app.pipeline.result import Page
from app.render.markup import attributes, content
from app.render.passages import Box, Row, passages_of
from app.render.transcript import Transcript
from app.version import NAME, VERSION

_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def alto(transcript: Transcript) -> bytes:
    """UTF-8; pixels of each page. PHYSICAL_IMG_NR: of the page in its document, from 1."""
    pages = [line for number, page in enumerate(transcript.pages, 1) for line in _page(number, page)]
    return "\n".join([*_head(transcript), *pages, "</Layout>", "</alto>", ""]).encode()


def _head(transcript: Transcript) -> Iterator[str]:
    location = {"xsi:schemaLocation": f"{_NAMESPACE} {_SCHEMA}"}
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<alto{attributes(xmlns=_NAMESPACE, **{'xmlns:xsi': _INSTANCE}, **location)}>"
    yield "<Description>"
    yield "<MeasurementUnit>pixel</MeasurementUnit>"
    yield '<Processing ID="ocr">'
    yield "<processingCategory>contentGeneration</processingCategory>"
    settings = ["truncated: true"] if transcript.truncated else []
    if transcript.model:
        settings.insert(0, f"model: {transcript.model}")
    if settings:
        yield f"<processingStepSettings>{content('; '.join(settings))}</processingStepSettings>"
    yield "<processingSoftware>"
    yield f"<softwareName>{content(NAME)}</softwareName>"
    yield f"<softwareVersion>{content(VERSION)}</softwareVersion>"
    yield "</processingSoftware>"
    yield "</Processing>"
    yield "</Description>"
    yield "<Layout>"


def _page(number: int, page: Page) -> Iterator[str]:
    size = attributes(WIDTH=page.width, HEIGHT=page.height)
    yield f'<Page ID="page_{number}" PHYSICAL_IMG_NR="{page.index + 1}" PROCESSINGREFS="ocr"{size}>'
    yield f'<PrintSpace HPOS="0" VPOS="0"{size}>'
    for block_number, passage in enumerate(passages_of(page), 1):
        name = f"{number}_{block_number}"
        yield f'<TextBlock ID="block_{name}"{_place(passage.box)}>'
        for line_number, row in enumerate(passage.rows, 1):
            yield from _line(f"{name}_{line_number}", row)
        yield "</TextBlock>"
    yield "</PrintSpace>"
    yield "</Page>"


def _line(name: str, row: Row) -> Iterator[str]:
    yield f'<TextLine ID="line_{name}"{_place(row.box)}>'
    for number, token in enumerate(row.tokens, 1):
        if number > 1:
            yield "<SP/>"
        confidence = f"{token.score:.4f}"
        read = attributes(CONTENT=token.text, WC=confidence)
        yield f'<String ID="string_{name}_{number}"{_place(token.box)}{read}/>'
    yield "</TextLine>"


def _place(box: Box) -> str:
    left, top, right, bottom = box
    return attributes(HPOS=left, VPOS=top, WIDTH=right - left, HEIGHT=bottom - top)
