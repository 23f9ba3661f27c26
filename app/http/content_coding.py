"""Bodies that clients compress: taken apart within the limit that holds for bodies as they are."""

import zlib

from app.errors import BodyTooLargeError, MalformedRequestError, UnsupportedMediaError

_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS
"""Told by the first bytes: HTTP's deflate is zlib's format."""

_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})


def is_coded(coding: str) -> bool:
    """Whether a body with this Content-Encoding has to be decoded.

    Raises:
        UnsupportedMediaError: It is in a coding that is not known.
    """
    name = coding.strip().lower()
    if name in {"", "identity"}:
        return False
    if name not in _CODINGS:
        raise UnsupportedMediaError(f"Content-Encoding {name[:64]!r} is not supported; gzip and deflate are")
    return True


def decoded(body: bytes, max_bytes: int) -> bytes:
    """What was compressed to *body*; no more than *max_bytes* and one are ever unpacked.

    Raises:
        BodyTooLargeError: It has more bytes than *max_bytes*.
        MalformedRequestError: It is damaged, ends early, or something is behind it.
    """
    unpacking = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        data = unpacking.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise MalformedRequestError("the body is not what its Content-Encoding says") from error
    if len(data) > max_bytes:
        raise BodyTooLargeError(f"a body of more than {max_bytes} bytes, once unpacked, > {max_bytes} allowed")
    if not unpacking.eof:
        raise MalformedRequestError("the body ends before what is compressed in it does")
    if unpacking.unused_data:
        raise MalformedRequestError("there are bytes behind what is compressed in the body")
    return data
