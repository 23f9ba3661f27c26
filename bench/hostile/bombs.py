"""Small files that unpack to much, or to the same thing over and over."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

from bench.hostile.file_parts import (
    bmp,
    exif,
    gif,
    gif_frame,
    jpeg_segment,
    png,
    png_chunk,
    riff,
    tiff,
    tiff_length,
    webp_chunk,
    zeros,
)
from bench.hostile.item import ANY_IMAGE, BROKEN, OK, TOO_LARGE, TOO_MANY_FRAMES, HostileFile
from bench.hostile.seeds import animated

_MEBIBYTE = 1 << 20
_WHOLE_OR_BROKEN = BROKEN | {OK}


def files(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    """Yield bombs, some made from *seeds*."""
    yield from _png()
    yield from _gif()
    yield from _tiff()
    yield from _jpeg(seeds)
    yield from _webp(seeds)
    yield HostileFile("bomb/bmp rle of nothing", bmp(2000, 2000, b"\0\1", packed=True), _WHOLE_OR_BROKEN)
    yield HostileFile(
        "bomb/bmp rle leaps",
        bmp(2000, 2000, b"\0\2\xff\xff" * 5000, packed=True),
        _WHOLE_OR_BROKEN,
    )
    yield HostileFile("bomb/bmp rle runs", bmp(2000, 2000, b"\xff\1" * 50_000, packed=True), _WHOLE_OR_BROKEN)


def _png() -> Iterator[HostileFile]:
    row = zeros(16 * 17)
    yield HostileFile("bomb/png of zeros", png(4000, 4000, zeros(4000 * 4001)), frozenset({OK}))
    yield HostileFile("bomb/png with more than its pixels", png(16, 16, zeros(100 * _MEBIBYTE)), ANY_IMAGE)
    text = b"Comment\0\0" + zeros(16 * _MEBIBYTE)
    yield HostileFile("bomb/png zTXt", png(16, 16, row, png_chunk(b"zTXt", text)), _WHOLE_OR_BROKEN)
    under = png_chunk(b"zTXt", b"Comment\0\0" + zeros(_MEBIBYTE - 1))
    yield HostileFile("bomb/png many zTXt", png(16, 16, row, *[under] * 300), _WHOLE_OR_BROKEN)
    international = b"Comment\0\1\0\0\0" + zeros(16 * _MEBIBYTE)
    yield HostileFile("bomb/png iTXt", png(16, 16, row, png_chunk(b"iTXt", international)), _WHOLE_OR_BROKEN)
    profile = b"icc\0\0" + zeros(100 * _MEBIBYTE)
    yield HostileFile("bomb/png iCCP", png(16, 16, row, png_chunk(b"iCCP", profile)), _WHOLE_OR_BROKEN)
    tags = exif([(tag, 7, 60000, 8) for tag in range(700, 5000)], bytes(60000))[6:]
    yield HostileFile("bomb/png eXIf overlap", png(16, 16, row, png_chunk(b"eXIf", tags)), _WHOLE_OR_BROKEN)
    hexadecimal = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n" + b"99\n" + tags.hex().encode())
    yield HostileFile("bomb/png raw profile", png(16, 16, row, png_chunk(b"zTXt", hexadecimal)), _WHOLE_OR_BROKEN)
    yield HostileFile("bomb/png crumbs", png(16, 16, row, png_chunk(b"tEXt", b"a\0") * 60_000), BROKEN)
    frames = png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield HostileFile("bomb/png frames", png(16, 16, row, frames), TOO_MANY_FRAMES)
    control = png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 16, 16, 0, 0, 1, 1, 0, 0))
    yield HostileFile("bomb/png controls", png(16, 16, row, *[control] * 2000), TOO_MANY_FRAMES)


def _gif() -> Iterator[HostileFile]:
    pixel = gif_frame(0, 0, 1, 1)
    yield HostileFile("bomb/gif frames", gif(1, 1, pixel * 5000), TOO_MANY_FRAMES)
    yield HostileFile("bomb/gif empty frames", gif(1, 1, gif_frame(0, 0, 1, 1, b"\2\0") * 5000), TOO_MANY_FRAMES)
    yield HostileFile("bomb/gif crumbs", gif(1, 1, b"!\xfe" + b"\1a" * 200_000 + b"\0", pixel), BROKEN)
    yield HostileFile("bomb/gif filling", gif(1, 1, b"x" * 200_000, pixel), BROKEN)
    yield HostileFile("bomb/gif extensions", gif(1, 1, b"!\xf9\4\0\0\0\0\0" * 60_000, pixel), BROKEN)
    yield HostileFile(
        "bomb/gif without end", gif(2000, 2000, gif_frame(0, 0, 2000, 2000, b"\2" + b"\xff" * 256)), BROKEN
    )
    codes = b"\x08" + (b"\xff" + b"\0\1\4\x0c\x20" * 51) * 100 + b"\0"
    yield HostileFile("bomb/gif codes", gif(2000, 2000, gif_frame(0, 0, 2000, 2000, codes)), _WHOLE_OR_BROKEN)


def _tiff() -> Iterator[HostileFile]:
    grey = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 278: 16}
    data = zeros(100 * _MEBIBYTE)
    places = {273: tiff_length(9), 279: len(data)}
    yield HostileFile("bomb/tiff strip", tiff(grey | places, data), ANY_IMAGE)
    side = 10_000
    tiles = {322: side, 323: side, 324: tiff_length(10), 325: len(data)}
    yield HostileFile("bomb/tiff tile", tiff({**grey, **tiles}, data), TOO_LARGE)
    packed = b"\x81\0" * 10_000
    runs = grey | {256: 2000, 257: 2000, 259: 32773, 278: 2000, 273: tiff_length(9), 279: len(packed)}
    yield HostileFile("bomb/tiff packbits", tiff(runs, packed), _WHOLE_OR_BROKEN)
    codes = b"\x80\x0b\x60\x50" * 5000
    lzw = grey | {256: 2000, 257: 2000, 259: 5, 278: 2000, 273: tiff_length(9), 279: len(codes)}
    yield HostileFile("bomb/tiff lzw", tiff(lzw, codes), _WHOLE_OR_BROKEN)
    fax = grey | {256: 2000, 257: 2000, 258: 1, 259: 4, 278: 2000, 273: tiff_length(9), 279: 100}
    yield HostileFile("bomb/tiff fax", tiff(fax, b"\xff" * 100), _WHOLE_OR_BROKEN)
    plain = grey | {259: 1, 273: tiff_length(9), 279: 256}
    yield HostileFile("bomb/tiff loop", tiff(plain, bytes(256), following=8), frozenset({OK}))
    chain = b"".join(b"\0\0" + struct.pack("<I", tiff_length(9) + 256 + 6 * page) for page in range(1, 3000))
    pages = tiff(plain, bytes(256) + chain, following=tiff_length(9) + 256)
    yield HostileFile("bomb/tiff pages", pages, TOO_MANY_FRAMES)
    yield HostileFile("bomb/tiff tags", tiff(plain | dict.fromkeys(range(30000, 60000), 0), bytes(256)), BROKEN)
    overlap = dict.fromkeys(range(30000, 34000), (7, 300000, 8))
    yield HostileFile("bomb/tiff overlap", tiff(overlap | plain | {273: 8}, bytes(260_000)), ANY_IMAGE)


def _jpeg(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    data = seeds["jpeg-progressive"]
    last = data.rindex(b"\xff\xda")
    yield HostileFile("bomb/jpeg scans", data[:-2] + data[last:-2] * 500 + data[-2:], TOO_LARGE)
    great = bytearray(data)
    place = great.index(b"\xff\xc2") + 5
    great[place : place + 4] = struct.pack(">HH", 2000, 2000)
    scans = bytes(great[:-2]) + bytes(great[last:-2]) * 80 + data[-2:]
    yield HostileFile("bomb/jpeg scans of a great picture", scans, _WHOLE_OR_BROKEN)
    more = jpeg_segment(0xE1, b"Exif\0\0ab")
    yield HostileFile("bomb/jpeg segments", data[:2] + more * 100_000 + data[2:], BROKEN)
    yield HostileFile("bomb/jpeg filling", data[:2] + b"\xff" * 300_000 + data[2:], BROKEN)
    profile = jpeg_segment(0xE2, b"ICC_PROFILE\0\1\xff" + bytes(60_000))
    yield HostileFile("bomb/jpeg profiles", data[:2] + profile * 20 + data[2:], _WHOLE_OR_BROKEN)
    restarts = jpeg_segment(0xDD, b"\0\1")
    yield HostileFile(
        "bomb/jpeg restarts", data[:2] + restarts + data[2:-2] + b"\xff\xd0" * 50_000 + data[-2:], ANY_IMAGE
    )


def _webp(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    yield HostileFile("bomb/webp frames", animated("WEBP", 1500), TOO_MANY_FRAMES)
    yield HostileFile("bomb/webp crumbs", riff(webp_chunk(b"XXXX", b"") * 100_000), BROKEN)
    tags = exif([(tag, 7, 60000, 8) for tag in range(700, 5000)], bytes(60000))[6:]
    data = seeds["webp-lossless"]
    yield HostileFile(
        "bomb/webp exif overlap", riff(data[12 : data.rindex(b"EXIF")], webp_chunk(b"EXIF", tags)), ANY_IMAGE
    )
