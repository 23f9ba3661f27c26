"""JSON that is deep, long, ambiguous, or holds no image where one should be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from bench.hostile.item import MALFORMED, OK, HostileRequest
from bench.hostile.wire import post

_DEEP = 100_000
_OPTION = frozenset({"invalid_option"})
_JSON = b"Content-Type: application/json"


def requests(good: bytes) -> Iterator[HostileRequest]:
    """Yield requests whose body is JSON or says that it is; *good* is a PNG."""
    text = base64.b64encode(good)
    image = b'{"image": "' + text + b'"'
    fine = frozenset({OK})
    table: dict[str, tuple[bytes, frozenset[str]]] = {
        "good": (image + b"}", fine),
        "deep lists": (b"[" * _DEEP, MALFORMED),
        "deep closed lists": (b"[" * _DEEP + b"]" * _DEEP, MALFORMED),
        "deep objects": (b'{"image":' * _DEEP + b"1" + b"}" * _DEEP, MALFORMED),
        "deep option": (image + b', "words": ' + b"[" * _DEEP + b"]" * _DEEP + b"}", MALFORMED),
        "less deep option": (image + b', "words": ' + b"[" * 500 + b"]" * 500 + b"}", _OPTION),
        "long number": (image + b', "det_max_side": ' + b"9" * 1_000_000 + b"}", MALFORMED),
        "great number": (image + b', "det_max_side": 1e999}', _OPTION),
        "not a number": (image + b', "min_score": NaN}', _OPTION),
        "infinity": (image + b', "min_score": -Infinity}', _OPTION),
        "nothing": (b"", MALFORMED),
        "null": (b"null", MALFORMED),
        "nulls": (b"\0" * 1000, MALFORMED),
        "blanks": (b" " * 1_000_000, MALFORMED),
        "unfinished": (image, MALFORMED),
        "no utf-8": (b'{"image": "\xff\xfe\xfd"}', MALFORMED),
        "utf-16": ((image + b"}").decode().encode("utf-16"), MALFORMED | fine),
        "utf-32": ((image + b"}").decode().encode("utf-32"), MALFORMED | fine),
        "mark first": (b"\xef\xbb\xbf" + image + b"}", MALFORMED | fine),
        "twice": (b'{"image": "", ' + image[1:] + b"}", fine),
        "behind it": (image + b"}{}", MALFORMED),
        "surrogate": (b'{"image": "\\ud800"}', MALFORMED),
        "surrogate option": (image + b', "\\ud800\\u0000\\r\\n": 1}', _OPTION),
        "line in option": (image + b', "words\\r\\nSet-Cookie: a=b": "1"}', _OPTION),
        "prototype": (image + b', "__proto__": {"a": 1}, "constructor": 1}', _OPTION),
        "number": (b'{"image": 1}', MALFORMED),
        "object": (b'{"image": {"url": "http://127.0.0.1/"}}', MALFORMED),
        "address": (b'{"image": "http://127.0.0.1/a.png"}', MALFORMED | frozenset({"url_not_allowed"})),
        "path": (b'{"image": "file:///etc/passwd"}', MALFORMED | frozenset({"url_not_allowed"})),
        "thousands of nothings": (b'{"images": [' + b'"",' * 10_000 + b'""]}', frozenset({"too_many_images"})),
        "thousands of objects": (b'{"images": [' + b"{}," * 10_000 + b"{}]}", frozenset({"too_many_images"})),
        "very many nothings": (b'{"images": [' + b'"",' * 100_000 + b'""]}', frozenset({"malformed_request"})),
        "very many objects": (b'{"images": [' + b"{}," * 100_000 + b"{}]}", frozenset({"malformed_request"})),
        "images in images": (b'{"images": [["' + text + b'"]]}', MALFORMED),
        "unpadded": (b'{"image": "' + text.rstrip(b"=") + b'A"}', MALFORMED | frozenset({"broken_image", OK})),
        "padding": (b'{"image": "' + b"=" * 1_000_000 + b'"}', MALFORMED),
        "spread out": (b'{"image": "' + b"\\n".join(text[i : i + 1] for i in range(len(text))) + b'"}', fine),
        "blank image": (b'{"image": "' + b" " * 1_000_000 + b'"}', MALFORMED),
        "zeros": (b'{"image": "' + b"A" * 4_000_000 + b'"}', frozenset({"unsupported_media_type", "body_too_large"})),
        "within itself": (
            b'{"image": "' + base64.b64encode(b"data:image/png;base64," + text) + b'"}',
            frozenset({"unsupported_media_type"}),
        ),
        "url in url": (b'{"image": "data:image/png;base64,data:image/png;base64,' + text + b'"}', MALFORMED),
        "url of nothing": (b'{"image": "data:,"}', MALFORMED),
        "url of a word": (b'{"image": "data:"}', MALFORMED),
        "url of types": (b'{"image": "data:' + b"a;" * 500_000 + b'base64,"}', MALFORMED),
        "many options": (json.dumps({f"o{n}": n for n in range(100_000)}).encode(), MALFORMED | _OPTION),
    }
    for name, (body, allowed) in table.items():
        yield HostileRequest(f"json/{name}", post(body, _JSON), allowed)
    yield HostileRequest("json/another charset", post(image + b"}", _JSON + b"; charset=utf-7"), fine)
    yield HostileRequest("json/compressed", post(image + b"}", _JSON, b"Content-Encoding: gzip"), fine | MALFORMED)
    yield HostileRequest(
        "json/as form",
        post(image + b"}", b"Content-Type: application/x-www-form-urlencoded"),
        fine,
    )
