"""What a file's blocks state is held against the limits before a decoder sees the file."""

import random
import struct

import numpy as np
import pytest
from PIL import Image

from app.errors import BrokenImageError, ImageTooLargeError, RequestError, TooManyFramesError
from app.imaging import gif_blocks, jpeg_segments, png_chunks, tiff_directories, webp_chunks
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits, open_checked

ANIMATED = ("PNG", "GIF", "WEBP", "TIFF")


def few(frames):
    """Return limits of some frames."""
    return ImageLimits(max_pixels=100_000, max_side=1000, max_frames=frames)


def animation(encode, name, frames, size=(30, 20)):
    """Return a file of so many frames, no two of them alike."""
    rng = np.random.default_rng(1)
    pictures = [Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), np.uint8)) for _ in range(frames)]
    return encode(pictures[0], name, save_all=True, append_images=pictures[1:])


def tiff(tags, following=0, *, big=False, order="<"):
    """Return a file of one directory without pixels: tags as {tag: (type, count, value)}."""
    head, entry, start = ("+\0\x08\0\0\0", "HHQQ", 16) if big else ("*\0", "HHII", 8)
    if order == ">":
        head = "\0+\0\x08\0\0" if big else "\0*"
    word, wide = ("Q", "Q") if big else ("I", "H")
    body = struct.pack(order + wide, len(tags))
    for tag, (kind, count, value) in tags.items():
        body += struct.pack(order + entry, tag, 16 if big else kind, count, value)
    magic = b"II" if order == "<" else b"MM"
    return magic + head.encode() + struct.pack(order + word, start) + body + struct.pack(order + word, following)


PLAIN = {
    256: (4, 1, 16),
    257: (4, 1, 16),
    258: (4, 1, 8),
    259: (4, 1, 1),
    262: (4, 1, 1),
    273: (4, 1, 8),
    279: (4, 1, 256),
}


@pytest.mark.parametrize("name", ANIMATED)
def test_frames_up_to_the_limit_are_let_in(encode, name):
    """A file of exactly as many frames as allowed opens, and its first frame is what comes out; one more is refused."""
    data = animation(encode, name, 5)
    decoded = decode_image(data, few(5))
    assert decoded.pixels.shape == (20, 30, 3)
    assert decoded.truncated
    with pytest.raises(TooManyFramesError, match="more than 4 frames > 4 allowed") as refused:
        open_checked(data, few(4))
    assert refused.value.code == "too_many_frames"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_picture_is_one_frame(scene, encode, name):
    """What is no animation counts as one frame."""
    assert open_checked(encode(scene, name), few(1)).size == (90, 60)


def test_an_animated_png_is_refused_by_what_it_states(encode):
    """A PNG says how many frames there are: one that claims two billion is refused by that number."""
    data = animation(encode, "PNG", 3)
    at = data.index(b"acTL") + 4
    with pytest.raises(TooManyFramesError, match="2147483647 frames > 1000 allowed"):
        open_checked(data[:at] + b"\x7f\xff\xff\xff" + data[at + 4 :], few(1000))


def test_control_chunks_count_where_a_png_states_fewer(encode):
    """Stating one frame does not let a file have more."""
    data = animation(encode, "PNG", 6)
    at = data.index(b"acTL") + 4
    with pytest.raises(TooManyFramesError):
        open_checked(data[:at] + b"\0\0\0\1" + data[at + 4 :], few(4))


def test_a_photograph_with_companions_counts_them(scene, encode):
    """The pictures of a camera's MPO file are frames, too."""
    data = encode(scene, "MPO", save_all=True, append_images=[scene, scene])
    assert open_checked(data, few(3)).size == (90, 60)
    with pytest.raises(TooManyFramesError, match="3 frames > 1 allowed"):
        open_checked(data, few(1))


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_directories_that_go_in_a_circle_are_counted_once(big, order):
    """A chain that leads back ends, in both sizes of the format and both orders of bytes."""
    start = 16 if big else 8
    assert tiff_directories.outline(tiff(PLAIN, start, big=big, order=order), 1000).frames == 1
    assert tiff_directories.outline(tiff(PLAIN, big=big, order=order), 1000).bits == 8


@pytest.mark.parametrize(
    ("change", "size"),
    [
        ({277: (4, 1, 65535)}, r"16776960 bytes \(16 x 16 x 524280 bits\) > 800000 allowed"),
        ({258: (4, 1, 65535)}, r"2097120 bytes"),
        ({256: (4, 1, 300), 257: (4, 1, 300), 258: (4, 1, 64), 277: (4, 1, 5)}, r"3600000 bytes"),
        ({322: (4, 1, 16), 323: (4, 1, 65536)}, r"1048576 pixels"),
        ({322: (4, 1, 200), 323: (4, 1, 200), 258: (4, 1, 64), 277: (4, 1, 5)}, r"1600000 bytes"),
    ],
)
def test_samples_count_by_their_bytes(change, size):
    """A TIFF may say how many samples of how many bits a pixel has: it is refused by the bytes that this comes to."""
    with pytest.raises(ImageTooLargeError, match=size):
        open_checked(tiff(PLAIN | change), few(1))


