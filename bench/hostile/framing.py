"""Requests whose head and body contradict each other, end early, or are no HTTP."""

from __future__ import annotations

import random
from collections.abc import Iterator

from bench.hostile.item import CLOSED, MALFORMED, OK, UNSUPPORTED, HostileRequest
from bench.hostile.wire import chunked, head, post

_REFUSED = frozenset({CLOSED, "400", "404", "405", "408", "411", "413", "414", "415", "417", "431", "501", "505"})
"""What may be said of it; 501 and 505 say that the protocol asks for what is not served."""

_START = (b"POST /ocr HTTP/1.1", b"Host: a")
_CHUNKED = b"Transfer-Encoding: chunked"


def requests(good: bytes) -> Iterator[HostileRequest]:
    """Yield requests; *good* is a PNG."""
    yield from _lengths(good)
    yield from _chunks(good)
    yield from _targets(good)
    yield from _heads()
    yield from _noise()


def _lengths(good: bytes) -> Iterator[HostileRequest]:
    length = b"Content-Length: %d" % len(good)
    heads: dict[str, tuple[bytes, ...]] = {
        "two lengths": (length, b"Content-Length: 5"),
        "same length twice": (length, length),
        "lengths in one": (length + b", 5",),
        "negative length": (b"Content-Length: -1",),
        "signed length": (b"Content-Length: +%d" % len(good),),
        "hexadecimal length": (b"Content-Length: 0x10",),
        "no length": (b"Content-Length:",),
        "words for length": (b"Content-Length: many",),
        "digits without end": (b"Content-Length: " + b"9" * 5000,),
        "other digits": ("Content-Length: \u0663".encode(),),
        "length and chunks": (length, _CHUNKED),
        "coding unknown": (b"Transfer-Encoding: xchunked",),
        "coding hidden": (b"Transfer-Encoding: \x0bchunked", length),
        "coding twice": (_CHUNKED, b"Transfer-Encoding: identity", length),
        "coding and blank": (b"Transfer-Encoding : chunked", length),
        "coding zip": (b"Transfer-Encoding: gzip, chunked",),
    }
    for name, lines in heads.items():
        yield HostileRequest(f"framing/{name}", head(*_START, *lines) + good, _REFUSED | {OK}, is_http=False)
    early = MALFORMED | {CLOSED}
    yield HostileRequest("framing/ends early", post(good[:50], length=len(good)), early)
    yield HostileRequest("framing/nothing comes", post(b"", length=1000), early)
    yield HostileRequest("framing/too long", post(good, length=10**12), frozenset({"body_too_large"}))
    yield HostileRequest("framing/more comes", post(good, length=100), frozenset({"broken_image"}))


def _chunks(good: bytes) -> Iterator[HostileRequest]:
    bodies = {
        "size is a word": b"zz\r\n" + good,
        "size is negative": b"-5\r\n" + good,
        "size is great": b"ffffffffffffffff\r\n" + good,
        "size without end": b"0" * 100_000 + b"5\r\n",
        "size and blank": b" 5 \r\nhello\r\n0\r\n\r\n",
        "extension without end": b"5;" + b"a" * 200_000 + b"\r\nhello\r\n0\r\n\r\n",
        "no line behind it": b"5\r\nhelloXX0\r\n\r\n",
        "bare lines": b"5\nhello\n0\n\n",
        "no last one": b"5\r\nhello\r\n",
        "trailers without end": b"5\r\nhello\r\n0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        "another length in trailers": b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n",
        "nothing": b"",
    }
    for name, body in bodies.items():
        allowed = _REFUSED | UNSUPPORTED | MALFORMED
        yield HostileRequest(f"chunks/{name}", head(*_START, _CHUNKED) + body, allowed, is_http=False)
    crumbs = chunked(*(good[i : i + 1] for i in range(len(good))))
    yield HostileRequest("chunks/of a byte", head(*_START, _CHUNKED) + crumbs, frozenset({OK}))
    endless = chunked(*[bytes(1 << 20)] * 24)
    yield HostileRequest("chunks/too many", head(*_START, _CHUNKED) + endless, frozenset({"body_too_large"}))


