"""What a file says of itself, before a pixel of it is decoded."""

import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from app.errors import BrokenImageError, ImageTooLargeError, UnsupportedMediaError
from app.imaging.decode import decode_image
from app.imaging.header import FORMATS, ImageLimits, open_checked, sniff


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"\xff\xd8\xff\xdb", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"BM\x00\x00", "BMP"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"II*\x00", "TIFF"),
        (b"MM\x00*", "TIFF"),
        (b"II+\x00", "TIFF"),
        (b"MM\x00+", "TIFF"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "WEBP"),
    ],
)
def test_formats_are_told_by_their_magic(data, name):
    """The first bytes name the format, whatever the request's content type says."""
    assert sniff(data) == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\x89PNG",
        b"\x89PNG\n\x1a\n\0",  # what a transfer as text leaves of a PNG
        b"GIF90a",
        b"RIFF\x10\x00\x00\x00WAVE",
        b"RIFF\x10\x00",
        bytes(1020) + b"%PDF-1.7",  # too far in
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x00\x00\x01\x00\x01\x00",
        b"\x00\x00\x00\x1cftypavif",
        b"8BPS\x00\x01",
        b"\n\xff\xd8\xff",
        b"hello, world",
    ],
)
def test_other_bytes_are_no_image_that_is_served(data, limits):
    """Unknown magic is an unsupported medium, and the error lists what is served."""
    with pytest.raises(UnsupportedMediaError, match=", ".join(FORMATS)):
        open_checked(data, limits)


@pytest.mark.parametrize("before", [0, 10, 1019])
def test_a_pdf_is_told_by_its_mark_within_the_first_kilobyte(before, limits):
    """Bytes in front are forgiven, as other readers do; it is no picture."""
    data = b"\n" * before + b"%PDF-1.4\n"
    assert sniff(data) == "PDF"
    with pytest.raises(UnsupportedMediaError, match="a PDF is no picture"):
        open_checked(data, limits)


@pytest.mark.parametrize("name", FORMATS)
def test_every_served_format_opens(name, scene, encode, limits):
    """The opened picture states its format and its size."""
    image = open_checked(encode(scene, name), limits)
    assert (image.format, image.size) == (name, (90, 60))


def test_pixels_beyond_the_limit_are_refused(scene, encode):
    """A picture with exactly as many pixels as allowed is let in, one more is not; the error says actual > allowed."""
    data = encode(scene, "PNG")
    assert open_checked(data, ImageLimits(max_pixels=5400, max_side=1000)).size == (90, 60)
    with pytest.raises(ImageTooLargeError, match=r"5400 pixels \(90 x 60\) > 5399 allowed"):
        open_checked(data, ImageLimits(max_pixels=5399, max_side=1000))


@pytest.mark.parametrize("size", [(300, 2), (2, 300)])
def test_sides_beyond_the_limit_are_refused(encode, size):
    """A strip of few pixels may still be too long, on either side."""
    data = encode(Image.new("L", size), "PNG")
    assert open_checked(data, ImageLimits(max_pixels=10_000, max_side=300)).size == size
    with pytest.raises(ImageTooLargeError, match="300 pixels > 299 allowed"):
        open_checked(data, ImageLimits(max_pixels=10_000, max_side=299))


def lying_files(png):
    """Return small files whose headers state 60000 x 60000 pixels (65535 or 16383 where no more can be stated)."""
    bmp = b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 60000, 60000, 1, 24, 0, *[0] * 5)
    tags = [(256, 60000), (257, 60000), (258, 8), (259, 1), (262, 1), (273, 8), (278, 60000), (279, 10)]
    tiff = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(struct.pack("<HHII", t, 4, 1, v) for t, v in tags)
    jpeg = bytes.fromhex("ffd8 ffc0 0011 08 ea60 ea60 03 011100 021100 031100 ffda 000c 03 0100 0200 0300 003f00")
    vp8l = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", 16382 | 16382 << 14) + b"\0"
    return {
        "PNG": png((60000, 60000), 8, 2, [b"\0\0\0"]),
        "BMP": bmp + bytes(16),
        "GIF": b"GIF89a"
        + struct.pack("<HHBBB", 60000, 60000, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, 60000, 60000, 0)
        + b"\x02\x02\x4c\x01\x00;",
        "TIFF": tiff + bytes(4),
        "JPEG": jpeg,
        "WEBP": b"RIFF" + struct.pack("<I", 4 + len(vp8l)) + b"WEBP" + vp8l,
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_header_that_states_too_much_is_refused_unread(name, png, limits):
    """A few bytes that claim gigabytes are refused by their claim, and nothing of that size is ever allocated."""
    data = lying_files(png)[name]
    assert sniff(data) == name
    tracemalloc.start()
    try:
        with pytest.raises(ImageTooLargeError, match=r"> 50000000 allowed"):
            open_checked(data, limits)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_tiles_count_like_pictures():
    """A TIFF is decoded tile by tile: a small picture in a tile beyond the limit would unpack all of the tile."""
    side = 2048
    data = zlib.compress(bytes(side * side))
    tags = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 324: 8, 325: len(data)}
    file = b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags))
    file += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()) + bytes(4)
    assert decode_image(file, ImageLimits(max_pixels=side * side, max_side=side)).pixels.shape == (16, 16, 3)
    with pytest.raises(ImageTooLargeError, match="4194304 pixels"):
        decode_image(file, ImageLimits(max_pixels=side * side - 1, max_side=side))


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"BM",
        b"GIF89a\x01",
        b"II*\x00\xff\xff\xff\xff",
        b"MM\x00*\x00\x00\x00\x08",
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    ],
)
def test_a_header_that_cannot_be_read_is_a_broken_image(data, limits):
    """Known magic with nonsense behind it is a damaged file, not an unknown one."""
    with pytest.raises(BrokenImageError, match="header"):
        open_checked(data, limits)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_a_picture_without_pixels_is_broken(png, limits, size):
    """A width or height of 0 is no picture."""
    with pytest.raises(BrokenImageError):
        open_checked(png(size, 8, 0, []), limits)
