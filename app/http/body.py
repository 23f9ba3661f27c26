"""Reads a request's body within its byte limit."""

from io import BytesIO
from typing import IO, Any

from flask import Request

from app.errors import BodyTooLargeError, MalformedRequestError
from app.protocols.native import WireRequest

_FILE_PARTS = ("file", "image")
_CHUNK_BYTES = 1 << 16


class MemoryRequest(Request):
    """A request whose file parts stay in memory: they are bounded by the body limit, and no disk can fill up."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return BytesIO()


def read_body(request: Request, max_bytes: int) -> tuple[WireRequest, int]:
    """*request* as the dialects take it, and the bytes that its images or its body have.

    Raises:
        BodyTooLargeError: Its declared length is over the limit. (Without a declared length the framework raises
            its own 413 once more than the limit has been read.)
        MalformedRequestError: The body ends early, or is multipart without end or with unknown parts.
    """
    length = request.content_length
    if length is not None and length > max_bytes:
        raise BodyTooLargeError(f"a body of {length} bytes > {max_bytes} allowed")
    query = request.args.to_dict()
    if request.mimetype != "multipart/form-data":
        body = _read_raw(request)
        if length is not None and len(body) < length:
            raise MalformedRequestError(f"the body ended after {len(body)} of {length} bytes")
        return WireRequest(request.mimetype, query, body), len(body)
    form = request.form.to_dict()
    unknown = sorted(set(request.files) - set(_FILE_PARTS))
    if unknown:
        raise MalformedRequestError(f"unknown file part {unknown[0]!r}; images are sent as file or image")
    files = tuple(part.read() for name in _FILE_PARTS for part in request.files.getlist(name))
    return WireRequest(request.mimetype, query, form=form, files=files), sum(map(len, files))


def _read_raw(request: Request) -> bytes:
    """The whole body. Werkzeug's own ``get_data`` would cut a chunked body at the limit and say nothing."""
    body = bytearray()
    while chunk := request.stream.read(_CHUNK_BYTES):
        body += chunk
    return bytes(body)
