"""The use case that every dialect shares: fetch a request's images, let it in, decode them, recognise them."""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from app.errors import RequestError
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import ImageSource
from app.imaging.missing_page import MissingPage
from app.imaging.shared_picture import SharedPicture
from app.pipeline.document_options import DocumentOptions
from app.pipeline.drawing_allowance import DrawingAllowance
from app.pipeline.result import (
    DrawingOptions,
    Drawings,
    FailedPage,
    ImageResult,
    OcrResult,
    Page,
    PageOptions,
    Run,
    StageTimings,
)
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness
from app.scheduling.spread import Spread


class Decoder(Protocol):
    """Makes pictures of files: see :class:`app.imaging.decoders.Decoders`."""

    def decode(self, data: bytes, deadline: Deadline, page: int, dpi: float) -> SharedPicture | MissingPage:
        """The picture of a *page* of *data*."""
        ...

    def draw(self, picture: SharedPicture, page: Page, options: DrawingOptions, deadline: Deadline) -> Drawings:
        """Drawings of *page*, which was read from *picture*."""
        ...


class Recogniser(Protocol):
    """Makes text of pictures: see :class:`app.inference.supervisor.EngineSupervisor`."""

    def recognise(self, picture: SharedPicture, run: Run) -> Page:
        """The text of *picture*."""
        ...


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

    def recognise(
        self, images: Sequence[ImageSource], options: PageOptions, documents: DocumentOptions, deadline: Deadline
    ) -> OcrResult:
        """A result an image, in order; an image that cannot be read has its error for a result.

        While there are permits that nobody wants, several images and pages of a request are worked on at a time.

        An image that is an error already (its dialect could not unpack it) stays one. What lies elsewhere is fetched
        before the request asks to be let in; that time counts as decoding.

        Raises:
            UnavailableError: The request was not let in.
            DeadlineExceededError: Its time ran out; what had not begun was not begun.
            EngineError: Inference is not possible.
        """
        arrived = time.perf_counter()
        gathered = self._intake.gather(images, deadline, lambda: self.check_open(deadline))
        fetching = time.perf_counter() - arrived
        with self._admission.permit(deadline):
            self._readiness.wait(deadline)
            timings = StageTimings(queue=time.perf_counter() - arrived - fetching, decode=fetching)
            run = Run(next(self._tickets), deadline, options)
            spread = Spread(self._admission, deadline)
            allowance = DrawingAllowance(options.drawing)
            readings = [_Reading(image, documents, run, allowance) for image in gathered]
            spread.run(partial(self._begin, reading, spread) for reading in readings)
        for sheet in itertools.chain.from_iterable(reading.sheets for reading in readings):
            timings.add(sheet.run.timings)
        return OcrResult(tuple(reading.result() for reading in readings), timings, deadline.elapsed())

    def _begin(self, reading: "_Reading", spread: Spread) -> None:
        """Read the first page that is wanted: with it comes how many there are, and the others are added."""
        sheet = reading.sheet(reading.documents.first)
        try:
            with self._decoded(reading, sheet) as picture:
                indices, reading.has_more = reading.documents.chosen(picture.pages)
                others = [reading.sheet(index) for index in indices[1:]]
                spread.add(partial(self._continue, reading, other) for other in others)
                self._recognise(picture, sheet)
        except RequestError as error:
            sheet.error = error.with_traceback(None)  # whose frames hold the file's bytes

    def _continue(self, reading: "_Reading", sheet: "_Sheet") -> None:
        try:
            with self._decoded(reading, sheet) as picture:
                self._recognise(picture, sheet)
        except RequestError as error:
            sheet.error = error.with_traceback(None)

    @contextmanager
    def _decoded(self, reading: "_Reading", sheet: "_Sheet") -> Iterator[SharedPicture | MissingPage]:
        run = sheet.run
        run.deadline.check("decode")
        begun = time.perf_counter()
        try:
            if isinstance(reading.image, RequestError):
                raise reading.image
            picture = self._decoder.decode(reading.image, run.deadline, sheet.index, reading.documents.dpi)
        finally:
            run.timings.decode += time.perf_counter() - begun
        with nullcontext() if isinstance(picture, MissingPage) else picture:
            yield picture

    def _recognise(self, picture: SharedPicture | MissingPage, sheet: "_Sheet") -> None:
        if isinstance(picture, MissingPage):
            raise picture.error
        run = sheet.run
        run.deadline.check("detect")
        page = self._recogniser.recognise(picture, run)
        if run.options.drawing is not None:
            sheet.drawings = sheet.allowance.take(self._drawn(picture, page, run, run.options.drawing))
        sheet.page = replace(page, index=sheet.index, dpi=picture.dpi)
        sheet.is_first_of_frames = picture.truncated

    def _drawn(self, picture: SharedPicture, page: Page, run: Run, wanted: DrawingOptions) -> Drawings:
        """The drawings of a page, while its picture is there; the time counts as that of assembling."""
        begun = time.perf_counter()
        try:
            return self._decoder.draw(picture, page, wanted, run.deadline)
        finally:
            run.timings.assemble += time.perf_counter() - begun


@dataclass(slots=True)
class _Sheet:
    """A page while it is read, and what comes of it."""

    index: int
    run: Run
    allowance: DrawingAllowance
    page: Page | None = None
    drawings: Drawings | None = None
    is_first_of_frames: bool = False
    error: RequestError | None = None


@dataclass(slots=True)
class _Reading:
    """An image of a request while it is read. run: the request's, of which each page has one like it."""

    image: bytes | RequestError
    documents: DocumentOptions
    run: Run
    allowance: DrawingAllowance
    has_more: bool = False
    sheets: list[_Sheet] = field(default_factory=list)

    def sheet(self, index: int) -> _Sheet:
        """One more page of it."""
        self.sheets.append(_Sheet(index, replace(self.run, timings=StageTimings()), self.allowance))
        return self.sheets[-1]

    def result(self) -> ImageResult:
        """What was read, in order; where that is nothing, the first page's error."""
        pages = tuple(sheet.page for sheet in self.sheets if sheet.page)
        failed = tuple(FailedPage(sheet.index, sheet.error) for sheet in self.sheets if sheet.error)
        if not pages:
            return ImageResult(error=failed[0].error)
        truncated = self.has_more or any(sheet.is_first_of_frames for sheet in self.sheets)
        drawings = tuple(sheet.drawings for sheet in self.sheets if sheet.drawings is not None)
        return ImageResult(pages, truncated, failed=failed, drawings=drawings)
