"""gunicorn's reading of a request against the event loop's."""

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException

from app.errors import MalformedRequestError, OcrError, QueueFullError
from app.server.request_framing import RequestFraming
from app.server.request_head import Framing
from app.server.request_parsing import is_used_up, parse

PEER = ("127.0.0.1", 1)


@pytest.fixture
def framed(limits):
    """Feed bytes to a framing."""

    def feed(data, wants=lambda _: True):
        framing = RequestFraming(limits, wants)
        framing.feed(data)
        return framing

    return feed


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\n\r\n", b"hello"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET /2 HTTP/1.1\r\n\r\n",
            b"hello",
        ),
    ],
)
def test_a_body_is_read_to_its_end_and_no_further(framed, data, body):
    """The application gets its body, and the connection can be used again whether it reads it or not."""
    for reads in (True, False):
        framing = framed(data)
        request = parse(Config(), framing, PEER)
        if reads:
            assert request.body.read() == body
        assert is_used_up(request, framing)


def test_a_difference_in_reading_ends_the_request(framed):
    """Were our length ever another than the parser's, nothing of either would be served."""
    for length, is_chunked in ((4, False), (0, False), (5, True)):
        framing = framed(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")
        object.__setattr__(framing.head, "length", length)
        if is_chunked:
            object.__setattr__(framing.head, "framing", Framing.CHUNKED)
        with pytest.raises(MalformedRequestError):
            parse(Config(), framing, PEER)


@pytest.mark.parametrize(
    "fields",
    ["Transfer-Encoding: gzip, chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5, 5"],
)
def test_an_unclear_length_is_refused_even_if_the_parser_takes_it(framed, fields):
    """Where the loop did not read a body, the application is not told that there is none."""
    with pytest.raises((OcrError, ParseException)):
        parse(Config(), framed(f"POST / HTTP/1.1\r\n{fields}\r\n\r\n".encode()), PEER)


def test_chunks_that_were_given_up_end_in_an_error(framed):
    """Behind the last byte that was read stands the parser's own error, not an end that looks like the body's."""
    for chunks in (b"5\r\nhello\r\nZZ\r\n", b"1000\r\n" + b"x" * 2000):
        framing = framed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        request = parse(Config(), framing, PEER)
        with pytest.raises(ParseException):
            request.body.read()
        assert not is_used_up(request, framing)


def test_a_body_that_was_not_wanted_cannot_be_read(framed):
    """Should the application change its mind, it is told to refuse: the body was never read."""
    framing = framed(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", lambda _: False)
    request = parse(Config(), framing, PEER)
    with pytest.raises(QueueFullError):
        request.body.read()
    assert not is_used_up(request, framing)


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_was_read_is_not_kept(framed, data):
    """Once the application has it, the server's copy is gone, however long the request takes."""
    framing = framed(data)
    request = parse(Config(), framing, PEER)
    assert request.body.read(3) + request.body.read() == b"hello"
    assert framing.body.getvalue() == b""
    assert request.body.read() == b""
    assert is_used_up(request, framing)
