"""A page's own text, as a decoder tells of it: both ends of that conversation.

What comes from a decoder is believed as little as the file that it had: it is of the types that are said here, and no
larger than it may be, or there is no text.
"""

from dataclasses import dataclass

from msgspec import DecodeError, json

from app.pipeline.block import Block
from app.pipeline.result import Line, Page
from app.pipeline.text_layer import Source
from app.processes.channel import Message

KEY = "text"
"""The head of a message with a page's text has it."""

MOST_CHARACTERS = 50_000
"""Of a page, far more than can be read on one."""

MOST_BYTES = 16 << 20
"""Of a message: so many characters, each a line and a word of its own."""


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of which no picture was made. width, height: in pixels, of the picture that would have been.

    dpi: pixels an inch. pages: of the document, of which it is one. lines: in the order in which the document has them.
    blocks: what they make up; none where they were not laid out.
    """

    width: int
    height: int
    dpi: float
    pages: int
    lines: tuple[Line, ...]
    blocks: tuple[Block, ...] = ()

    @property
    def page(self) -> Page:
        """The page, as if it had been read."""
        return Page(
            0, self.width, self.height, 0, self.lines, blocks=self.blocks, dpi=self.dpi, source=Source.TEXT_LAYER
        )


def message(page: TextPage) -> Message:
    """The message that carries *page*."""
    return Message({KEY: True}, json.encode(page))


def text_page_of(message: Message, most_pixels: int) -> TextPage:
    """The page that a :func:`message` carries, of at most so many pixels.

    Raises:
        ValueError: It is none.
    """
    try:
        page = json.decode(message.blob, type=TextPage)
    except (DecodeError, RecursionError) as error:
        raise ValueError("no text") from error
    if page.height < 1 or not 0 < page.height * page.width <= most_pixels or page.pages < 1 or page.dpi <= 0:
        raise ValueError(f"{page.height} x {page.width} pixels of {page.pages} pages at {page.dpi} dpi")
    if page.blocks and sorted(index for block in page.blocks for index in block.lines) != list(range(len(page.lines))):
        raise ValueError("blocks of other lines")
    return page
