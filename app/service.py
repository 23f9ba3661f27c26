"""The use case that every dialect shares: fetch a request's images, let it in, decode them, recognise them."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from app.errors import RequestError
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import ImageSource, RemoteImage
from app.imaging.missing_page import MissingPage
from app.imaging.shared_picture import SharedPicture
from app.imaging.text_page import TextPage
from app.page_turns import PageTurns
from app.pipeline.document_options import DocumentOptions
from app.pipeline.drawing_allowance import DrawingAllowance
from app.pipeline.progress import Progress
from app.pipeline.result import DrawingOptions, Drawings, OcrResult, Page, PageOptions, Run, StageTimings
from app.pipeline.text_layer import LayerOptions
from app.pipeline.timeline import Timeline, timed
from app.request_pages import PagesInOrder, Reading, Sheet
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness
from app.scheduling.spread import Spread


class Decoder(Protocol):
    """Makes pictures of files: see :class:`app.imaging.decoders.Decoders`."""

    def decode(
        self, data: bytes, deadline: Deadline, page: int, dpi: float, *, layer: LayerOptions | None
    ) -> SharedPicture | TextPage | MissingPage:
        """The picture of a *page* of *data*, or as *layer* says its own text."""
        ...

    def draw(self, picture: SharedPicture, page: Page, options: DrawingOptions, deadline: Deadline) -> Drawings:
        """Drawings of *page*, which was read from *picture*."""
        ...


class Recogniser(Protocol):
    """Makes text of pictures: see :class:`app.inference.supervisor.EngineSupervisor`."""

    def recognise(self, picture: SharedPicture, run: Run) -> Page:
        """The text of *picture*."""
        ...


def _nobody(_: Progress) -> None:
    """Who wants the whole answer."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A request that is in: its images, who works on them, and who hears of them."""

    readings: Sequence[Reading]
    spread: Spread
    turns: PageTurns
    pages: PagesInOrder


class OcrService:
    """Recognises the images of requests. Thread-safe."""

    def __init__(
        self,
        intake: ImageIntake,
        admission: Admission,
        readiness: Readiness[Any],
        decoder: Decoder,
        recogniser: Recogniser,
    ) -> None:
        self._intake = intake
        self._admission = admission
        self._readiness = readiness
        self._decoder = decoder
        self._recogniser = recogniser
        self._tickets = itertools.count()

    def check_open(self, deadline: Deadline) -> None:
        """Before its body is read: whether a request has a chance to be let in.

        Raises:
            UnavailableError: It has none.
        """
        self._admission.check(deadline)

    def recognise(  # noqa: PLR0913 - of what has a default, one goes by name
        self,
        images: Sequence[ImageSource],
        options: PageOptions,
        documents: DocumentOptions,
        deadline: Deadline,
        tell: Callable[[Progress], None] | None = None,
        *,
        timeline: Timeline | None = None,
    ) -> OcrResult:
        """A result an image, in order; an image that cannot be read has its error for a result.

        While there are permits that nobody wants, several images and pages of a request are worked on at a time. *tell*
        hears of them as `PagesInOrder` says, from one thread or another; it must not block. Where there is one pages
        take turns with other requests, and have each its own time: see `PageTurns`.

        An image that is an error already (its dialect could not unpack it) stays one. What lies elsewhere is fetched
        before the request asks to be let in; that time counts as decoding. *timeline* has when what was done, also
        where this raises.

        Raises:
            UnavailableError: The request was not let in.
            DeadlineExceededError: Its time ran out; what had not begun was not begun.
            EngineError: Inference is not possible.
        """
        arrived = time.perf_counter()
        fetches = any(isinstance(image, RemoteImage) for image in images)
        with timed("fetch", timeline if fetches else None):
            gathered = self._intake.gather(images, deadline, lambda: self.check_open(deadline))
        fetched = time.perf_counter()
        with ExitStack() as admitted:
            with timed("queue", timeline):
                permit = admitted.enter_context(self._admission.permit(deadline))
                self._readiness.wait(deadline)
            by_page = bool(tell) and admitted.enter_context(self._admission.turns())
            timings = StageTimings(queue=time.perf_counter() - fetched, decode=fetched - arrived)
            run = Run(next(self._tickets), deadline, options)
            turns = PageTurns(self._admission, permit, deadline, partial(next, self._tickets), by_page=by_page)
            spread = Spread(self._admission, deadline, partial(turns.let_others, timings))
            allowance = DrawingAllowance(options.drawing)
            readings = [
                Reading(image, documents, run, allowance, number, timeline) for number, image in enumerate(gathered)
            ]
            work = _Work(readings, spread, turns, PagesInOrder(readings, tell or _nobody))
            spread.run(partial(self._begin, work, reading) for reading in readings)
        for sheet in itertools.chain.from_iterable(reading.sheets for reading in readings):
            timings.add(sheet.run.timings)
        return OcrResult(tuple(reading.result() for reading in readings), timings, deadline.elapsed())

    def _begin(self, work: _Work, reading: Reading) -> None:
        """Read the first page that is wanted: with it comes how many there are, and the others are added."""
        sheet = reading.sheet(reading.documents.first)
        try:
            with (
                reading.timed(sheet),
                work.turns.turn_of(sheet, is_first=reading is work.readings[0]),
                self._decoded(reading, sheet) as picture,
            ):
                reading.count = picture.pages
                indices, reading.has_more = reading.documents.chosen(reading.count)
                others = [reading.sheet(index) for index in indices[1:]]
                work.spread.add(partial(self._continue, work, reading, other) for other in others)
                self._recognise(picture, sheet)
        except RequestError as error:
            sheet.error = error.with_traceback(None)  # whose frames hold the file's bytes
        work.pages.progressed()

    def _continue(self, work: _Work, reading: Reading, sheet: Sheet) -> None:
        try:
            with reading.timed(sheet), work.turns.turn_of(sheet), self._decoded(reading, sheet) as picture:
                self._recognise(picture, sheet)
        except RequestError as error:
            sheet.error = error.with_traceback(None)
        work.pages.progressed()

    @contextmanager
    def _decoded(self, reading: Reading, sheet: Sheet) -> Iterator[SharedPicture | TextPage | MissingPage]:
        run, documents = sheet.run, reading.documents
        run.deadline.check("decode")
        with run.stage("decode"):
            if isinstance(reading.image, RequestError):
                raise reading.image
            sheet.allowance.check()
            picture = self._decoder.decode(reading.image, run.deadline, sheet.index, documents.dpi, layer=reading.layer)
        with nullcontext() if isinstance(picture, MissingPage | TextPage) else picture:
            yield picture

    def _recognise(self, picture: SharedPicture | TextPage | MissingPage, sheet: Sheet) -> None:
        if isinstance(picture, MissingPage):
            raise picture.error
        if isinstance(picture, TextPage):
            sheet.page = replace(picture.page, index=sheet.index)
            return
        run = sheet.run
        run.deadline.check("detect")
        page = self._recogniser.recognise(picture, run)
        if run.options.drawing is not None:
            sheet.drawings = sheet.allowance.take(self._drawn(picture, page, run, run.options.drawing))
        sheet.is_first_of_frames = picture.truncated
        # Last: with it the sheet is done.
        sheet.page = replace(page, index=sheet.index, dpi=picture.dpi, source=sheet.source)

    def _drawn(self, picture: SharedPicture, page: Page, run: Run, wanted: DrawingOptions) -> Drawings:
        """The drawings of a page, while its picture is there; the time counts as that of assembling."""
        with run.stage("assemble", "draw"):
            return self._decoder.draw(picture, page, wanted, run.deadline)
