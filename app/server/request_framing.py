"""Says when a request is complete, byte by byte; pure bookkeeping without sockets or clocks."""

import re
from collections.abc import Callable
from enum import Enum

from app.server.body_stream import BodyStream
from app.server.chunk_scan import ChunkScan
from app.server.request_head import Framing, RequestHead, parse_head
from app.server.server_limits import ServerLimits

_READ_AHEAD = 1024
"""gunicorn's body asks for so much at least: where less is there behind the limit, it would find the cut before it."""

_MOST_LINES = 104
"""gunicorn takes a hundred fields; besides them there are the request line and three empty ones."""

_BARE_NEWLINE = re.compile(rb"[^\r]\n|\A\n")


class Stage(Enum):
    """What is being read."""

    HEAD = "head"
    BODY = "body"
    DONE = "done"  # the request can be answered: it is whole, or no more of it is wanted


class RequestFraming:
    """One request on its way in.

    raw_head: the bytes up to the empty line, that included (or as many as came). head: what they say; ``None`` where
    they never came to an end. body: its bytes as they stood on the wire. is_whole: the request's end was seen, so that
    what follows is the next one; otherwise its connection cannot be used again. is_skipped: its body was not read.
    """

    def __init__(self, limits: ServerLimits, wants_body: Callable[[RequestHead], bool]) -> None:
        """*wants_body* is asked once a head with a body is there: if not, the request is done without it."""
        self._limits = limits
        self._wants_body = wants_body
        self._raw = bytearray()
        self._chunks: ChunkScan | None = None
        self._length = 0
        self.stage = Stage.HEAD
        self.head: RequestHead | None = None
        self.body = BodyStream()
        self.received = 0
        self.is_whole = False
        self.is_skipped = False

    @property
    def raw_head(self) -> bytes:
        """The head's bytes."""
        return bytes(self._raw)

    @property
    def is_head_too_large(self) -> bool:
        """Whether the head is over its limit."""
        return len(self._raw) > self._limits.max_head_bytes or self._raw.count(b"\r\n") > _MOST_LINES

    def feed(self, data: bytes) -> bytes:
        """Take of *data* what belongs to this request; returns the rest, which belongs to the next."""
        if self.stage is Stage.HEAD:
            data = self._feed_head(data)
        if self.stage is Stage.BODY and data:
            data = self._feed_body(data)
        return data

    def give_up(self) -> None:
        """No more of it is wanted; what there is of the body is dropped."""
        self.stage = Stage.DONE
        self.is_whole = False
        self.is_skipped = True
        self.body = BodyStream()

    def _feed_head(self, data: bytes) -> bytes:
        seen = len(self._raw)
        self._raw += data
        start = 2 if self._raw[:2] == b"\r\n" else 0
        end = self._raw.find(b"\r\n\r\n", max(start, seen - 3))
        if end < 0:
            if self._never_ends(start, seen):
                self.stage = Stage.DONE
            return b""
        rest = bytes(memoryview(self._raw)[end + 4 :])
        del self._raw[end + 4 :]
        self._judge()
        return rest

    def _never_ends(self, start: int, seen: int) -> bool:
        """Whether gunicorn's parser refuses what there is, whatever may follow (or we do, for its length)."""
        line_end = start + self._limits.max_line_bytes + 2
        return (
            self.is_head_too_large
            or (len(self._raw) > line_end and self._raw.find(b"\r\n", start, line_end) < 0)
            or _BARE_NEWLINE.search(self._raw, max(0, seen - 1)) is not None
        )

    def _judge(self) -> None:
        self.stage = Stage.DONE
        if self.is_head_too_large:
            return
        head = self.head = parse_head(self.raw_head)
        if head.framing is Framing.UNCLEAR:
            return
        if not head.has_body:
            self.is_whole = True
        elif head.length > self._limits.max_bytes or not self._wants_body(head):
            self.is_skipped = True
        else:
            self._chunks = ChunkScan() if head.framing is Framing.CHUNKED else None
            self._length = head.length
            self.stage = Stage.BODY

    def _feed_body(self, data: bytes) -> bytes:
        if self._chunks:
            most = self._limits.max_bytes + _READ_AHEAD
            used = self._chunks.feed(data, most)
            self.is_whole = self._chunks.is_done
            ended = self.is_whole or self._chunks.is_broken or self._chunks.payload > most
        else:
            used = min(len(data), self._length - self.received)
            ended = self.is_whole = self.received + used == self._length
        self.body.write(data if used == len(data) else memoryview(data)[:used])
        self.received += used
        if ended:
            self.stage = Stage.DONE
        return data[used:]
