"""The formats in which the native dialect answers, and how one is chosen: a row of a table is all there is of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from app.errors import InvalidOptionError
from app.pipeline.result import Drawing, DrawingFormat, DrawingOptions, OcrResult, PageOptions
from app.protocols.media_ranges import preferred
from app.protocols.wire import Reply
from app.render.alto import alto
from app.render.hocr import hocr
from app.render.plain_text import plain_text
from app.render.searchable_pdf import searchable_pdf
from app.render.transcript import Transcript, transcript_of
from app.render.tsv import tsv

_NOTHING_RUNS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
"""A browser shows hOCR as a page of this service's own origin."""

_OF_PDF = DrawingOptions(frozenset({Drawing.PAGE}), DrawingFormat.JPEG, max_side=4000, quality=80)
"""A page of A4 has 3508 pixels at 300 dpi."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of answers.

    name: as the option has it. media_types: that ``Accept`` may name; where the option names the format the first is
    answered. suffix: of files in it. write: a transcript's bytes; None: JSON, which holds more than a transcript does.
    words: whether it is made of words. drawing: what must be drawn of each page for it. one_page: it holds no more.
    is_text: its bytes are UTF-8. headers: that go with it.
    """

    name: str
    media_types: tuple[str, ...]
    suffix: str
    write: Callable[[Transcript], bytes] | None = None
    words: bool = False
    drawing: DrawingOptions | None = None
    one_page: bool = False
    is_text: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def _drawn(kind: Drawing, transcript: Transcript) -> bytes:
    """The file of the first page's drawing."""
    return transcript.drawings[0][kind]


def _annotated(name: str, encoding: DrawingFormat, suffix: str) -> Format:
    return Format(
        name,
        (f"image/{name}",),
        suffix,
        partial(_drawn, Drawing.OVERLAY),
        drawing=DrawingOptions(frozenset({Drawing.OVERLAY}), encoding),
        one_page=True,
    )


JSON = Format("json", ("application/json",), ".json")
NDJSON = Format("ndjson", ("application/x-ndjson",), ".ndjson")
"""JSON by pages, sent as they are read: see `app.protocols.ndjson`."""

_TABLE = (
    JSON,
    NDJSON,
    Format("text", ("text/plain",), ".txt", plain_text, is_text=True),
    Format("tsv", ("text/tab-separated-values",), ".tsv", tsv, words=True, is_text=True),
    Format(
        "hocr",
        ("text/html", "text/vnd.hocr+html"),
        ".hocr",
        hocr,
        words=True,
        is_text=True,
        headers=_NOTHING_RUNS,
    ),
    Format("alto", ("application/xml", "application/alto+xml", "text/xml"), ".xml", alto, words=True, is_text=True),
    Format("pdf", ("application/pdf",), ".pdf", searchable_pdf, words=True, drawing=_OF_PDF),
    _annotated("png", DrawingFormat.PNG, ".png"),
    _annotated("jpeg", DrawingFormat.JPEG, ".jpg"),
)

FORMATS: Mapping[str, Format] = {each.name: each for each in _TABLE}
"""Every format by its name."""

_BY_MEDIA_TYPE = {media_type: each for each in _TABLE for media_type in each.media_types}


@dataclass(frozen=True, slots=True)
class Choice:
    """A format, and which of its media types is answered; empty: the first."""

    format: Format
    media_type: str = ""


JSON_CHOICE = Choice(JSON)


def by_accept(accept: str) -> Choice:
    """What *accept* likes best, of equals the first in the table; JSON where it likes nothing that there is."""
    media_type = preferred(accept, list(_BY_MEDIA_TYPE))
    return Choice(_BY_MEDIA_TYPE[media_type], media_type) if media_type else JSON_CHOICE


def page_options_for(wanted: Format, options: PageOptions) -> PageOptions:
    """*options*, and what a format needs beyond them.

    Raises:
        InvalidOptionError: Pictures of pages are wanted, for which JSON alone, whole or by pages, has a place.
    """
    if wanted in (JSON, NDJSON):
        return options
    if options.drawing:
        raise InvalidOptionError(f"picture goes with json and ndjson alone, not with {wanted.name}")
    return replace(options, words=options.words or wanted.words, drawing=wanted.drawing)


def in_format(choice: Choice, result: OcrResult, model: str, headers: Mapping[str, str]) -> Reply:
    """*result* in a format other than JSON, sent with *headers*.

    Raises:
        OcrError: An image or a page could not be read.
    """
    wanted = choice.format
    assert wanted.write is not None  # noqa: S101
    body = wanted.write(transcript_of(result.images, model))
    media_type = choice.media_type or wanted.media_types[0]
    charset = "; charset=utf-8" if wanted.is_text else ""
    return Reply(body, media_type=media_type + charset, headers={**headers, **wanted.headers})
