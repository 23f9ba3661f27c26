"""Compressed bodies: what is taken apart, and how much of it."""

import gzip
import io
import tracemalloc
import zlib

import pytest

from app.errors import BodyTooLargeError, MalformedRequestError, UnsupportedMediaError
from app.http.body import MemoryRequest, read_body
from app.http.content_coding import decoded, is_coded

DATA = bytes(range(256)) * 16


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_what_was_compressed_comes_out(compress):
    """Of both formats, up to the limit to the byte."""
    assert decoded(compress(DATA), len(DATA)) == DATA
    assert decoded(compress(b""), len(DATA)) == b""


def test_no_more_than_the_limit_is_unpacked():
    """A bomb of ten kilobytes is never blown up to its ten megabytes."""
    bomb = gzip.compress(bytes(10_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError, match="more than 4096 bytes, once unpacked, > 4096 allowed"):
            decoded(bomb, 4096)
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body ends before"),
        (b"hello", "not what its Content-Encoding says"),
        (gzip.compress(DATA)[:-1], "the body ends before"),
        (gzip.compress(DATA) + b"!", "bytes behind"),
        (gzip.compress(DATA) + gzip.compress(DATA), "bytes behind"),
        (gzip.compress(DATA)[:-8] + bytes(8), "not what its Content-Encoding says"),
        (zlib.compress(DATA)[2:-4], "not what its Content-Encoding says"),
    ],
)
def test_damage_is_malformed(body, detail):
    """What is cut off, damaged, of another format or followed by something is refused."""
    with pytest.raises(MalformedRequestError, match=detail):
        decoded(body, 100_000)


def test_codings_are_known_by_their_names():
    """In any case; no coding, and identity, which says that there is none, are left as they are."""
    assert [is_coded(name) for name in ("gzip", "GZIP", "x-gzip", " deflate ")] == [True] * 4
    assert [is_coded(name) for name in ("", "identity")] == [False] * 2


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, gzip", "x" * 999])
def test_other_codings_are_refused(name):
    """By their name, shortened."""
    with pytest.raises(UnsupportedMediaError, match="is not supported; gzip and deflate are") as caught:
        is_coded(name)
    assert len(str(caught.value)) < 200


def incoming(body, **environ):
    """A request with a body."""
    length = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    return MemoryRequest({"REQUEST_METHOD": "POST", "QUERY_STRING": ""} | length | environ)


def test_a_body_is_unpacked_before_anybody_reads_it():
    """The dialects get what was compressed; a body without a coding comes as it is."""
    packed = gzip.compress(DATA)
    wire, size = read_body(incoming(packed, HTTP_CONTENT_ENCODING="gzip"), 10_000)
    assert (wire.body, size) == (DATA, len(DATA))
    assert read_body(incoming(packed), 10_000)[0].body == packed


def test_a_compressed_form_is_refused():
    """No client sends one, and its parts are read as they come."""
    with pytest.raises(UnsupportedMediaError, match="a form cannot be compressed"):
        read_body(incoming(b"", HTTP_CONTENT_ENCODING="gzip", CONTENT_TYPE="multipart/form-data; boundary=x"), 10_000)
