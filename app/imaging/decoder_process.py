"""What runs in a decoder: one page of a file after the other becomes pixels in memory that the asker shares.

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
from typing import Any

import cv2
import numpy as np

from app.allocator import return_large_blocks
from app.errors import BrokenImageError, OcrError, RequestError, UnavailableError
from app.imaging import drawing, text_page
from app.imaging.decode import decode_image
from app.imaging.documents import decode_page
from app.imaging.header import ImageLimits
from app.imaging.memory_limit import limit_growth
from app.imaging.missing_page import MissingPage
from app.imaging.text_page import TextPage
from app.pipeline.text_layer import LayerOptions, TextLayer
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
    Lettering().written("A", 8, 8)


def serve(channel: Channel, most: Mapping[str, int], seconds: float, font: Path | None = None) -> None:
    """Decode and draw what comes through *channel* until its other end closes.

    *most*: the image limits. *seconds*: of processor time that a picture may take. *font*: of drawings.
    """
    limits, lettering = ImageLimits(**most), Lettering(font)
    _silence_libraries()
    _write_no_core()
    limit_growth(limits.max_pixels * _BYTES_A_PIXEL + _MARGIN_BYTES)
    with contextlib.suppress(ChannelClosedError):
        while True:
            question = channel.receive()
            # The kernel ends the process when its time is up, whatever it is doing then. Processor time: a picture is
            # none the worse on a slow machine, or on one that was frozen meanwhile.
            signal.setitimer(signal.ITIMER_PROF, seconds)
            answer = _drawn(question, lettering) if drawing.KEY in question.head else _decoded(question, limits)
            signal.setitimer(signal.ITIMER_PROF, 0)
            channel.send(answer)
            answer.close()
            del question, answer  # else they would be kept until the next picture


def _decoded(question: Message, limits: ImageLimits) -> Message:
    head, (file,) = question.head, question.files
    try:
        picture = decode_page(shared_memory.read(file), limits, head["page"], head["dpi"], _layer(head))
    except RequestError as error:
        return _failed(error)
    except MemoryError:
        return _failed(BrokenImageError("decoding takes more memory than an image may"))
    if isinstance(picture, MissingPage):
        return _failed(picture.error, pages=picture.pages)
    if isinstance(picture, TextPage):
        return text_page.message(picture)
    try:
        file, memory = shared_memory.create(picture.pixels.nbytes)
    except OSError as error:
        return _failed(UnavailableError(f"no memory to share a picture in: {error.strerror}"))
    with memory:
        np.frombuffer(memory, np.uint8).reshape(picture.pixels.shape)[:] = picture.pixels
    height, width = picture.pixels.shape[:2]
    told = {"height": height, "width": width, "truncated": picture.truncated, "pages": picture.pages}
    return Message({**told, "dpi": picture.dpi}, files=(file,))


def _layer(head: Mapping[str, Any]) -> LayerOptions | None:
    return LayerOptions(TextLayer(head["layer"]), words=head["words"]) if "layer" in head else None


def _failed(error: OcrError, **more: int) -> Message:
    return Message({"error": error.code, "detail": str(error), **more})


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


def _write_no_core() -> None:
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
