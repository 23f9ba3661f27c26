"""The use case that every dialect shares: fetch a request's images, let it in, decode them, recognise them."""

import itertools
import time
from collections.abc import Sequence
from typing import Any, Protocol

from app.errors import RequestError
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import ImageSource
from app.imaging.decoders import SharedPicture
from app.pipeline.result import DrawingOptions, Drawings, ImageResult, OcrResult, Page, PageOptions, Run
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness


class Decoder(Protocol):
    """Makes pictures of files: see :class:`app.imaging.decoders.Decoders`."""

    def decode(self, data: bytes, deadline: Deadline) -> SharedPicture:
        """The picture in *data*."""
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

    def recognise(self, images: Sequence[ImageSource], options: PageOptions, deadline: Deadline) -> OcrResult:
        """A result an image, in order; an image that cannot be read has its error for a result.

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
            run = Run(next(self._tickets), deadline, options)
            run.timings.queue = time.perf_counter() - arrived - fetching
            run.timings.decode = fetching
            try:
                results = tuple(self._image(image, run) for image in gathered)
            except BaseException:
                deadline.abandon()
                raise
        return OcrResult(results, run.timings, deadline.elapsed())

    def _image(self, image: bytes | RequestError, run: Run) -> ImageResult:
        run.deadline.check("decode")
        begun = time.perf_counter()
        try:
            if isinstance(image, RequestError):
                raise image
            picture = self._decoder.decode(image, run.deadline)
        except RequestError as error:
            return ImageResult(error=error.with_traceback(None))  # whose frames hold the file's bytes
        finally:
            run.timings.decode += time.perf_counter() - begun
        with picture:
            run.deadline.check("detect")
            page = self._recogniser.recognise(picture, run)
            return ImageResult((page,), picture.truncated, drawings=self._drawings(picture, page, run))

    def _drawings(self, picture: SharedPicture, page: Page, run: Run) -> tuple[Drawings, ...]:
        """The drawings of a page, while its picture is there: for as long as they take it counts as assembled."""
        if run.options.drawing is None:
            return ()
        begun = time.perf_counter()
        try:
            return (self._decoder.draw(picture, page, run.options.drawing, run.deadline),)
        finally:
            run.timings.assemble += time.perf_counter() - begun
