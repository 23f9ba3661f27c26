"""Where a request ends, however its bytes are cut up, and what is not believed."""

import dataclasses

import pytest

from app.server.request_framing import RequestFraming, Stage
from app.server.request_head import Framing, parse_head

PLAIN = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nGET / HTTP/"
CHUNKED = (
    b"POST /ocr HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n"
    b'5\r\nhello\r\n00c ; name="value"\r\n\r\n0\r\n\r\nworld\r\n0\r\nTrailer: x\r\n\r\n'
)
REQUESTS = {
    "plain": PLAIN,
    "no headers": b"GET / HTTP/1.0\r\n\r\n",
    "empty line in front": b"\r\n" + PLAIN,
    "length": LENGTH,
    "length 0": b"POST /ocr HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "chunked": CHUNKED,
    "no chunks": b"POST /ocr HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.fixture
def framing(limits):
    """Make a framing; *wants* is the application's word on bodies."""
    return lambda wants=lambda _: True: RequestFraming(limits, wants)


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
def test_a_request_ends_where_it_ends_however_it_is_cut(framing, request_bytes):
    """At every byte boundary and byte by byte: no byte of the next request is taken, and none is missing."""
    following = b"\r\nPOST /next HTTP/1.1\r\n\r\n0\r\n\r\n"
    whole = request_bytes + following
    for cut in range(len(whole) + 1):
        one, rest = framing(), b""
        for part in (whole[:cut], whole[cut:]):
            rest += one.feed(part) if one.stage is not Stage.DONE else part
        assert (one.is_whole, one.raw_head + one.body.getvalue(), rest) == (True, request_bytes, following), cut
    one, taken = framing(), 0
    while one.stage is not Stage.DONE:
        assert one.feed(whole[taken : taken + 1]) == b""
        taken += 1
    assert whole[:taken] == request_bytes


@pytest.mark.parametrize("request_bytes", [LENGTH, CHUNKED], ids=["length", "chunked"])
def test_a_part_of_a_request_is_not_complete(framing, request_bytes):
    """However much has come: without the last byte the request is not done."""
    for cut in range(len(request_bytes)):
        one = framing()
        one.feed(request_bytes[:cut])
        assert one.stage is not Stage.DONE
        assert not one.is_whole


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\ncontent-length: 6",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: ",
        "Content-Length: ²",
        "Content-Length: 9999999999999999999999",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \x0bchunked",
        "Transfer-Encoding:",
    ],
)
def test_what_can_be_read_in_two_ways_ends_at_its_head(framing, fields):
    """Two lengths, a length and a coding, odd numbers: done, not whole, so that nothing behind it is ever served."""
    one = framing()
    one.feed(f"POST /ocr HTTP/1.1\r\n{fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n".encode("latin-1"))
    assert (one.stage, one.is_whole) == (Stage.DONE, False)
    assert one.body.getvalue() == b""