@pytest.mark.parametrize("big", [False, True])
def test_endless_directories_are_broken(big):
    """Thousands of tags in a directory, or millions of values of one, are no picture's, and are not read."""
    with pytest.raises(BrokenImageError, match="5000 TIFF tags > 4096 allowed"):
        open_checked(tiff(dict.fromkeys(range(300, 5300), (4, 1, 1)), big=big), few(1))
    with pytest.raises(BrokenImageError, match="values of TIFF tag 273 > 1000000 allowed"):
        open_checked(tiff(PLAIN | {273: (4, 1_000_001, 8)}, big=big), few(1))


@pytest.mark.parametrize("place", ["canvas", "frame"])
def test_a_frame_beyond_the_canvas_counts_with_its_reach(encode, place):
    """A GIF's frame may reach beyond the canvas, and a WebP's canvas be greater than its frames: each counts."""
    data = bytearray(animation(encode, "GIF", 3))
    at = 6 if place == "canvas" else data.rindex(b",\0\0\0\0\x1e\0\x14\0") + 1
    data[at : at + 4] = struct.pack("<HH", 60000, 10000)
    with pytest.raises(ImageTooLargeError, match=r"pixels .* > 100000 allowed"):
        open_checked(bytes(data), few(10))


@pytest.mark.parametrize("kind", [b"VP8X", b"ANMF"])
def test_a_lying_webp_is_refused_before_its_canvas_is_made(encode, kind):
    """The decoder allocates the canvas when it is made, so its size is read before that."""
    data = bytearray(animation(encode, "WEBP", 3))
    at = data.index(kind) + (12 if kind == b"VP8X" else 14)
    data[at : at + 6] = b"\xff\x3f\0\xff\x3f\0"
    with pytest.raises(ImageTooLargeError, match=r"268435456 pixels \(16384 x 16384\) > 100000 allowed"):
        open_checked(bytes(data), few(10))


def test_a_progressive_jpeg_has_an_end_of_scans(scene, encode):
    """Each scan goes over the whole picture: a hundred are allowed, one more is refused by its number."""
    data = encode(scene, "JPEG", progressive=True)
    first, last = data.index(b"\xff\xda"), data.rindex(b"\xff\xda")
    scans = data.count(b"\xff\xda")
    again = data[last:-2]
    allowed = data[:-2] + again * (100 - scans) + data[-2:]
    jpeg_segments.outline(allowed, 1)
    with pytest.raises(ImageTooLargeError, match="101 JPEG scans > 100 allowed"):
        open_checked(allowed[:-2] + again + data[-2:], few(1))
    assert first < last


def test_what_looks_like_scans_in_metadata_is_none(scene, encode):
    """Thumbnails and chance may hold the marker's two bytes as often as they like."""
    for options in ({}, {"progressive": True}):
        data = encode(scene, "JPEG", **options)
        comment = b"\xff\xfe" + struct.pack(">H", 1002) + b"\xff\xda" * 500
        assert open_checked(data[:2] + comment + data[2:], few(1)).size == (90, 60)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xd8" + b"\xff\xe1\0\x08Exif\0\0" * 1001, "1001 JPEG segments > 1000 allowed"),
        (b"\xff\xd8" + b"\xff" * 10_003, "bytes between JPEG segments > 10000 allowed"),
        (b"\xff\xd8\xff\xe0\0\2" + b"a" * 10_001 + b"\xff\xda", "10001 bytes between JPEG segments > 10000 allowed"),
        (b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXtabcd" * 50_000, "PNG chunks > 19383 allowed"),
        (b"GIF89a" + bytes(7) + b"x" * 20_000, "GIF blocks > 10320 allowed"),
        (b"GIF89a" + bytes(7) + b"!\xfe" + b"\1a" * 20_000, "GIF blocks > 10633 allowed"),
        (b"GIF89a" + bytes(7) + b"!\xfe\0" * 20_000, "GIF blocks > 10945 allowed"),
        (b"RIFF\0\0\0\0WEBP" + b"XXXX\0\0\0\0" * 30_000, "WebP chunks > 13758 allowed"),
    ],
    ids=["segments", "fill bytes", "junk", "chunks", "no blocks", "sub-blocks", "extensions", "webp chunks"],
)
def test_a_file_cut_into_crumbs_is_broken(data, message):
    """Decoders walk blocks one by one, in Python: a file of many more than there can be is refused at their bound."""
    with pytest.raises(BrokenImageError, match=message):
        open_checked(data, few(1))


WALKERS = {
    "JPEG": jpeg_segments.outline,
    "PNG": png_chunks.outline,
    "GIF": gif_blocks.outline,
    "WEBP": webp_chunks.outline,
    "TIFF": tiff_directories.outline,
}


@pytest.mark.parametrize("name", WALKERS)
def test_walkers_take_any_bytes(scene, encode, name):
    """A walker of a file that ends anywhere, or is noise behind the magic, ends, with a result or a client's error."""
    rng = random.Random(3)
    data = encode(scene, name) if name in {"JPEG", "TIFF"} else animation(encode, name, 4)
    for _ in range(300):
        bad = bytearray(data[: rng.randrange(len(data))])
        for _ in range(rng.randrange(4)):
            bad[rng.randrange(len(bad) or 1) : 0] = rng.randbytes(rng.randrange(5))
        try:
            assert WALKERS[name](bytes(bad), 1000).frames >= 1
        except RequestError:
            continue
