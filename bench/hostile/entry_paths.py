"""Every way in which an image gets into the service, as requests for the service's own dialect."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.hostile.wire import HOST, chunked, form, head, part, post

_PIECE = 4096
_TYPES = {
    b"\xff\xd8": b"image/jpeg",
    b"\x89P": b"image/png",
    b"GI": b"image/gif",
    b"RI": b"image/webp",
    b"BM": b"image/bmp",
}
_OPTIONS = b"words=true&autorotate=on"

Build = Callable[[bytes, bytes], bytes]
"""From a file and a good picture to a request."""


@dataclass(frozen=True, slots=True)
class EntryPath:
    """A way in. with_good: whether the good picture is in the request, as the second image, and must be read."""

    name: str
    build: Build
    with_good: bool = False


def entry_paths(*, can_turn: bool = True) -> tuple[EntryPath, ...]:
    """Return every way; without the option autorotate where the service has no models for that."""
    options = _OPTIONS if can_turn else _OPTIONS.partition(b"&")[0]
    plain: Mapping[str, Build] = {
        "raw, its type": lambda data, _: post(data, b"Content-Type: " + _type(data)),
        "raw, another type": lambda data, _: post(data, b"Content-Type: " + _other_type(data)),
        "raw, no image type": lambda data, _: post(data, b"Content-Type: text/html; charset=utf-7"),
        "raw, no type": lambda data, _: post(data),
        "raw, options": lambda data, _: post(data, target=b"/ocr?" + options),
        "chunks": lambda data, _: _chunks(data),
        "form, file": lambda data, _: form([part(data)]),
        "form, image": lambda data, _: form([part(data, b"Content-Type: image/png", name=b"image")]),
        "json, image": lambda data, _: _json({"image": _text(data)}),
        "json, data URL": lambda data, _: _json({"image": "data:image/png;base64," + _text(data)}),
        "json, images": lambda data, _: _json({"images": [_text(data)]}),
    }
    good: Mapping[str, Build] = {
        "form, with a good one": lambda data, fine: form([part(data), part(fine, name=b"image")]),
        "json, with a good one": lambda data, fine: _json({"images": [_text(data), _text(fine)]}),
    }
    alone = [EntryPath(name, build) for name, build in plain.items()]
    return (*alone, *(EntryPath(name, build, with_good=True) for name, build in good.items()))


def _type(data: bytes) -> bytes:
    return _TYPES.get(data[:2], b"application/octet-stream")


def _other_type(data: bytes) -> bytes:
    return b"image/jpeg" if _type(data) != b"image/jpeg" else b"image/png"


def _chunks(data: bytes) -> bytes:
    pieces = [data[i : i + _PIECE] for i in range(0, len(data), _PIECE)]
    return head(b"POST /ocr HTTP/1.1", b"Host: " + HOST, b"Transfer-Encoding: chunked") + chunked(*pieces)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(document: Mapping[str, object]) -> bytes:
    return post(json.dumps(document).encode(), b"Content-Type: application/json")
