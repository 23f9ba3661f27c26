"""Decoder processes, as those see them who want a file decoded. No picture is ever decoded in the asker's process."""

import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import BrokenImageError, RequestError, UnavailableError
from app.imaging import drawing, text_page
from app.imaging.missing_page import MissingPage
from app.imaging.resolution import checked_dpi
from app.imaging.shared_picture import SharedPicture
from app.imaging.text_page import TextPage
from app.pipeline.result import DrawingOptions, Drawings, Page
from app.pipeline.text_layer import LayerOptions
from app.processes import shared_memory
from app.processes.channel import ChannelClosedError, Message
from app.processes.nursery import Child, Nursery, born
from app.scheduling.deadline import Deadline

ROLE = "ocr-decoder"

_ERRORS = {kind.code: kind for kind in RequestError.__subclasses__()}
_ANSWER_BYTES = 1 << 16
_SMALLEST_PICTURE = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)
"""A BMP of one pixel."""

_USUAL_DPI = 200.0

_TRIES = 3
_PICTURES = 1000
"""A decoder is replaced after so many: whatever a library leaks is bounded."""

_GRACE_SECONDS = 0.5
"""For which a decoder is waited for beyond the request's time."""


class _TooSlowError(Exception):
    """A decoder came to no end within its time, which is the text."""


@dataclass(slots=True)
class _Decoder:
    child: Child
    pictures: int = 0


