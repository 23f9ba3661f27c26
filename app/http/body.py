"""Reads a request's body within its byte limit."""

from io import BytesIO
from typing import IO, Any

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.datastructures import MultiDict

from app.errors import BodyTooLargeError, InvalidOptionError, MalformedRequestError, UnsupportedMediaError
from app.http.content_coding import decoded, is_coded
from app.http.part_heads import CountedHeads
from app.protocols.wire import FilePart, WireRequest

_CHUNK_BYTES = 1 << 16


class MemoryRequest(Request):
    """A request whose file parts stay in memory: they are bounded by the body limit, and no disk can fill up."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._streams: list[IO[bytes]] = []

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        self._streams.append(BytesIO())
        return self._streams[-1]

    def _get_stream_for_parsing(self) -> Any:
        boundary = self.mimetype_params.get("boundary")
        stream = super()._get_stream_for_parsing()
        return CountedHeads(stream, boundary) if boundary and self.mimetype == "multipart/form-data" else stream

    def parts(self) -> tuple[FilePart, ...]:
        """The file parts, in the order in which they were sent."""
        parts = [(name, part) for name, parts in self.files.lists() for part in parts]
        parts.sort(key=lambda named: next(n for n, stream in enumerate(self._streams) if stream is named[1].stream))
        contents = tuple(FilePart(name, part.read()) for name, part in parts)
        for stream in self._streams:
            stream.close()
        return contents


def read_body(incoming: MemoryRequest, max_bytes: int) -> tuple[WireRequest, int]:
    """*incoming* as the dialects take it, and the bytes that its files or its body have.

    Raises:
        BodyTooLargeError: Its declared length, or that of what is compressed in it, is over the limit, or there is too
            much around the parts of a form.
            (Without a declared length the framework raises its own 413 once more than the limit has been read.)
        MalformedRequestError: The body ends early, its chunks or what is compressed in it are malformed, the query is
            not UTF-8, or a part has no name.
        UnsupportedMediaError: The body is compressed in a way that is not known, or is a form and compressed.
        InvalidOptionError: A query parameter or form field is given twice, with different values.
    """
    length = incoming.content_length
    if length is not None and length > max_bytes:
        raise BodyTooLargeError(f"a body of {length} bytes > {max_bytes} allowed")
    try:
        return _read_wire(incoming, length, max_bytes)
    except ParseException as error:
        raise MalformedRequestError("the body's chunks are malformed") from error


def _read_wire(incoming: MemoryRequest, length: int | None, max_bytes: int) -> tuple[WireRequest, int]:
    try:
        query = _single_values(incoming.args)
    except UnicodeDecodeError as error:
        raise MalformedRequestError("the query is not UTF-8") from error
    path_values: dict[str, str] = incoming.view_args or {}
    headers = {name.lower(): value for name, value in incoming.headers.items()}
    coded = is_coded(headers.get("content-encoding", ""))
    if incoming.mimetype != "multipart/form-data":
        body = _read_raw(incoming)
        if length is not None and len(body) < length:
            raise MalformedRequestError(f"the body ended after {len(body)} of {length} bytes")
        body = decoded(body, max_bytes) if coded else body
        return WireRequest(incoming.mimetype, query, body, headers=headers, path_values=path_values), len(body)
    if coded:
        raise UnsupportedMediaError("a form cannot be compressed as a whole")
    if None in incoming.files or None in incoming.form:
        raise MalformedRequestError("a part of the form has no name")
    form, files = _single_values(incoming.form), incoming.parts()
    wire = WireRequest(incoming.mimetype, query, form=form, files=files, headers=headers, path_values=path_values)
    return wire, sum(len(part.data) for part in files)


def _single_values(values: MultiDict[str, str]) -> dict[str, str]:
    for name, given in values.lists():
        if len(set(given)) > 1:
            raise InvalidOptionError(f"{name} is given twice, with different values")
    return values.to_dict()


def _read_raw(incoming: MemoryRequest) -> bytes:
    """The whole body. Werkzeug's own ``get_data`` would cut a chunked body at the limit and say nothing."""
    body = bytearray()
    while chunk := incoming.stream.read(_CHUNK_BYTES):
        body += chunk
    return bytes(body)
