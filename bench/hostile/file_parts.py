"""The parts that files of the image formats are made of, put together without asking whether they make sense."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
LONG = 4
"""The TIFF type of 32-bit numbers."""


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    """Return a chunk with a right checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, pixels: bytes, *before: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """Return a PNG whose one data chunk is *pixels*, compressed already, behind the chunks *before*."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_MAGIC + head + b"".join(before) + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND")


def zeros(count: int) -> bytes:
    """Return *count* zero bytes as deflate packs them, a thousandth of that."""
    packer = zlib.compressobj(9)
    piece = bytes(min(count, 1 << 20))
    packed = [packer.compress(piece[: min(len(piece), count - done)]) for done in range(0, count, len(piece) or 1)]
    return b"".join(packed) + packer.flush()


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    """Return a GIF with a palette of two colours and these blocks."""
    return (
        b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + b"".join(blocks) + b";"
    )


def gif_frame(left: int, top: int, width: int, height: int, data: bytes = b"\x02\x02\x4c\x01\0") -> bytes:
    """Return a frame; its data are those of one pixel unless given."""
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + data


def riff(*chunks: bytes) -> bytes:
    """Return a WebP of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk, padded to an even length."""
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def bmp(width: int, height: int, pixels: bytes, *, packed: bool = False) -> bytes:
    """Return a BMP of 24 bits a pixel, or one of 8 bits and a palette of greys that is packed by RLE."""
    bits, compression, colours = (8, 1, 256) if packed else (24, 0, 0)
    palette = b"".join(bytes((grey, grey, grey, 0)) for grey in range(colours))
    start = 54 + len(palette)
    size = len(pixels)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, size, 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", start + size, 0, 0, start) + head + palette + pixels


def tiff(
    tags: Mapping[int, int | tuple[int, int, int]], behind: bytes = b"", *, following: int = 0, order: str = "<"
) -> bytes:
    """Return a TIFF of one directory: tags as LONG value, or as (type, count, value or place); then *behind*."""
    full = {tag: what if isinstance(what, tuple) else (LONG, 1, what) for tag, what in sorted(tags.items())}
    body = struct.pack(order + "H", len(full))
    body += b"".join(struct.pack(order + "HHII", tag, *what) for tag, what in full.items())
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(order + "I", 8) + body + struct.pack(order + "I", following) + behind


def tiff_length(tags: int) -> int:
    """Return where what is behind a directory of so many tags begins."""
    return 8 + 2 + 12 * tags + 4


def jpeg_segment(marker: int, data: bytes) -> bytes:
    """Return a segment with a right length."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def exif(tags: Sequence[tuple[int, int, int, int]], behind: bytes = b"") -> bytes:
    """Return EXIF data of (tag, type, count, value or place from the TIFF header)."""
    body = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + body + bytes(4) + behind


def zip_file(name: bytes, content: bytes) -> bytes:
    """Return a ZIP archive of one stored file, such as a JAR."""
    head = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, zlib.crc32(content), len(content), len(content), len(name), 0)
    entry = struct.pack(
        "<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, zlib.crc32(content), *[len(content)] * 2, len(name), *[0] * 6
    )
    local = b"PK\3\4" + head + name + content
    central = b"PK\1\2" + entry + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
