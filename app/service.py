"""The use case that every dialect shares: fetch a request's images, let it in, decode them, recognise them."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from app.errors import RequestError
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import ImageSource
from app.imaging.decoders import SharedPicture
from app.pipeline.result import ImageResult, OcrResult, Page, PageOptions, Run, StageTimings
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness
from app.scheduling.spread import Spread


class Decoder(Protocol):
    """Makes pictures of files: see :class:`app.imaging.decoders.Decoders`."""

    def decode(self, data: bytes, deadline: Deadline) -> SharedPicture:
        """The picture in *data*."""
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

        While there are permits that nobody wants, several images of a request are worked on at the same time.

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
            ticket = next(self._tickets)
            readings = [_Reading(image, Run(ticket, deadline, options)) for image in gathered]
            Spread(self._admission, deadline).run(partial(self._read, reading) for reading in readings)
        for reading in readings:
            timings.add(reading.run.timings)
        return OcrResult(tuple(reading.result for reading in readings), timings, deadline.elapsed())

    def _read(self, reading: "_Reading") -> None:
        run = reading.run
        run.deadline.check("decode")
        begun = time.perf_counter()
        try:
            if isinstance(reading.image, RequestError):
                raise reading.image
            picture = self._decoder.decode(reading.image, run.deadline)
        except RequestError as error:
            reading.result = ImageResult(error=error.with_traceback(None))  # whose frames hold the file's bytes
            return
        finally:
            run.timings.decode += time.perf_counter() - begun
        with picture:
            run.deadline.check("detect")
            page = self._recogniser.recognise(picture, run)
            reading.result = ImageResult((page,), picture.truncated)


@dataclass(slots=True)
class _Reading:
    """An image of a request, its own run, and what comes of it."""

    image: bytes | RequestError
    run: Run
    result: ImageResult = field(default_factory=ImageResult)
