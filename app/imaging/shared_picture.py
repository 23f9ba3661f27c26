"""A picture that a decoder made, in memory that it shares with whoever asked for it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from app.errors import BrokenImageError, RequestError, UnavailableError
from app.imaging.missing_page import MissingPage
from app.processes import shared_memory
from app.processes.channel import Message

_ERRORS = {kind.code: kind for kind in RequestError.__subclasses__()}


@dataclass(frozen=True, slots=True)
class SharedPicture:
    """A picture in memory that is shared: uint8 (height, width, 3) BGR. To be closed by whoever has it.

    truncated: the file holds more frames than the first, which this is. pages: of the document, of which it is one.
    """

    file: int
    height: int
    width: int
    truncated: bool
    pages: int

    def close(self) -> None:
        """Let the memory go, as far as it is this process's."""
        os.close(self.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def picture_of(answer: Message, most_pixels: int) -> SharedPicture | MissingPage:
    """What a decoder's *answer* says, which is believed as little as the file that it is about.

    Raises:
        RequestError: There is no picture, nor any other page that could be had.
        UnavailableError: There was no memory for it.
    """
    head = answer.head
    if "error" in head:
        answer.close()
        return _missing(head)
    try:
        (file,) = answer.files
        picture = SharedPicture(
            file=file,
            height=int(head["height"]),
            width=int(head["width"]),
            truncated=bool(head["truncated"]),
            pages=max(1, int(head["pages"])),
        )
        _check_size(picture, most_pixels)
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
