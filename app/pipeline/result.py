"""What recognition takes beside a picture, and what it gives back. All coordinates are pixels of the page as shown."""

from dataclasses import dataclass, field, fields

from app.errors import OcrError
from app.scheduling.deadline import Deadline

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What a request may choose.

    det_max_side: pixels, a side the detector sees. min_score: 0 to 1. words: whether words are told apart.
    turn_page, turn_lines: whether a page that does not lie upright, and a line that stands on its head, is found out.
    """

    det_max_side: int
    min_score: float
    words: bool = False
    turn_page: bool = False
    turn_lines: bool = False


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
class Page:
    """A picture's lines in reading order. index: of the page in its document, from 0.

    angle: 0, 90, 180 or 270, the degrees by which it lay turned clockwise; it was turned back by them, and width,
    height and all coordinates are those of the picture that stands upright.
    """

    index: int
    width: int
    height: int
    angle: int
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(line.text for line in self.lines)


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

    timings: the picture's own, which are filled as it goes.
    """

    ticket: int
    deadline: Deadline
    options: PageOptions
    timings: StageTimings = field(default_factory=StageTimings)


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page of a document that could not be read. index: from 0, in the document."""

    index: int
    error: OcrError


@dataclass(frozen=True, slots=True)
class ImageResult:
    """The pages of one image or document, or the error that befell all of it.

    failed: pages that were wanted and could not be read, beside those that were. truncated: there was more than was
    read.
    """

    pages: tuple[Page, ...] = ()
    truncated: bool = False
    error: OcrError | None = None
    failed: tuple[FailedPage, ...] = ()

    @property
    def text(self) -> str:
        """The text of all pages."""
        return "\n".join(page.text for page in self.pages)


@dataclass(frozen=True, slots=True)
class OcrResult:
    """A result an image, in the order of the request. total: seconds from its arrival.

    Pictures are worked on at the same time, and so the stages may come to more than that.
    """

    images: tuple[ImageResult, ...]
    timings: StageTimings
    total: float