def _targets(good: bytes) -> Iterator[HostileRequest]:
    options = {
        "?words=1&words=0": {"invalid_option"},
        "?" + "a=b&" * 2000: {"invalid_option", *_REFUSED},
        "?" + "a" * 7000 + "=1": {"invalid_option", *_REFUSED},
        "?%00=1": {"invalid_option", "400", CLOSED},
        "?%ff%fe=%ff": {"invalid_option", "400", CLOSED},
        "?words=%0d%0aSet-Cookie:%20a=b": {"invalid_option"},
        "?__class__=1": {"invalid_option"},
        "?format=../../../etc/passwd": {"invalid_option"},
        "/../../etc/passwd": {"404", "405", "308"},
        "/%2e%2e/": {"404", "405", "308"},
        "%00": {"404", "405", "400", CLOSED},
        "//": {"404", "405", "308"},
        ";a=b": {"404", "405", "ok"},
    }
    for target, allowed in options.items():
        data = post(good, target=b"/ocr" + target.encode())
        is_short = len(target) < 4000  # a server may refuse a longer line before there is anything to be asked
        yield HostileRequest(f"target/{target[:40]}", data, frozenset(allowed) | {"not_found"}, is_http=is_short)
    latin = post(good, target=b"/ocr?\xbb=\xff")
    yield HostileRequest("target/no utf-8", latin, frozenset({"malformed_request", "400", CLOSED}), is_http=False)
    yield HostileRequest("target/too long", post(good, target=b"/ocr?" + b"a" * 100_000), _REFUSED, is_http=False)
    yield HostileRequest("target/no path", post(good, target=b"ocr"), _REFUSED | {OK}, is_http=False)
    yield HostileRequest("target/blank", post(good, target=b"/o cr"), _REFUSED, is_http=False)


def _heads() -> Iterator[HostileRequest]:
    lines = {
        "no HTTP": (b"HELO example.com",),
        "HTTP 0.9": (b"GET /",),
        "HTTP 3.0": (b"GET / HTTP/3.0", b"Host: a"),
        "method unknown": (b"BREW /ocr HTTP/1.1", b"Host: a"),
        "method of signs": (b"<script> /ocr HTTP/1.1", b"Host: a"),
        "method without end": (b"A" * 100_000 + b" / HTTP/1.1",),
        "trace": (b"TRACE /ocr HTTP/1.1", b"Host: a"),
        "connect": (b"CONNECT 127.0.0.1:22 HTTP/1.1", b"Host: a"),
        "header without end": (*_START, b"X: " + b"a" * 200_000),
        "headers without end": (*_START, *(b"X-%d: a" % number for number in range(5000))),
        "header without colon": (*_START, b"nonsense"),
        "header of nul": (*_START, b"X: a\0b"),
        "header folded": (*_START, b"X: a", b" b"),
        "header of signs": (*_START, b"X(Y): b"),
        "two hosts": (b"POST /ocr HTTP/1.1", b"Host: a", b"Host: b", b"Content-Length: 0"),
        "host of signs": (b"GET /info HTTP/1.1", b"Host: a/b?c#d@e"),
        "expectation": (*_START, b"Expect: 200-maybe", b"Content-Length: 0"),
        "upgrade": (b"GET / HTTP/1.1", b"Host: a", b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings"),
        "bare lines": (b"GET / HTTP/1.1\nHost: a\n\n",),
    }
    for name, what in lines.items():
        allowed = _REFUSED | MALFORMED | {OK, "not_found", "method_not_allowed"}
        yield HostileRequest(f"head/{name}", head(*what), allowed, is_http=False)
    yield HostileRequest("head/unfinished", b"POST /ocr HTTP/1.1\r\nHost: a\r\nX", _REFUSED, is_http=False)
    identity = head(*_START, b"X-Request-Id: a\tb<script>" + b"a" * 300, b"Content-Length: 0")
    yield HostileRequest("head/request id", identity, MALFORMED)


def _noise() -> Iterator[HostileRequest]:
    rng = random.Random("noise")  # noqa: S311 - noise, no secrets
    pieces = {
        "empty": b"",
        "lines": b"\r\n" * 1000,
        "nul": bytes(1000),
        "tls": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + rng.randbytes(500),
        "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(20),
        "ssh": b"SSH-2.0-OpenSSH_9.9\r\n",
        "png": b"\x89PNG\r\n\x1a\n" + rng.randbytes(500),
        **{f"random {number}": rng.randbytes(10 * 4**number) for number in range(6)},
    }
    for name, data in pieces.items():
        yield HostileRequest(f"noise/{name}", data, _REFUSED, is_http=False)
