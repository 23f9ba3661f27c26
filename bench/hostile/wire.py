"""Requests as bytes."""

from __future__ import annotations

from collections.abc import Sequence

HOST = b"ocr.test"
BOUNDARY = b"bOuNdArY"


def post(body: bytes, *headers: bytes, target: bytes = b"/ocr", length: int | None = None) -> bytes:
    """Return a POST of *body* with these header lines, and of its length or the one given."""
    lines = [b"POST %s HTTP/1.1" % target, b"Host: " + HOST, *headers]
    lines.append(b"Content-Length: %d" % (len(body) if length is None else length))
    return b"\r\n".join([*lines, b"", b""]) + body


def head(*lines: bytes) -> bytes:
    """Return header lines with the empty one behind them."""
    return b"\r\n".join([*lines, b"", b""])


def chunked(*pieces: bytes) -> bytes:
    """Return a body in chunks, its end included."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"


def part(data: bytes, *headers: bytes, name: bytes = b"file") -> bytes:
    """Return a file part of a form, with further header lines."""
    first = b'Content-Disposition: form-data; name="%s"; filename="a.png"' % name
    return head(b"--" + BOUNDARY, first, *headers) + data + b"\r\n"


def form(parts: Sequence[bytes], boundary: bytes = BOUNDARY, *, end: bool = True) -> bytes:
    """Return a POST of a form."""
    body = b"".join(parts) + (b"--" + BOUNDARY + b"--\r\n" if end else b"")
    return post(body, b"Content-Type: multipart/form-data; boundary=" + boundary)
