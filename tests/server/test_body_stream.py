"""A body is in memory once: the stream that held it is empty when it was read."""

import pytest

from app.server.body_stream import BodyStream


def read(stream):
    """Read as a handler does."""
    return stream.read()


def read_into(stream):
    """Read as the framework's limited stream does."""
    buffer = bytearray(8)
    found = b""
    while count := stream.readinto(buffer):
        found += buffer[:count]
    return found


@pytest.mark.parametrize("how", [read, read_into])
def test_a_stream_that_was_read_holds_nothing(how):
    """Whichever way it is read, and all that was in it came out."""
    stream = BodyStream()
    stream.write(b"twenty letters or so")
    stream.seek(0)
    assert how(stream) == b"twenty letters or so"
    assert stream.getbuffer().nbytes == 0
    assert stream.read() == b""


def test_a_stream_that_is_half_read_is_whole():
    """Until its end is reached nothing is dropped."""
    stream = BodyStream()
    stream.write(b"twenty letters or so")
    stream.seek(0)
    assert stream.read(6) == b"twenty"
    assert stream.getvalue() == b"twenty letters or so"
