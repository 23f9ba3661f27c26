"""What a decoder is asked when it is to draw, and what it answers: both ends of that conversation.

The page comes pickled, from the process that answers clients; what the decoder says back is only looked at as bytes.
"""

import pickle
from dataclasses import dataclass
from itertools import accumulate, pairwise

from app.pipeline.result import Drawing, DrawingOptions, Drawings, Page
from app.processes.channel import Message

KEY = "draw"
"""The head of a message to draw has it, no other does."""

_MOST_BYTES_A_PIXEL = 4
_MOST_BYTES_BESIDE = 1 << 16
"""No drawing's file is larger than its pixels and what stands around them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be drawn: of a picture of this height and width, in pixels, whose memory comes with the message."""

    height: int
    width: int
    page: Page
    options: DrawingOptions


def request(subject: Subject, file: int) -> Message:
    """The message that asks for drawings of *subject*, whose pixels are behind *file*, which stays the asker's."""
    return Message({KEY: True}, pickle.dumps(subject), (file,))


def subject_of(message: Message) -> Subject:
    """What a :func:`request` asks for."""
    subject: Subject = pickle.loads(message.blob)  # noqa: S301 - of this service's own process
    return subject


def answer(drawings: Drawings) -> Message:
    """The message that carries *drawings*."""
    files = [drawings[kind] for kind in sorted(drawings)]
    return Message({"sizes": [len(file) for file in files]}, b"".join(files))


def most_bytes(options: DrawingOptions) -> int:
    """That an answer may have."""
    return _MOST_BYTES_BESIDE + len(options.wanted) * (_MOST_BYTES_A_PIXEL * options.max_side**2 + _MOST_BYTES_BESIDE)


def drawings_of(message: Message, options: DrawingOptions) -> dict[Drawing, bytes]:
    """The drawings that an :func:`answer` carries.

    Raises:
        ValueError: They are not what *options* want.
    """
    kinds, sizes = sorted(options.wanted), message.head.get("sizes")
    if not isinstance(sizes, list) or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError("no drawings")
    if len(sizes) != len(kinds) or sum(sizes) != len(message.blob):
        raise ValueError(f"{len(sizes)} of {len(kinds)} drawings")
    ends = pairwise(accumulate(sizes, initial=0))
    return {kind: message.blob[begin:end] for kind, (begin, end) in zip(kinds, ends, strict=True)}
