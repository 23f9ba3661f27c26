"""The heads of a form's parts, counted while they are read: to parse a megabyte of them takes more than a second."""

import re
from enum import Enum
from typing import Protocol

from app.errors import BodyTooLargeError

MOST_BYTES = 1 << 17
"""Of all heads of a form together. Those of an honest part are 200."""

# As werkzeug's parser takes them; what is a boundary to that is one here, and now and then more is.
_LINE_BREAK = re.compile(rb"\r\n|\n|\r")
_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_OVERLAP = 8


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most *size* bytes; none at the end."""


class _At(Enum):
    """Where in a form the reading is: in a part's data, in the line of a boundary, in a head, behind everything."""

    DATA = 0
    BOUNDARY = 1
    HEAD = 2
    END = 3


class CountedHeads:
    """A stream of a multipart body that refuses to be read once it has brought too many bytes of heads."""

    def __init__(self, stream: Stream, boundary: str) -> None:
        self._stream = stream
        mark = re.compile(rb"[\r\n]--" + re.escape(boundary.encode("latin-1", "replace")))
        self._next = {_At.DATA: mark, _At.BOUNDARY: _LINE_BREAK, _At.HEAD: _BLANK_LINE}
        self._overlap = len(boundary) + _OVERLAP
        self._at = _At.DATA
        self._bytes = 0
        self._carried = b"\n"  # the first boundary may be the first line

    def read(self, size: int = -1) -> bytes:
        """At most *size* bytes, none at the end.

        Raises:
            BodyTooLargeError: The heads of the parts have more bytes than allowed.
        """
        data = self._stream.read(size)
        self._count(self._carried + data)
        if self._bytes > MOST_BYTES:
            raise BodyTooLargeError(f"more than {MOST_BYTES} bytes of part heads > {MOST_BYTES} allowed")
        return data

    def _count(self, window: bytes) -> None:
        """Go through *window*, which begins with what was left open of the last one."""
        place = 0
        while self._at is not _At.END:
            found = self._next[self._at].search(window, place)
            if found is None or (self._at is not _At.HEAD and found.end() + 2 > len(window)):
                break  # two bytes more say whether this boundary is the last, and where its line ends
            if self._at is _At.HEAD:
                self._bytes += found.end() - place
            place = found.end()
            self._at = self._behind(window, place)
        if self._at is _At.HEAD:
            self._bytes += len(window) - place  # what is carried over counts twice: a few bytes a read
        self._carried = window[max(place, len(window) - self._overlap) :]

    def _behind(self, window: bytes, place: int) -> _At:
        if self._at is _At.DATA:
            return _At.END if window.startswith(b"--", place) else _At.BOUNDARY
        return _At.HEAD if self._at is _At.BOUNDARY else _At.DATA
