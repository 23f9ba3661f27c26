"""Has gunicorn's parser read a request from memory, and holds its reading against where the event loop saw the end."""

from io import BytesIO, RawIOBase
from typing import Any, NoReturn

from gunicorn.config import Config
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.errors import InvalidChunkSize, NoMoreData
from gunicorn.http.parser import RequestParser

from app.errors import HeadersTooLargeError, MalformedRequestError, QueueFullError
from app.server.request_framing import RequestFraming
from app.server.request_head import Framing


class RequestSource:
    """What the parser takes for a socket: the head, and behind it a chunked body; nothing of the next request."""

    def __init__(self, framing: RequestFraming) -> None:
        head = framing.head
        chunked = head is not None and head.framing is Framing.CHUNKED and not framing.is_skipped
        self._parts = [BytesIO(framing.raw_head), framing.body] if chunked else [BytesIO(framing.raw_head)]
        self._is_cut = chunked and not framing.is_whole

    def recv(self, size: int) -> bytes:
        """Up to *size* bytes; none at the end.

        Raises:
            InvalidChunkSize: The body was given up here, because its chunks are malformed or its limit is passed.
        """
        while self._parts:
            if data := self._parts[0].read(size):
                return data
            del self._parts[0]
        if self._is_cut:
            raise InvalidChunkSize(b"")
        return b""


class UnreadBody(RawIOBase):
    """The body of a request that the application did not want when its head came. To read it now is too late."""

    def readable(self) -> bool:
        """Only to say why not."""
        return True

    def readinto(self, _: Any) -> NoReturn:
        """Refuse.

        Raises:
            QueueFullError: Always: what stood against the body at its head has passed since.
        """
        raise QueueFullError("the service was full when the request's head came")

    def read(self, _: int = -1) -> NoReturn:
        """Refuse, as ``readinto`` does."""
        self.readinto(None)


def parse(cfg: Config, framing: RequestFraming, peer: Any) -> Any:
    """Read the request with gunicorn's parser; its body is in memory.

    Raises:
        ParseException: gunicorn's parser refuses it.
        HeadersTooLargeError: Its head is over the limit.
        MalformedRequestError: It ended early, or the two readings of it differ.
    """
    if framing.is_head_too_large:
        raise HeadersTooLargeError("the request's headers are too large")
    parser = RequestParser(cfg, RequestSource(framing), peer)
    try:
        request = next(parser)
    except (NoMoreData, StopIteration):
        raise MalformedRequestError("the request's head ended early") from None
    head, reader = framing.head, request.body.reader
    if head is None or head.framing is Framing.UNCLEAR:
        raise MalformedRequestError("the request's length is unclear")
    if head.framing is Framing.LENGTH:
        agreed = isinstance(reader, LengthReader) and reader.length == head.length and not _has_rest(request)
        request.body = framing.body
    else:
        agreed = isinstance(reader, ChunkedReader)
    if not agreed:
        raise MalformedRequestError("the request's length is unclear")
    if framing.is_skipped:
        request.body = UnreadBody()
    else:
        framing.body.seek(0)
    return request


def is_used_up(request: Any, framing: RequestFraming) -> bool:
    """Whether the parser, having read the whole body, ends where the event loop saw the end.

    Raises:
        ParseException: What the application left of the body is malformed.
    """
    if not framing.is_whole:
        return False
    if framing.head is None or framing.head.framing is Framing.LENGTH:
        return True
    if request.body.failed:
        return False
    while request.body.read(1 << 16):
        pass
    return not _has_rest(request)


def _has_rest(request: Any) -> bool:
    return bool(request.unreader.take_buffered() or request.unreader.chunk())
