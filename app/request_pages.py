"""The pages of a request while they are read, and the order in which is told what came of them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from app.errors import OcrError, RequestError
from app.pipeline.document_options import DocumentOptions
from app.pipeline.drawing_allowance import DrawingAllowance
from app.pipeline.progress import Progress
from app.pipeline.result import Drawings, FailedPage, ImageResult, Page, Run, StageTimings
from app.pipeline.text_layer import LayerOptions, Source, TextLayer
from app.pipeline.timeline import PageTimes, Timeline


@dataclass(slots=True)
class Sheet:
    """A page while it is read, and what comes of it. source: of what is read, where that is asked for."""

    index: int
    run: Run
    allowance: DrawingAllowance
    source: Source | None = None
    page: Page | None = None
    drawings: Drawings | None = None
    is_first_of_frames: bool = False
    error: RequestError | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was read, or is known to be unreadable."""
        return self.page is not None or self.error is not None

    @property
    def outcome(self) -> Page | FailedPage:
        """What it came to, once it is done."""
        if self.page:
            return self.page
        assert self.error  # noqa: S101 - it is done
        return FailedPage(self.index, self.error)


@dataclass(slots=True)
class Reading:
    """An image of a request while it is read. number: from 0. run: the request's, of which each page has one like it.

    timeline: the request's, if it has one. count: pages of its file, once that is known.
    """

    image: bytes | RequestError
    documents: DocumentOptions
    run: Run
    allowance: DrawingAllowance
    number: int = 0
    timeline: Timeline | None = None
    has_more: bool = False
    count: int = 1
    sheets: list[Sheet] = field(default_factory=list)

    @property
    def layer(self) -> LayerOptions | None:
        """What is wanted of its pages' own text."""
        wanted = self.documents.text_layer
        return None if wanted is TextLayer.NEVER else LayerOptions(wanted, self.run.options.words)

    def sheet(self, index: int) -> Sheet:
        """One more page of it."""
        source = Source.OCR if self.layer else None
        run = replace(self.run, timings=StageTimings(), parts=None if self.timeline is None else [])
        self.sheets.append(Sheet(index, run, self.allowance, source))
        return self.sheets[-1]

    @contextmanager
    def timed(self, sheet: Sheet) -> Iterator[None]:
        """Have what is done within the block for *sheet*, and fails or not, in the timeline, where there is one."""
        begun, code = time.perf_counter(), ""
        try:
            yield
        except BaseException as error:
            code = error.code if isinstance(error, OcrError) else OcrError.code
            raise
        finally:
            if self.timeline is not None:
                ended, parts = time.perf_counter(), sheet.run.parts or []
                self.timeline.pages.append(PageTimes(self.number, sheet.index, begun, ended, parts, code))

    def result(self) -> ImageResult:
        """What was read, in order; where that is nothing, the first page's error."""
        pages = tuple(sheet.page for sheet in self.sheets if sheet.page)
        failed = tuple(FailedPage(sheet.index, sheet.error) for sheet in self.sheets if sheet.error)
        if not pages:
            return ImageResult(error=failed[0].error)
        truncated = self.has_more or any(sheet.is_first_of_frames for sheet in self.sheets)
        drawings = tuple(sheet.drawings for sheet in self.sheets if sheet.drawings is not None)
        return ImageResult(pages, truncated, failed=failed, drawings=drawings, count=self.count)


class PagesInOrder:
    """Tells of the pages of a request in their order: of each as soon as it and all before it are done. Thread-safe.

    What cannot be read is told once something was: an image of which nothing can be is an error, and so is a request.
    """

    def __init__(self, readings: Sequence[Reading], tell: Callable[[Progress], None]) -> None:
        """*tell* must not block."""
        self._tell = tell
        self._lock = threading.Lock()
        self._news = self._in_order(readings)
        self._withheld: list[Progress] = []
        self._has_told = False

    def progressed(self) -> None:
        """A page is done: to be called by whoever has worked on it."""
        with self._lock:
            for progress in self._news:
                if progress is None:  # the next page is not done yet
                    return
                self._withheld.append(progress)
                self._has_told = self._has_told or isinstance(progress.outcome, Page)
                if self._has_told:
                    told, self._withheld = self._withheld, []
                    for each in told:
                        self._tell(each)

    def _in_order(self, readings: Sequence[Reading]) -> Iterator[Progress | None]:
        for number, reading in enumerate(readings):
            withheld: list[Progress] = []
            has_page = False
            for sheet in _each(reading):
                if sheet is None:
                    yield None
                    continue
                withheld.append(Progress(number, sheet.outcome, reading.count, sheet.drawings or {}))
                has_page = has_page or sheet.page is not None
                if has_page:
                    yield from withheld
                    withheld = []
            if withheld:
                error = reading.result().error
                assert error  # noqa: S101 - no page was read
                yield Progress(number, error)


def _each(reading: Reading) -> Iterator[Sheet | None]:
    """Its sheets, each when it is done; nothing instead, as often as it is asked for before that."""
    number = 0
    while not reading.sheets or number < len(reading.sheets):
        if reading.sheets and reading.sheets[number].is_done:
            yield reading.sheets[number]
            number += 1
        else:
            yield None
