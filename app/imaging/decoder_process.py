"""What runs in a decoder: one file's bytes after the other become pixels in memory that the asker shares.

Pages that were read are drawn here, too: it has the libraries, and is bounded in time and memory already.

A file that crashes its decoder, makes it hang or wants too much memory ends this process and nothing else.
"""

import contextlib
import math
import os
import resource
import signal
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from app.allocator import return_large_blocks
from app.errors import BrokenImageError, RequestError, UnavailableError
from app.imaging import drawing
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from app.processes import shared_memory
from app.processes.channel import Channel, ChannelClosedError, Message
from app.render.drawings import draw
from app.render.lettering import Lettering

_STDERR = 2

_BYTES_A_PIXEL = 24
"""Of address space: three copies of three bytes while a picture is turned, twice that for palettes and alpha."""

_MARGIN_BYTES = 512 << 20
"""For everything but the pixels: what is mapped and never touched, stacks and the file itself."""


def prepare() -> None:
    """Have each library do what it does at its first file: once for all decoders, before they are forked."""
    cv2.setNumThreads(1)
    return_large_blocks()
    limits = ImageLimits(max_pixels=1 << 10, max_side=1 << 10)
    for suffix in (".jpg", ".png", ".webp"):
        decode_image(cv2.imencode(suffix, np.zeros((8, 8, 3), np.uint8))[1].tobytes(), limits)


def serve(channel: Channel, most: Mapping[str, int], seconds: float, font: Path | None = None) -> None:
    """Decode and draw what comes through *channel* until its other end closes.

    *most*: the image limits. *seconds*: of processor time that a picture may take. *font*: of drawings.
    """
    limits, lettering = ImageLimits(**most), Lettering(font)
    _silence_libraries()
    _limit_memory(limits.max_pixels * _BYTES_A_PIXEL + _MARGIN_BYTES)
    with contextlib.suppress(ChannelClosedError):
        while True:
            question = channel.receive()
            # The kernel ends the process when its time is up, whatever it is doing then. Processor time: a picture is
            # none the worse on a slow machine, or on one that was frozen meanwhile.
            signal.setitimer(signal.ITIMER_PROF, seconds)
            answer = _drawn(question, lettering) if drawing.KEY in question.head else _decoded(question.blob, limits)
            signal.setitimer(signal.ITIMER_PROF, 0)
            channel.send(answer)
            answer.close()
            del question, answer  # else they would be kept until the next picture


def _decoded(data: bytes, limits: ImageLimits) -> Message:
    try:
        picture = decode_image(data, limits)
    except RequestError as error:
        return Message({"error": error.code, "detail": str(error)})
    except MemoryError:
        return Message({"error": BrokenImageError.code, "detail": "decoding takes more memory than an image may"})
    try:
        file, memory = shared_memory.create(picture.pixels.nbytes)
    except OSError as error:
        return Message({"error": UnavailableError.code, "detail": f"no memory to share a picture in: {error.strerror}"})
    with memory:
        np.frombuffer(memory, np.uint8).reshape(picture.pixels.shape)[:] = picture.pixels
    height, width = picture.pixels.shape[:2]
    return Message({"height": height, "width": width, "truncated": picture.truncated}, files=(file,))


def _drawn(question: Message, lettering: Lettering) -> Message:
    subject, (file,) = drawing.subject_of(question), question.files
    size = (subject.height, subject.width, 3)
    try:
        picture = np.frombuffer(shared_memory.attach(file, math.prod(size)), np.uint8).reshape(size)
        return drawing.answer(draw(picture, subject.page, subject.options, lettering))
    except (MemoryError, OSError, cv2.error):
        return Message({"error": UnavailableError.code})


def _silence_libraries() -> None:
    """Some write a line for each bad file, in no log's format, and clients send as many of these as they like."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)


def _limit_memory(more: int) -> None:
    """Let the process grow by *more* bytes of address space, and write no files: neither has it any business with."""
    with contextlib.suppress(ValueError, OSError):  # a sandbox tells nothing, or a lower limit is in force already
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
