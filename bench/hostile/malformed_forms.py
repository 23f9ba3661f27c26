"""Multipart forms that never end, nest, repeat, or name what cannot be named."""

from __future__ import annotations

from collections.abc import Iterator

from bench.hostile.item import MALFORMED, OK, HostileRequest
from bench.hostile.wire import BOUNDARY, chunked, form, head, part, post

_FINE = frozenset({OK})
_MANY = frozenset({"too_many_images"})
_OPTION = frozenset({"invalid_option"})
_LONG = frozenset({"body_too_large"})
_ANY = _FINE | MALFORMED | _MANY | _OPTION | _LONG
_TYPE = b"Content-Type: multipart/form-data; boundary="


def requests(good: bytes) -> Iterator[HostileRequest]:
    """Yield requests whose body is a form or says that it is; *good* is a PNG."""
    yield HostileRequest("form/good", form([part(good)]), _FINE)
    yield from _counts(good)
    yield from _boundaries(good)
    yield from _names(good)
    yield from _part_heads(good)


def _counts(good: bytes) -> Iterator[HostileRequest]:
    field = head(b"--" + BOUNDARY, b'Content-Disposition: form-data; name="words"') + b"1\r\n"
    yield HostileRequest("form/thousands of parts", form([part(b"")] * 5000), _MANY)
    yield HostileRequest("form/thousands of fields", form([field] * 5000), _MANY)
    yield HostileRequest("form/hundreds of images", form([part(good)] * 200), _MANY)
    yield HostileRequest("form/nothing", form([]), MALFORMED)
    yield HostileRequest("form/only fields", form([field]), MALFORMED)
    yield HostileRequest("form/empty files", form([part(b"")] * 3), MALFORMED)
    long = head(b"--" + BOUNDARY, b'Content-Disposition: form-data; name="words"') + b"1" * 3_000_000 + b"\r\n"
    yield HostileRequest("form/long field", form([part(good), long]), _OPTION)


def _boundaries(good: bytes) -> Iterator[HostileRequest]:
    whole = part(good) + b"--" + BOUNDARY + b"--\r\n"
    yield HostileRequest("form/no boundary", post(whole, b"Content-Type: multipart/form-data"), MALFORMED)
    yield HostileRequest("form/empty boundary", post(whole, _TYPE), MALFORMED)
    yield HostileRequest("form/quoted boundary", post(whole, _TYPE + b'"' + BOUNDARY + b'"'), _FINE)
    yield HostileRequest("form/open quote", post(whole, _TYPE + b'"' + BOUNDARY), _ANY)
    yield HostileRequest("form/another boundary", post(whole, _TYPE + b"another"), MALFORMED)
    yield HostileRequest("form/long boundary", post(whole, _TYPE + b"a" * 5000), MALFORMED)
    yield HostileRequest("form/boundary of signs", post(whole, _TYPE + b"(.*)+$[a-z]{1,9}\\"), MALFORMED)
    yield HostileRequest("form/boundary twice", post(whole, _TYPE + BOUNDARY + b"; boundary=another"), _ANY)
    yield HostileRequest("form/no end", form([part(good)], end=False), _FINE | MALFORMED)
    yield HostileRequest("form/ends in a head", form([part(good), b"--" + BOUNDARY + b"\r\nContent-"], end=False), _ANY)
    yield HostileRequest("form/ends in a boundary", form([part(good), b"--" + BOUNDARY[:4]], end=False), _ANY)
    almost = b"\r\n--" + BOUNDARY[:-1]
    yield HostileRequest("form/almost boundaries", form([part(almost * 50_000)]), frozenset({"unsupported_media_type"}))
    yield HostileRequest("form/lines", form([part(b"\r\n" * 500_000)]), frozenset({"unsupported_media_type"}))
    yield HostileRequest("form/returns", form([part(b"\r" * 500_000)]), frozenset({"unsupported_media_type"}))
    inner = head(
        b"--" + BOUNDARY, b'Content-Disposition: form-data; name="file"', b"Content-Type: multipart/mixed; boundary=in"
    )
    nested = inner + b"--in\r\n" * 2000 + b"--in--\r\n"
    yield HostileRequest("form/nested", form([nested]), _ANY)
    yield HostileRequest("form/before it", form([b"x" * 1_000_000 + b"\r\n", part(good)]), _FINE | MALFORMED)
    yield HostileRequest("form/behind it", post(whole + b"x" * 1_000_000, _TYPE + BOUNDARY), _FINE)
    body = chunked(*(whole[i : i + 1] for i in range(len(whole))))
    lines = (b"POST /ocr HTTP/1.1", b"Host: a", _TYPE + BOUNDARY, b"Transfer-Encoding: chunked")
    yield HostileRequest("form/chunks of a byte", head(*lines) + body, _FINE)


