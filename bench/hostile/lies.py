"""Files whose headers state what is not so: sizes, samples, tiles, counts and places."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from bench.hostile.file_parts import (
    JPEG_END,
    JPEG_START,
    bmp,
    exif,
    gif,
    gif_frame,
    jpeg_segment,
    png,
    riff,
    tiff,
    webp_chunk,
    zeros,
)
from bench.hostile.item import ANY_IMAGE, BROKEN, TOO_LARGE, HostileFile

Tags = dict[int, int | tuple[int, int, int]]

_GREY: Tags = {
    256: 16,
    257: 16,
    258: 8,
    259: 1,
    262: 1,
    273: 8,
    277: 1,
    278: 16,
    279: 256,
}
"""Tags of a TIFF of 16 x 16 grey pixels, which lie wherever."""

_TIFF: dict[str, tuple[Tags, frozenset[str]]] = {
    "width": ({256: 60000}, ANY_IMAGE),
    "size": ({256: 60000, 257: 60000}, TOO_LARGE),
    "negative": ({256: 0xFFFFFFFF, 257: 0xFFFFFFFF}, TOO_LARGE | BROKEN),
    "nothing": ({256: 0, 257: 0}, BROKEN),
    "samples": ({277: 65535}, TOO_LARGE | BROKEN),
    "bits": ({258: 65535}, TOO_LARGE | BROKEN),
    "wide samples": ({256: 7000, 257: 7000, 258: 64, 277: 6}, TOO_LARGE),
    "tiles": ({322: 65536, 323: 65536, 324: 8, 325: 16}, TOO_LARGE),
    "tile of nothing": ({322: 0, 323: 0, 324: 8, 325: 16}, BROKEN | frozenset({"ok"})),
    "strip place": ({273: 0xFFFFFFF0}, BROKEN),
    "strip length": ({279: 0xFFFFFFF0}, ANY_IMAGE),
    "rows of a strip": ({278: 0xFFFFFFFF}, ANY_IMAGE),
    "no rows in a strip": ({278: 0}, ANY_IMAGE),
    "many strips": ({273: (4, 0x7FFFFFFF, 8), 279: (4, 0x7FFFFFFF, 8)}, BROKEN),
    "million strips": ({273: (4, 1_000_001, 8), 279: (4, 1_000_001, 8)}, BROKEN),
    "compression": ({259: 65535}, BROKEN),
    "old jpeg": ({259: 6, 513: 8, 514: 0xFFFFFFFF}, BROKEN),
    "jpeg tables": ({259: 7, 347: (7, 0x7FFFFFFF, 8)}, BROKEN),
    "palette": ({262: 3, 320: (3, 0x7FFFFFFF, 8)}, BROKEN),
    "planes": ({277: 4, 284: 2, 262: 2}, ANY_IMAGE),
    "type": ({256: (99, 1, 16)}, BROKEN),
    "rational width": ({256: (5, 1, 8)}, ANY_IMAGE),
    "predictor": ({259: 5, 317: 65535}, BROKEN),
    "float": ({258: 32, 339: 3}, ANY_IMAGE),
}


def files(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    """Yield files that lie, some made from *seeds*."""
    for name, (change, allowed) in _TIFF.items():
        for order in "<>":
            data = tiff(_GREY | change, bytes(300), order=order)
            yield HostileFile(f"lying/tiff {name} {order}", data, allowed)
    yield from _great_sizes()
    yield from _little_lies(seeds)
    yield from _frames_beyond(seeds)


def _great_sizes() -> Iterator[HostileFile]:
    for width, height in ((60000, 60000), (65535, 1000), (1, 65000)):
        name = f"{width} x {height}"
        size = struct.pack(">HH", height, width)
        frame = jpeg_segment(0xC0, b"\x08" + size + b"\3\1\x11\0\2\x11\0\3\x11\0")
        scan = jpeg_segment(0xDA, b"\3\1\0\2\0\3\0\0?\0")
        yield HostileFile(f"lying/jpeg {name}", JPEG_START + frame + scan + JPEG_END, TOO_LARGE)
        yield HostileFile(f"lying/png {name}", png(width, height, zeros(10), colour=2), TOO_LARGE)
        yield HostileFile(f"lying/bmp {name}", bmp(width, height, bytes(16)), TOO_LARGE)
        yield HostileFile(f"lying/gif {name}", gif(width, height, gif_frame(0, 0, width, height)), TOO_LARGE)
    yield HostileFile("lying/png 2^31", png(2**31 - 1, 2**31 - 1, zeros(10)), TOO_LARGE | BROKEN)
    yield HostileFile("lying/png 16 bits", png(7071, 7071, zeros(100), depth=16, colour=6), BROKEN | TOO_LARGE)
    yield HostileFile("lying/bmp negative", bmp(-(2**31), -(2**31), bytes(16)), TOO_LARGE | BROKEN)
    canvas = struct.pack("<I", 0) + b"\xff\xff\xff\xff\xff\xff"
    yield HostileFile("lying/webp canvas", riff(webp_chunk(b"VP8X", canvas)), TOO_LARGE)
    lossless = b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + b"\0"
    yield HostileFile("lying/webp lossless", riff(webp_chunk(b"VP8L", lossless)), TOO_LARGE)
    lossy = b"\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f"
    yield HostileFile("lying/webp lossy", riff(webp_chunk(b"VP8 ", lossy)), TOO_LARGE)


def _little_lies(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    for place, name in ((10, "pixels"), (14, "header"), (46, "colours")):
        data = bytearray(seeds["bmp-palette"])
        data[place : place + 4] = b"\xff\xff\xff\x7f"
        yield HostileFile(f"lying/bmp {name}", bytes(data))
    for marker in range(0xC0, 0xD0):
        data = bytearray(seeds["jpeg"])
        data[data.index(b"\xff\xc0") + 1] = marker
        yield HostileFile(f"lying/jpeg frame {marker:x}", bytes(data))
    for sampling in (0x41, 0x14, 0x44, 0x00, 0xFF, 0x33):
        data = bytearray(seeds["jpeg"])
        data[data.index(b"\xff\xc0") + 11] = sampling
        yield HostileFile(f"lying/jpeg sampling {sampling:02x}", bytes(data))
    jpeg = seeds["jpeg-cmyk"]
    loop = exif([(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8), (0x0112, 3, 1, 6)])
    yield HostileFile("lying/exif loop", jpeg[:2] + jpeg_segment(0xE1, loop) + jpeg[2:])
    same = exif([(tag, 7, 60000, 8) for tag in range(700, 4700)], bytes(12000))
    yield HostileFile("lying/exif overlap", jpeg[:2] + jpeg_segment(0xE1, same) + jpeg[2:])
    companions = (
        b"MPF\0II*\0\x08\0\0\0\2\0" + struct.pack("<HHIIHHII", 0xB001, 4, 1, 2**31, 0xB002, 7, 32, 8) + bytes(40)
    )
    yield HostileFile("lying/mpo count", jpeg[:2] + jpeg_segment(0xE2, companions) + jpeg[2:])


def _frames_beyond(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    yield HostileFile("lying/gif first frame", gif(1, 1, gif_frame(60000, 60000, 5000, 5000)), TOO_LARGE)
    later = gif(1, 1, gif_frame(0, 0, 1, 1), gif_frame(0, 0, 65535, 65535))
    yield HostileFile("lying/gif second frame", later, TOO_LARGE)
    data = bytearray(seeds["webp-animated"])
    place = data.index(b"ANMF") + 14
    data[place : place + 6] = b"\xff\xff\xff\xff\xff\xff"
    yield HostileFile("lying/webp frame", bytes(data), TOO_LARGE)
    data = bytearray(seeds["png-animated"])
    place = data.index(b"fcTL") + 8
    data[place : place + 8] = b"\0\1\0\0\0\1\0\0"
    yield HostileFile("lying/png frame", bytes(data), TOO_LARGE)
