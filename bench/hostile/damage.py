"""Files cut off, overwritten, or nothing but noise."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from bench.hostile.item import ANY_IMAGE, BROKEN, MALFORMED, UNSUPPORTED, HostileFile

_SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SHORTEST = 16
"""Bytes that every format's magic lies within."""

_COPIES = 12
_MAGICS = {
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "webp": b"RIFF\xff\0\0\0WEBP",
    "webp-vp8": b"RIFF\xff\0\0\0WEBPVP8 ",
    "webp-vp8l": b"RIFF\xff\0\0\0WEBPVP8L",
    "webp-vp8x": b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0",
    "bmp": b"BM",
    "gif": b"GIF89a",
    "tiff-little": b"II*\0",
    "tiff-big": b"MM\0*",
    "bigtiff-little": b"II+\0\x08\0\0\0",
    "bigtiff-big": b"MM\0+\0\x08\0\0",
}
_NUMBERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\x80")


def files(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    """Yield files made from *seeds*, and those that need none."""
    yield HostileFile("nothing/empty", b"", MALFORMED)
    for value in (0, 0x0A, 0x42, 0x47, 0x49, 0x89, 0xFF):
        yield HostileFile(f"nothing/byte-{value:02x}", bytes((value,)), UNSUPPORTED)
    for name, data in seeds.items():
        yield from _cut(name, data)
        yield from _overwritten(name, data)
    for name, magic in _MAGICS.items():
        yield from _noise(name, magic)


def _cut(name: str, data: bytes) -> Iterator[HostileFile]:
    for share in _SHARES:
        end = max(_SHORTEST, int(share * len(data)))
        # What follows the first of several frames is not looked at, and a fax may end early and still be whole lines.
        is_spared = "animated" in name or "pages" in name
        yield HostileFile(f"truncated/{name}-{int(100 * share)}", data[:end], ANY_IMAGE if is_spared else BROKEN)
    yield HostileFile(f"truncated/{name}-last", data[:-1])
    for end in (2, 7, 11):
        yield HostileFile(f"truncated/{name}-first-{end}", data[:end], BROKEN | UNSUPPORTED)


def _overwritten(name: str, data: bytes) -> Iterator[HostileFile]:
    rng = random.Random(name)  # noqa: S311 - noise, no secrets
    for number in range(_COPIES):
        bad = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 8))):
            place = rng.randrange(len(bad) if number % 2 else min(200, len(bad)))
            if rng.random() < 0.5:
                bad[place] ^= 1 << rng.randrange(8)
            else:
                bad[place : place + 4] = rng.choice(_NUMBERS)
        yield HostileFile(f"overwritten/{name}-{number}", bytes(bad))
    middle = len(data) // 2
    yield HostileFile(f"overwritten/{name}-hole", data[:middle] + data[middle + 40 :])
    yield HostileFile(f"overwritten/{name}-twice", data + data)


def _noise(name: str, magic: bytes) -> Iterator[HostileFile]:
    rng = random.Random(name)  # noqa: S311 - noise, no secrets
    yield HostileFile(f"noise/{name}-magic-only", magic, BROKEN)
    for length in (1, 10, 100, 1000, 20_000):
        refused = BROKEN | frozenset({"image_too_large", "too_many_frames"})
        yield HostileFile(f"noise/{name}-{length}", magic + rng.randbytes(length), refused)
        yield HostileFile(f"noise/{name}-{length}-zeros", magic + bytes(length), refused)
        yield HostileFile(f"noise/{name}-{length}-ones", magic + b"\xff" * length, refused)
