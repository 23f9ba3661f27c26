"""What recognition takes beside a picture, and what it gives back. All coordinates are pixels of the page as shown."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum

from app.engines.detection_options import DetectionOptions
from app.errors import OcrError
from app.pipeline.block import Block
from app.pipeline.text_layer import Source
from app.pipeline.timeline import Part
from app.scheduling.deadline import Deadline

Point = tuple[int, int]


class Drawing(StrEnum):
    """A picture that can be drawn of a page.

    INPUT: as it was decoded, before any turning. PAGE: as it stands upright: what coordinates are of. TURNED: the one,
    and to its right the other. OVERLAY: the page with a coloured polygon over each line. SIDE_BY_SIDE: that, and to its
    right as much white paper on which each line's text is written where the line lies.
    """

    INPUT = "input"
    PAGE = "page"
    TURNED = "turned"
    OVERLAY = "overlay"
    SIDE_BY_SIDE = "side_by_side"


class DrawingFormat(StrEnum):
    """How drawings are encoded."""

    JPEG = "jpeg"
    PNG = "png"


Drawings = Mapping[Drawing, bytes]
"""The files of a page's drawings: of those that were asked for, and no others."""


@dataclass(frozen=True, slots=True)
class DrawingOptions:
    """What is to be drawn of each page. max_side: pixels; what is larger is made smaller, panels included.

    most_bytes: that the drawings of all pages of a request may have together. quality: of JPEG, 1 to 100.
    """

    wanted: frozenset[Drawing]
    format: DrawingFormat = DrawingFormat.JPEG
    max_side: int = 2000
    most_bytes: int = 64 << 20
    quality: int = 95


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What a request may choose.

    detection: how lines are found. min_score: 0 to 1, lines read with less are left out.
    words: whether words are told apart.
    likely_spaces: whether there is a space, too, where one was nearly read.
    turn_page, turn_lines: whether a page that does not lie upright, and a line that stands on its head, is found out.
    find_lines: else the picture is one line that is only read. read_lines: else lines are only found, and none turned.
    drawing: what is drawn of each page; None: nothing.
    """

    detection: DetectionOptions
    min_score: float
    words: bool = False
    likely_spaces: bool = False
    turn_page: bool = False
    turn_lines: bool = False
    find_lines: bool = True
    read_lines: bool = True
    drawing: DrawingOptions | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line, or a Chinese character. box: left, top, right and bottom."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, its mean character probability (0 to 1) and its quad.

    polygon: clockwise from the top left corner, as the page lies; of a line that stands on its head from its text's.
    words: in the order of the text; None where nobody asked for them.
    """

    text: str
    score: float
    polygon: tuple[Point, Point, Point, Point]
    words: tuple[Word, ...] | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the upright rectangle around the polygon."""
        xs, ys = zip(*self.polygon, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class Found:
    """A quad that the detector found, and what was read in it, whatever its score.

    polygon: clockwise from the top left corner, as the page lies, also where the line was turned. turned: the line
    stands on its head, and was read the other way round. line: where nothing was read its text is empty and its score
    0; where nobody was to read it, the detector's.
    """

    polygon: tuple[Point, Point, Point, Point]
    turned: bool
    line: Line


@dataclass(frozen=True, slots=True)
class Page:
    """A picture's lines, in PaddleOCR's order, and how a person reads them.

    index: of the page in its document, from 0.
    angle: 0, 90, 180 or 270, the degrees by which it lay turned clockwise; it was turned back by them, and width,
    height and all coordinates are those of the picture that stands upright.
    lines: those that have text, and score enough; of a request that only finds lines all, without text and with the
    detector's score. found: every line that could be cut out, in the same order.
    blocks: what the lines make up, in reading order, each line once; none where they were not laid out.
    dpi: pixels an inch; None where the file does not tell. source: where the lines come from; None where nobody asked.
    """

    index: int
    width: int
    height: int
    angle: int
    lines: tuple[Line, ...]
    found: tuple[Found, ...] = ()
    blocks: tuple[Block, ...] = ()
    dpi: float | None = None
    source: Source | None = None

    @property
    def text(self) -> str:
        """The rows, one below the other, with an empty line between blocks; of a page without blocks its lines."""
        if not self.blocks:
            return "\n".join(line.text for line in self.lines if line.text)
        return "\n\n".join(text for block in self.blocks if (text := block.text))

    @property
    def in_reading_order(self) -> tuple[Line, ...]:
        """The lines, block by block; of a page without blocks as they are."""
        return tuple(self.lines[index] for block in self.blocks for index in block.lines) or self.lines


@dataclass(slots=True)
class StageTimings:
    """Seconds spent in each stage; of several pictures, their sum. Filled while a request is worked on."""

    queue: float = 0.0
    decode: float = 0.0
    detect: float = 0.0
    crop: float = 0.0
    orient: float = 0.0
    recognise: float = 0.0
    assemble: float = 0.0

    def add(self, more: "StageTimings") -> None:
        """Add the seconds of *more*, stage by stage."""
        for name, seconds in more.items():
            setattr(self, name, getattr(self, name) + seconds)

    def items(self) -> list[tuple[str, float]]:
        """Stage names and their seconds, in the order in which they run."""
        return [(stage.name, getattr(self, stage.name)) for stage in fields(self)]


@dataclass(frozen=True, slots=True)
class Run:
    """A picture of a request under way. ticket: the request's place in the order of admission.

    timings: the picture's own, which are filled as it goes. parts: when it was worked on; None where nobody asks.
    """

    ticket: int
    deadline: Deadline
    options: PageOptions
    timings: StageTimings = field(default_factory=StageTimings)
    parts: list[Part] | None = None

    @contextmanager
    def stage(self, stage: str, part: str = "") -> Iterator[None]:
        """Count what is done within the block, and fails or not, as time of *stage*. part: its own name, if another."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            ended = time.perf_counter()
            setattr(self.timings, stage, getattr(self.timings, stage) + ended - begun)
            if self.parts is not None:
                self.parts.append(Part(part or stage, begun, ended))


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page of a document that could not be read. index: from 0, in the document."""

    index: int
    error: OcrError


@dataclass(frozen=True, slots=True)
class ImageResult:
    """The pages of one image or document, or the error that befell all of it.

    failed: pages that were wanted and could not be read, beside those that were. truncated: there was more than was
    read. count: pages of the file, wanted or not.
    drawings: those of each of the pages, in their order; empty where nobody asked for any.
    """

    pages: tuple[Page, ...] = ()
    truncated: bool = False
    error: OcrError | None = None
    failed: tuple[FailedPage, ...] = ()
    drawings: tuple[Drawings, ...] = ()
    count: int = 1

    @property
    def text(self) -> str:
        """The text of all pages that have one, with an empty line between them."""
        return "\n\n".join(text for page in self.pages if (text := page.text))


@dataclass(frozen=True, slots=True)
class OcrResult:
    """A result an image, in the order of the request. total: seconds from its arrival.

    Pictures are worked on at the same time, and so the stages may come to more than that.
    """

    images: tuple[ImageResult, ...]
    timings: StageTimings
    total: float