def test_chunks_are_of_http_1_1(framing):
    """HTTP/1.0 has no chunks: whoever sends them there means something else by it (RFC 9112 section 6.1)."""
    one = framing()
    one.feed(CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert (one.stage, one.is_whole) == (Stage.DONE, False)


@pytest.mark.parametrize(
    "chunks",
    [
        b"ZZ\r\n",
        b"-5\r\n",
        b"0x5\r\n",
        b"5 \r\n",
        b"\r\n",
        b";a\r\n",
        b"1234567890abcdef\r\n",
        b"5\r\nhelloX",
        b"5\r\nhello\rX",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5" * 2000,
        b"5;" + b"a" * 2000,
        b"0\r\n" + b"a: b\r\n" * 2000,
        b"5\n",
    ],
)
def test_broken_chunks_end_the_request(framing, chunks):
    """What is no chunk is seen as soon as it can be, and the request's end counts as unknown; in one piece or many."""
    head = b"POST /ocr HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    for size in (1, 3, len(chunks)):
        one = framing()
        one.feed(head)
        for at in range(0, len(chunks), size):
            if one.stage is not Stage.DONE:
                one.feed(chunks[at : at + size])
        one.stage is Stage.DONE or one.feed(b"\r\n0\r\n\r\n")
        assert (one.stage, one.is_whole) == (Stage.DONE, False), size


def test_chunks_that_are_mostly_sizes_are_given_up(limits):
    """A body in chunks of one byte costs the parser far more than it says: it ends once its sizes outweigh it."""
    one = RequestFraming(dataclasses.replace(limits, max_bytes=10**9), lambda _: True)
    one.feed(b"POST /ocr HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    fed = 0
    while one.stage is not Stage.DONE:
        one.feed(b"1\r\nx\r\n" * 1000)
        fed += 1000
    assert not one.is_whole
    assert fed < 20_000


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_a_chunked_body_is_read_no_further_than_its_limit_shows(framing, cut):
    """A kilobyte over the limit is enough to know: the request is done, and what follows is never served."""
    one = framing()
    one.feed(b"POST /ocr HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire, fed = b"32\r\n" + b"x" * 50 + b"\r\n3000\r\n" + b"x" * 3000, 0
    while one.stage is not Stage.DONE:
        one.feed(wire[fed : fed + cut])
        fed += cut
    assert not one.is_whole
    assert fed <= 1200 + cut


def test_a_body_over_its_limit_is_not_read(framing):
    """The declared length says so: the request is done at its head."""
    one = framing()
    one.feed(b"POST /ocr HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + b"x" * 101)
    assert (one.stage, one.is_whole, one.is_skipped, one.received) == (Stage.DONE, False, True, 0)


def test_the_application_is_asked_at_the_head_of_a_body(framing):
    """With method, path and lower-case headers, before a byte of the body is read; without a body it is not asked."""
    heads = []

    def wants(head):
        heads.append(head)
        return False

    framing(wants).feed(PLAIN)
    one = framing(wants)
    one.feed(LENGTH.replace(b"/ocr", b"/ocr?a=b"))
    assert [(head.method, head.path, head.headers["content-length"]) for head in heads] == [("POST", "/ocr", "11")]
    assert (one.stage, one.is_whole, one.is_skipped, one.received) == (Stage.DONE, False, True, 0)


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"\nGET",
        b"GET / HTTP/1.1\r\nHost: x\n\r\n",
        b"G" * 500,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 500,
    ],
)
def test_a_head_that_never_ends_is_not_waited_for(framing, start):
    """A line feed alone, a line or a head over its limit: done at once, in one piece or byte by byte."""
    for size in (1, len(start)):
        one = framing()
        for at in range(0, len(start), size):
            if one.stage is not Stage.DONE:
                one.feed(start[at : at + size])
        assert (one.stage, one.is_whole) == (Stage.DONE, False)


def test_a_head_over_its_limit_is_refused_although_it_ends(framing):
    """The limit holds for a head that arrives in one piece, too."""
    one = framing()
    one.feed(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 500 + b"\r\n")
    assert (one.stage, one.is_whole, one.is_head_too_large) == (Stage.DONE, False, True)


def test_names_that_only_look_like_a_length_are_none():
    """Underscores and blanks before the colon are not gunicorn's Content-Length either: it refuses or drops them."""
    for name in ("Content_Length", "Content-Length ", " Content-Length"):
        head = parse_head(f"POST / HTTP/1.1\r\n{name}: 5\r\n\r\n".encode())
        assert (head.framing, head.length) == (Framing.LENGTH, 0)


def test_who_waits_to_send_is_known():
    """``Expect: 100-continue`` counts in any case, and in HTTP/1.1 only."""
    raw = b"POST / HTTP/1.%d\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n"
    assert [parse_head(raw % minor).expects_continue for minor in (0, 1)] == [False, True]


def test_a_head_of_more_fields_than_are_taken_is_not_even_looked_at(framing, monkeypatch):
    """A hundred fields are gunicorn's most: thousands of short ones would keep the event loop busy."""
    one = framing()
    monkeypatch.setattr("app.server.request_framing.parse_head", lambda _: pytest.fail("it was looked at"))
    assert one.feed(b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 200 + b"\r\n") == b""
    assert one.stage is Stage.DONE
    assert one.is_head_too_large
    assert not one.is_whole


def test_a_hundred_fields_are_taken(framing):
    """As many as gunicorn takes."""
    one = framing()
    one.feed(b"GET / HTTP/1.1\r\n" + b"".join(b"h%d: 1\r\n" % number for number in range(100)) + b"\r\n")
    assert one.is_whole
    assert not one.is_head_too_large


@pytest.mark.parametrize(("size", "is_taken"), [(16, False), (300, True)])
def test_chunks_that_are_mostly_overhead_are_refused(limits, size, is_taken):
    """A body in crumbs costs the event loop more than it is worth; what real clients send is far above."""
    one = RequestFraming(dataclasses.replace(limits, max_bytes=1 << 22), lambda _: True)
    chunk = b"%x\r\n%s\r\n" % (size, bytes(size))
    one.feed(b"POST /ocr HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2_000_000 // len(chunk)):
        if one.stage is Stage.DONE:
            break
        one.feed(chunk)
    assert (one.stage is Stage.BODY or one.is_whole) is is_taken
