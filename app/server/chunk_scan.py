"""Finds the end of a chunked body (RFC 9112 section 7.1) as its bytes arrive, without keeping or joining them."""

import re
from typing import Literal

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\r\n]*)?")
_MAX_LINE = 1024
_MAX_TRAILERS = 8192
_FREE_OVERHEAD = 65_536
_OVERHEAD_SHARE = 32


class ChunkScan:
    """Reads sizes, steps over data, reads trailers.

    payload: the data's bytes so far. is_done: the body's last byte was seen. is_broken: this is no chunked body, or one
    that is mostly sizes and extensions: chunks of a byte or two cost the parser far more than their bytes are worth.
    """

    def __init__(self) -> None:
        self.payload = 0
        self.is_done = False
        self.is_broken = False
        self._wire = 0
        self._part: Literal["size", "data", "end", "trailer"] = "size"
        self._left = 0
        self._line = b""
        self._trailers = 0

    def feed(self, data: bytes, most: int) -> int:
        """Go through *data*; returns how many of its bytes belong to the body.

        Stops behind the body's end, where it is broken, and once the payload is over *most*.
        """
        at, end = 0, len(data)
        while at < end and not (self.is_done or self.is_broken or self.payload > most):
            if self._part == "data":
                step = min(self._left, end - at)
                at += step
                self.payload += step
                self._left -= step
                if not self._left:
                    self._part = "end"
            else:
                at = self._read_line(data, at)
        self._wire += at
        if self._wire - self.payload > _FREE_OVERHEAD + self.payload // _OVERHEAD_SHARE:
            self.is_broken = True
        return at

    def _read_line(self, data: bytes, at: int) -> int:
        """Go on with a line that may have begun in earlier bytes; returns where *data* goes on behind it."""
        if self._line.endswith(b"\r") and data[at : at + 1] == b"\n":
            line, after = self._line[:-1], at + 1
        else:
            found = data.find(b"\r\n", at, at + _MAX_LINE + 2)
            if found < 0:
                rest = data[at : at + _MAX_LINE + 2]
                self._line += rest
                self.is_broken = len(self._line) > _MAX_LINE + 1 or (self._part == "end" and not self._may_end())
                return at + len(rest)
            line, after = self._line + data[at:found], found + 2
        self._line = b""
        self._take(line)
        return after

    def _may_end(self) -> bool:
        return self._line in {b"", b"\r"}

    def _take(self, line: bytes) -> None:
        if self._part == "end":
            self.is_broken = line != b""
            self._part = "size"
        elif self._part == "size":
            size = _SIZE.fullmatch(line)
            self.is_broken = not size
            self._left = int(size[1], 16) if size else 0
            self._part = "data" if self._left else "trailer"
        else:
            self._trailers += len(line) + 2
            self.is_done = not line
            self.is_broken = self._trailers > _MAX_TRAILERS
