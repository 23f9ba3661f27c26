"""Decoder processes, as those see them who want a file decoded. No picture is ever decoded in the asker's process."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from app.errors import BrokenImageError, RequestError, UnavailableError
from app.processes.channel import ChannelClosedError, Message
from app.processes.nursery import Child, Nursery, born
from app.scheduling.deadline import Deadline

ROLE = "ocr-decoder"

_ERRORS = {kind.code: kind for kind in RequestError.__subclasses__()}
_ANSWER_BYTES = 1 << 16
_TRIES = 3
_PICTURES = 1000
"""A decoder is replaced after so many: whatever a library leaks is bounded."""

_GRACE_SECONDS = 0.5
"""For which a decoder is waited for beyond its own time limit, at which the kernel ends it."""


@dataclass(frozen=True, slots=True)
class SharedPicture:
    """A picture in memory that is shared: uint8 (height, width, 3) BGR. To be closed by whoever has it.

    truncated: the file holds more frames than the first, which this is.
    """

    file: int
    height: int
    width: int
    truncated: bool

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.file)


@dataclass(slots=True)
class _Decoder:
    child: Child
    pictures: int = 0


class Decoders:
    """As many decoders as there are files to decode at a time, of which those that are idle wait. Thread-safe."""

    def __init__(self, nursery: Nursery, seconds: float, on_death: Callable[[], None] = lambda: None) -> None:
        """*seconds*: a picture may take so long. *on_death* hears of each decoder that a file was the end of."""
        self._nursery = nursery
        self._seconds = seconds
        self._on_death = on_death
        self._idle: list[_Decoder] = []
        self._lock = threading.Lock()

    def decode(self, data: bytes, deadline: Deadline) -> SharedPicture:
        """The first frame of *data*, upright and opaque.

        A decoder that ends may have been ended by somebody: only where others end, too, is it the file's fault.

        Raises:
            RequestError: See :func:`app.imaging.decode.decode_image`; broken is also what no decoder survives.
            DeadlineExceededError: The time ran out.
            UnavailableError: No decoder can be started.
        """
        for attempt in range(_TRIES):
            begun = time.monotonic()
            answer = self._ask(data, deadline, self._take() if attempt == 0 else self._fresh())
            if answer is not None:
                return _picture(answer)
            self._on_death()
            deadline.check("decode")
            spent = time.monotonic() - begun
            if spent >= self._seconds:
                raise BrokenImageError(f"{spent:.1f} s of decoding > {self._seconds:g} s allowed")
        raise BrokenImageError("no decoder survives this image")

    def start(self) -> None:
        """Have one ready before the first file comes.

        Raises:
            UnavailableError: None can be started.
        """
        decoder = self._fresh()
        if decoder is None:
            raise UnavailableError("no decoder can be started")
        self._give_back(decoder)

    def close(self) -> None:
        """Let those that are idle end; the others end with the nursery."""
        with self._lock:
            idle, self._idle = self._idle, []
        for decoder in idle:
            decoder.child.channel.close()

    def _ask(self, data: bytes, deadline: Deadline, decoder: _Decoder | None) -> Message | None:
        """A decoder's answer; None where it ended in the place of giving one, or had to be ended, or never began."""
        if decoder is None:
            return None
        patience = min(self._seconds, deadline.remaining()) + _GRACE_SECONDS
        try:
            decoder.child.channel.send(Message({}, data), patience)
            answer = decoder.child.channel.receive(patience, _ANSWER_BYTES)
        except (ChannelClosedError, TimeoutError):
            decoder.child.channel.close()
            self._nursery.kill(decoder.child.pid)
            return None
        decoder.pictures += 1
        self._give_back(decoder)
        return answer

    def _take(self) -> _Decoder | None:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._fresh()

    def _fresh(self) -> _Decoder | None:
        """Another decoder; None where it ended at once.

        Raises:
            UnavailableError: The nursery is gone.
        """
        try:
            channel = self._nursery.begin(ROLE)
        except ChannelClosedError as error:
            raise UnavailableError("no decoder can be started") from error
        try:
            return _Decoder(born(channel))
        except ChannelClosedError:
            return None

    def _give_back(self, decoder: _Decoder) -> None:
        if decoder.pictures >= _PICTURES:
            decoder.child.channel.close()
            return
        with self._lock:
            self._idle.append(decoder)


def _picture(answer: Message) -> SharedPicture:
    """What *answer* says, which is believed as little as the file that it is about."""
    head = answer.head
    if "error" in head:
        kind = _ERRORS.get(str(head["error"]), BrokenImageError)
        raise kind(str(head.get("detail")))
    try:
        (file,) = answer.files
        return SharedPicture(file, int(head["height"]), int(head["width"]), bool(head["truncated"]))
    except (KeyError, TypeError, ValueError) as error:
        answer.close()
        raise BrokenImageError("the decoder gave no picture") from error
