"""Pictures stand as the camera's tag says; Pillow's transpose and the letter of EXIF are the judges."""

import numpy as np
import pytest
from PIL import Image

from app.errors import ImageTooLargeError
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits

ORIENTATION = 0x0112


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize(
    ("name", "options"),
    [("JPEG", {"quality": 90}), ("PNG", {}), ("WEBP", {"lossless": True}), ("WEBP", {"quality": 80}), ("TIFF", {})],
)
def test_the_exif_orientation_is_applied(scene, encode, decode, seen_by_pillow, *, name, options, value):
    """Each of the eight orientations, in each format that can carry one, gives what Pillow's transpose gives."""
    exif = Image.Exif()
    exif[ORIENTATION] = value
    data = encode(scene, name, exif=exif, **options)
    decoded = decode(data).pixels
    assert decoded.shape[:2] == ((90, 60) if value >= 5 else (60, 90))
    assert np.array_equal(decoded, seen_by_pillow(data))


@pytest.mark.parametrize(
    ("value", "corner"),
    [
        (1, (0, 0)),
        (2, (0, -1)),
        (3, (-1, -1)),
        (4, (-1, 0)),
        (5, (0, 0)),
        (6, (0, -1)),
        (7, (-1, -1)),
        (8, (-1, 0)),
    ],
)
def test_where_the_first_pixel_goes(encode, decode, value, corner, flat):
    """The stored first row and column lie where EXIF 2.32 says: 1 top left, 3 bottom right, 6 right top, and so on."""
    image = flat("RGB", (255, 255, 255), (16, 8))
    image.putpixel((0, 0), (0, 0, 0))
    exif = Image.Exif()
    exif[ORIENTATION] = value
    dark = np.argwhere(decode(encode(image, "PNG", exif=exif)).pixels[..., 0] == 0)
    height, width = (16, 8) if value >= 5 else (8, 16)
    assert dark.tolist() == [[corner[0] % height, corner[1] % width]]


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(scene, encode, decode, value):
    """A tag out of its range turns nothing and breaks nothing."""
    exif = Image.Exif()
    exif[ORIENTATION] = value
    assert np.array_equal(decode(encode(scene, "PNG", exif=exif)).pixels, np.asarray(scene)[..., ::-1])


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"x" * 40])
def test_a_damaged_tag_does_not_cost_the_picture(scene, encode, decode, exif):
    """Whatever stands in the place of EXIF data, the pixels are served, unturned."""
    data = encode(scene, "JPEG", exif=exif)
    plain = encode(scene, "JPEG")
    assert np.array_equal(decode(data).pixels, decode(plain).pixels)


def test_the_size_limit_holds_before_the_turn(encode, flat):
    """A turned picture is measured by its longer side like any other."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = encode(flat("RGB", (1, 2, 3), (200, 100)), "JPEG", exif=exif)
    with pytest.raises(ImageTooLargeError):
        decode_image(data, ImageLimits(max_pixels=100_000, max_side=150))