class Decoders:
    """As many decoders as there are files to decode at a time, of which those that are idle wait. Thread-safe."""

    def __init__(
        self, nursery: Nursery, seconds: float, most_pixels: int, on_death: Callable[[], None] = lambda: None
    ) -> None:
        """*seconds*: of processor time for a picture. *on_death* hears of each decoder that did not answer."""
        self._nursery = nursery
        self._seconds = seconds
        self._most_pixels = most_pixels
        self._on_death = on_death
        self._idle: list[_Decoder] = []
        self._lock = threading.Lock()

    def decode(
        self,
        data: bytes,
        deadline: Deadline,
        page: int = 0,
        dpi: float = _USUAL_DPI,
        *,
        layer: LayerOptions | None = None,
    ) -> SharedPicture | TextPage | MissingPage:
        """A *page* of *data*, counted from 0, upright and opaque; *dpi*: at which it is rendered, if it is a PDF's.

        *layer*: whether its own text is to be had in the place of that; None: it is not.

        A decoder that ends may have been ended by somebody: only where others end, too, is it the file's fault.

        Raises:
            RequestError: See :func:`app.imaging.documents.decode_page`; broken is also what no decoder survives.
            DeadlineExceededError: The time ran out.
            UnavailableError: There are no decoders to be had.
        """
        try:
            file = shared_memory.hold(data)
        except OSError as error:
            raise UnavailableError(f"no memory to share a file in: {error.strerror}") from error
        text = {"layer": layer.wanted, "words": layer.words} if layer else {}
        question = Message({"page": page, "dpi": dpi, **text}, files=(file,))
        try:
            answer = self._answer(question, text_page.MOST_BYTES if layer else _ANSWER_BYTES, deadline, "decode")
        except _TooSlowError as error:
            raise BrokenImageError(f"more than {error} of decoding > {error} allowed") from error
        finally:
            question.close()
        if answer is None:
            raise BrokenImageError("no decoder survives this image")
        return self._picture(answer)

    def draw(self, picture: SharedPicture, page: Page, options: DrawingOptions, deadline: Deadline) -> Drawings:
        """The drawings of *page* that *options* want; it was read from *picture*, which stays as it is.

        Raises:
            DeadlineExceededError: The time ran out.
            UnavailableError: There are no decoders to be had, or none comes to an end with it.
        """
        request = drawing.request(drawing.Subject(picture.height, picture.width, page, options), picture.file)
        try:
            answer = self._answer(request, drawing.most_bytes(options), deadline, "assemble")
            if answer is None:
                raise UnavailableError("no decoder survives the drawing of this page")
            answer.close()
            return drawing.drawings_of(answer, options)
        except (_TooSlowError, ValueError) as error:
            raise UnavailableError("the page could not be drawn") from error

    def start(self, seconds: float) -> None:
        """Have one ready before the first file comes, and see that it can do its work here, within so many *seconds*.

        Raises:
            OcrError: It cannot.
        """
        picture = self.decode(_SMALLEST_PICTURE, Deadline(seconds))
        if isinstance(picture, SharedPicture):
            picture.close()

    def close(self) -> None:
        """Let those that are idle end; the others end with the nursery."""
        with self._lock:
            idle, self._idle = self._idle, []
        for decoder in idle:
            decoder.child.channel.close()

    def _answer(self, question: Message, most_bytes: int, deadline: Deadline, stage: str) -> Message | None:
        """The answer of the first decoder that gives one, of *most_bytes*; None where each ended in its place.

        Raises:
            DeadlineExceededError: The time ran out, in this *stage*.
            UnavailableError: There are no decoders to be had.
            _TooSlowError: One took as much time as it may.
        """
        begun = False
        for attempt in range(_TRIES):
            decoder = self._take(deadline.remaining()) if attempt == 0 else self._fresh(deadline.remaining())
            deadline.check(stage)
            if decoder is None:
                continue
            begun, started = True, time.monotonic()
            answer = self._ask(question, most_bytes, deadline, decoder)
            if answer is not None:
                return answer
            self._on_death()
            deadline.check(stage)
            if time.monotonic() - started >= self._seconds:
                raise _TooSlowError(f"{self._seconds:g} s")
        if begun:
            return None
        raise UnavailableError("no decoder can be started")

    def _ask(self, question: Message, most_bytes: int, deadline: Deadline, decoder: _Decoder) -> Message | None:
        """A decoder's answer; None where it ended in the place of giving one, or had to be ended."""
        patience = deadline.remaining() + _GRACE_SECONDS
        try:
            decoder.child.channel.send(question, patience)
            answer = decoder.child.channel.receive(patience, most_bytes)
        except (ChannelClosedError, TimeoutError):
            decoder.child.channel.close()
            self._nursery.kill(decoder.child.pid)
            return None
        decoder.pictures += 1
        self._give_back(decoder)
        return answer

    def _take(self, seconds: float) -> _Decoder | None:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._fresh(seconds)

    def _fresh(self, seconds: float) -> _Decoder | None:
        """Another decoder; None where it ended at once, or is not there after so many *seconds*.

        Raises:
            UnavailableError: The nursery is gone.
        """
        try:
            channel = self._nursery.begin(ROLE)
        except (ChannelClosedError, OSError) as error:
            raise UnavailableError("no decoder can be started") from error
        try:
            return _Decoder(born(channel, seconds))
        except (ChannelClosedError, TimeoutError):
            return None

    def _give_back(self, decoder: _Decoder) -> None:
        if decoder.pictures >= _PICTURES:
            decoder.child.channel.close()
            return
        with self._lock:
            self._idle.append(decoder)

    def _picture(self, answer: Message) -> SharedPicture | TextPage | MissingPage:
        """What *answer* says, which is believed as little as the file that it is about."""
        head = answer.head
        if "error" in head:
            answer.close()
            return _missing(head)
        try:
            if text_page.KEY in head:
                answer.close()
                return text_page.text_page_of(answer, self._most_pixels)
            (file,) = answer.files
            picture = SharedPicture(
                file=file,
                height=int(head["height"]),
                width=int(head["width"]),
                truncated=bool(head["truncated"]),
                pages=max(1, int(head["pages"])),
                dpi=checked_dpi(head.get("dpi")),
            )
            _check_size(picture, self._most_pixels)
            shared_memory.seal(file, picture.height * picture.width * 3)
        except (KeyError, TypeError, ValueError, OSError) as error:
            answer.close()
            raise BrokenImageError("the decoder gave no picture") from error
        return picture


def _check_size(picture: SharedPicture, most_pixels: int) -> None:
    if picture.height < 1 or not 0 < picture.height * picture.width <= most_pixels:
        raise ValueError(f"{picture.height} x {picture.width} pixels")


def _missing(head: Mapping[str, Any]) -> MissingPage:
    """The page that *head* tells an error of; where there are no others, that is raised."""
    code, detail, pages = str(head["error"]), str(head.get("detail")), head.get("pages")
    if code == UnavailableError.code:
        raise UnavailableError(detail)
    error = _ERRORS.get(code, BrokenImageError)(detail)
    if isinstance(pages, int) and pages > 1:
        return MissingPage(error, pages)
    raise error
