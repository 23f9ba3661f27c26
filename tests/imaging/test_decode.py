"""From every kind of file to the picture a person would see: formats and frames; Pillow is the judge."""

import numpy as np
import pytest

from app.imaging.header import FORMATS


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("JPEG", {"quality": 90}),
        ("JPEG", {"quality": 90, "subsampling": 0}),
        ("JPEG", {"quality": 60, "progressive": True}),
        ("JPEG", {"quality": 95, "restart_marker_blocks": 3}),
        ("PNG", {}),
        ("PNG", {"optimize": True}),
        ("WEBP", {"quality": 80}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("GIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"compression": "jpeg"}),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_format_gives_the_pixels_that_pillow_gives(scene, encode, decode, seen_by_pillow, *, name, options, mode):
    """Colour and grey, lossless and lossy, on the fast path and off it: equal to Pillow's pixel by pixel."""
    data = encode(scene.convert(mode), name, **options)
    decoded = decode(data)
    assert decoded.pixels.dtype == np.uint8
    assert decoded.truncated is False
    assert np.array_equal(decoded.pixels, seen_by_pillow(data))


@pytest.mark.parametrize(("name", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("BMP", {}), ("TIFF", {})])
def test_lossless_formats_give_back_what_was_saved(scene, encode, decode, name, options):
    """The pixels are those that were drawn, as blue, green, red."""
    assert np.array_equal(decode(encode(scene, name, **options)).pixels, np.asarray(scene)[..., ::-1])


@pytest.mark.parametrize(("name", "options"), [("JPEG", {"quality": 95}), ("WEBP", {"quality": 95})])
def test_lossy_formats_come_close_to_what_was_saved(scene, encode, decode, name, options):
    """On average a sample is off by less than four of 255: no channel is swapped, no half is missing."""
    error = decode(encode(scene, name, **options)).pixels.astype(int) - np.asarray(scene)[..., ::-1]
    assert np.abs(error).mean() < 4


def test_files_with_something_behind_their_end_are_decoded(scene, encode, decode):
    """Bytes after the end of a JPEG or PNG, as cameras append them, do not change the picture."""
    for name in ("JPEG", "PNG"):
        data = encode(scene, name)
        assert np.array_equal(decode(data + b"trailer" * 10).pixels, decode(data).pixels)


@pytest.fixture
def frames(flat):
    """Three even frames: red, green, blue."""
    return [flat("RGB", colour, (24, 16)) for colour in ("red", "lime", "blue")]


@pytest.mark.parametrize(
    ("name", "options"),
    [("GIF", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True}), ("PNG", {})],
)
def test_the_first_frame_is_served(frames, encode, decode, name, options):
    """An animation or a stack of pages gives its first picture, with truncated set."""
    decoded = decode(encode(frames[0], name, save_all=True, append_images=frames[1:], **options))
    assert decoded.truncated is True
    assert decoded.pixels.shape == (16, 24, 3)
    assert (np.abs(decoded.pixels.astype(int) - (0, 0, 255)) <= 2).all()


@pytest.mark.parametrize("name", ["GIF", "TIFF", "WEBP", "PNG"])
def test_a_single_frame_is_whole(frames, encode, decode, name):
    """One frame is not truncated."""
    assert decode(encode(frames[0], name)).truncated is False


def test_an_animated_png_with_a_still_picture(frames, encode, decode, seen_by_pillow):
    """Where the still picture of an animated PNG is no frame of its animation, it comes first, as with Pillow."""
    data = encode(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True)
    decoded = decode(data)
    assert decoded.truncated is True
    assert np.array_equal(decoded.pixels, seen_by_pillow(data))
    assert decoded.pixels[0, 0].tolist() == [0, 0, 255]


def test_pages_may_differ_in_size_and_depth(frames, encode, decode, flat):
    """The first page's size counts, whatever the second's is."""
    data = encode(frames[0], "TIFF", save_all=True, append_images=[flat("1", 1, (99, 77))])
    decoded = decode(data)
    assert (decoded.pixels.shape, decoded.truncated) == ((16, 24, 3), True)


def test_the_formats_tested_are_the_formats_served():
    """A format that is added to the service is added to these tests."""
    assert set(FORMATS) == {"JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"}
