"""The use case that every dialect shares: fetch a request's images, let it in, decode them, recognise them."""

import itertools
import time
from collections.abc import Sequence

from app.errors import RequestError
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import ImageSource
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from app.pipeline.pipeline import Pipeline
from app.pipeline.result import ImageResult, OcrResult, PageOptions, Run
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness


class OcrService:
    """Recognises the images of requests. Thread-safe."""

    def __init__(
        self, intake: ImageIntake, admission: Admission, readiness: Readiness[Pipeline], limits: ImageLimits
    ) -> None:
        self._intake = intake
        self._admission = admission
        self._readiness = readiness
        self._limits = limits
        self._tickets = itertools.count()

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
        gathered = self._intake.gather(images, deadline, self._admission.check)
        fetching = time.perf_counter() - arrived
        with self._admission.permit(deadline):
            pipeline = self._readiness.wait(deadline)
            run = Run(next(self._tickets), deadline, options)
            run.timings.queue = time.perf_counter() - arrived - fetching
            run.timings.decode = fetching
            try:
                results = tuple(self._image(image, run, pipeline) for image in gathered)
            except BaseException:
                deadline.abandon()
                raise
        return OcrResult(results, run.timings, deadline.elapsed())

    def _image(self, image: bytes | RequestError, run: Run, pipeline: Pipeline) -> ImageResult:
        run.deadline.check("decode")
        begun = time.perf_counter()
        try:
            if isinstance(image, RequestError):
                raise image
            decoded = decode_image(image, self._limits)
        except RequestError as error:
            return ImageResult(error=error)
        finally:
            run.timings.decode += time.perf_counter() - begun
        run.deadline.check("detect")
        page = pipeline.recognise(decoded.pixels, run)
        return ImageResult((page,), decoded.truncated)
