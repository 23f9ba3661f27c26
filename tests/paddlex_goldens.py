"""Requests in PaddleX serving's dialect, and what a real ``paddlex --serve`` 3.7.2 answered, file by file.

A golden holds a request, and the status and the answer of the real server with the weights of the tier
``pp-ocrv6-tiny``; ``here`` holds ours where it is another, and why. A ``file`` such as ``@latin.png`` stands for a
picture of ``tests/images``, ``@latin.png>90`` for one that lies turned clockwise by so many degrees.

``peer`` names the set-up of the real server: ``plain`` has the two models that find and read lines, ``turning`` also
those that tell how pages and lines lie. ``turned`` marks pictures that are turned on the way: PaddleX turns them about
a point that is half a pixel off, so that its detector sees another picture than ours.
"""

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

_IMAGES = Path(__file__).with_name("images")
_GOLDENS = Path(__file__).parent / "protocols" / "goldens" / "paddlex"
_CLOSE = (2, 0.02)
_CLOSE_ONCE_TURNED = (6, 0.05)
"""How many pixels coordinates, and by how much scores, may be apart: runtimes and processors round otherwise."""

OURS_AS_THEIRS = {"model": "pp-ocrv6-tiny", "precision": "f32", "det_max_side": 4000}
"""Settings with which the service does as the real server does."""

Golden = dict[str, Any]


def goldens(*kinds: str) -> list[Any]:
    """Return the goldens of ``valid``, ``invalid`` or both, as parameters of a test."""
    files = [file for kind in kinds for file in sorted((_GOLDENS / kind).glob("*.json"))]
    return [pytest.param(json.loads(file.read_text(encoding="utf-8")), id=file.stem) for file in files]


def request_body(golden: Golden) -> dict[str, Any]:
    """Return the request of a golden with its picture in it."""
    file = golden["request"].get("file")
    if not isinstance(file, str) or not file.startswith("@"):
        return dict(golden["request"])
    name, _, degrees = file[1:].partition(">")
    content = (_IMAGES / name).read_bytes()
    if degrees:
        with Image.open(BytesIO(content)) as image, BytesIO() as turned:
            image.rotate(-int(degrees), expand=True).save(turned, "PNG")
            content = turned.getvalue()
    return golden["request"] | {"file": base64.b64encode(content).decode()}


def ours(golden: Golden) -> tuple[int, Any]:
    """Return the status and the answer that the service is to give."""
    expected = golden | golden.get("here", {})
    return expected["status"], expected["answer"]


def differences(golden: Golden, expected: Any, found: Any) -> list[str]:
    """Return where two answers differ: in keys, types, texts, numbers that are not close, or sizes of pictures.

    A name that a server gave a request itself, stored as ``*``, may be any.
    """
    return _differences(expected, found, "", _CLOSE_ONCE_TURNED if golden.get("turned") else _CLOSE)


def _differences(expected: Any, found: Any, where: str, close: tuple[int, float]) -> list[str]:
    if expected == "*" and isinstance(found, str) and found:
        return []
    if type(expected) is not type(found):
        return [f"{where}: {expected!r:.99} is no {found!r:.99}"]
    if isinstance(expected, dict):
        if expected.keys() != found.keys():
            return [f"{where}: {sorted(expected)} are not {sorted(found)}"]
        parts = [(f"{where}.{key}", value, found[key]) for key, value in expected.items()]
    elif isinstance(expected, list):
        if len(expected) != len(found):
            return [f"{where}: {len(expected)} are not {len(found)}"]
        parts = [(f"{where}[{index}]", *pair) for index, pair in enumerate(zip(expected, found, strict=True))]
    else:
        return [] if _same(expected, found, where, close) else [f"{where}: {expected!r:.99} is not {found!r:.99}"]
    return [difference for name, one, other in parts for difference in _differences(one, other, name, close)]


def _same(expected: Any, found: Any, where: str, close: tuple[int, float]) -> bool:
    pixels, score = close
    if where.endswith("Image"):
        return _picture(expected) == _picture(found)
    if isinstance(expected, float):
        return abs(expected - found) <= score
    if isinstance(expected, int) and ("_polys" in where or "_boxes" in where):
        return abs(expected - found) <= pixels
    return bool(expected == found)


def _picture(text: str) -> tuple[str | None, tuple[int, int]]:
    """Return the format and size of a picture; goldens hold these in its place, such as ``JPEG 560x290``."""
    if text.startswith("JPEG "):
        width, height = text.removeprefix("JPEG ").split("x")
        return "JPEG", (int(width), int(height))
    with Image.open(BytesIO(base64.b64decode(text, validate=True))) as image:
        return image.format, image.size