def _names(good: bytes) -> Iterator[HostileRequest]:
    names = {
        "none": b"",
        "long": b"a" * 1_000_000,
        "nul": b"fi\0le",
        "quote": b'fi\\"le',
        "line": b"file%0d%0aSet-Cookie: a=b",
        "bare return": b"file\rX: y",
        "not utf-8": b"\xff\xfe",
        "path": b"../../etc/passwd",
    }
    for name, value in names.items():
        yield HostileRequest(f"form/name {name}", form([part(good, name=value)]), MALFORMED | _MANY | _LONG)
    files = {
        "path": b'filename="../../../etc/passwd"',
        "nul": b'filename="a\0.png"',
        "line": b'filename="a\\r\\nX-Injected: 1.png"',
        "encoded": b"filename*=UTF-8''%ff%fe%00%0d%0a",
        "continued": b"".join(b"filename*%d=a; " % number for number in range(5000)),
        "long": b'filename="' + b"a" * 1_000_000 + b'"',
        "empty": b'filename=""',
        "twice": b'filename="a"; filename="b"',
        "open": b'filename="a',
        "backslashes": b'filename="' + b"\\" * 100_001 + b'"',
    }
    for name, value in files.items():
        line = b'Content-Disposition: form-data; name="file"; ' + value
        yield HostileRequest(f"form/file {name}", form([head(b"--" + BOUNDARY, line) + good + b"\r\n"]), _ANY)


def _part_heads(good: bytes) -> Iterator[HostileRequest]:
    heads = {
        "none": (b"",),
        "no disposition": (b"Content-Type: image/png",),
        "endless": (b'Content-Disposition: form-data; name="file"; filename="a"', b"X: " + b"a" * 2_000_000),
        "thousands": (b'Content-Disposition: form-data; name="file"; filename="a"', *[b"X: a"] * 20_000),
        "folded": (b"Content-Disposition: form-data;", b' name="file";', b' filename="a"'),
        "no colon": (b'Content-Disposition: form-data; name="file"; filename="a"', b"nonsense"),
        "nul": (b'Content-Disposition: form-data; name="file"; filename="a"', b"X\0: a"),
        "attachment": (b'Content-Disposition: attachment; name="file"; filename="a"',),
        "base64": (b'Content-Disposition: form-data; name="file"; filename="a"', b"Content-Transfer-Encoding: base64"),
        "length": (b'Content-Disposition: form-data; name="file"; filename="a"', b"Content-Length: 99999999999"),
        "negative length": (b'Content-Disposition: form-data; name="file"; filename="a"', b"Content-Length: -1"),
        "odd length": (b'Content-Disposition: form-data; name="file"; filename="a"', b"Content-Length: x"),
        "charset": (b'Content-Disposition: form-data; name="words"', b"Content-Type: text/plain; charset=undefined"),
        "semicolons": (b"Content-Disposition: form-data" + b";" * 100_000,),
        "parameters": (b"Content-Disposition: form-data" + b"; a=b" * 20_000,),
    }
    for name, lines in heads.items():
        yield HostileRequest(f"form/head {name}", form([head(b"--" + BOUNDARY, *lines) + good + b"\r\n"]), _ANY)
