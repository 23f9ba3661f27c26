"""Damage is the client's error, always, and never a half-decoded picture."""

import random
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.errors import BrokenImageError, ImageTooLargeError, RequestError, UnsupportedMediaError
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits

HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile"
ORIENTATION = 0x0112


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("GIF", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "jpeg"}),
    ],
)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_truncated_file_is_broken(encode, decode, name, options, share):
    """A file of which the rest is missing is refused, not served half grey."""
    noise = np.random.default_rng(4).integers(0, 256, (20, 30, 3), np.uint8)
    smooth = Image.fromarray(cv2.resize(noise, (120, 80), interpolation=cv2.INTER_CUBIC))
    data = encode(smooth, name, **options)
    with pytest.raises(BrokenImageError):
        decode(data[: max(16, int(share * len(data)))])


def test_a_truncated_file_that_ends_like_a_whole_one_is_broken(encode, decode):
    """A PNG whose data was cut out of its middle is refused though its last chunk is there."""
    noise = np.random.default_rng(4).integers(0, 256, (80, 120, 3), np.uint8)
    data = encode(Image.fromarray(noise), "PNG")
    with pytest.raises(BrokenImageError):
        decode(data[: len(data) // 2] + data[-12:])


def test_a_flipped_bit_in_compressed_data_is_broken(encode, decode):
    """A PNG's checksums are checked."""
    noise = np.random.default_rng(4).integers(0, 256, (80, 120, 3), np.uint8)
    data = bytearray(encode(Image.fromarray(noise), "PNG"))
    data[len(data) // 2] ^= 0x10
    with pytest.raises(BrokenImageError):
        decode(bytes(data))


def test_the_error_names_the_format(scene, encode, decode):
    """The text says what kind of file was broken, and nothing of the decoder's insides."""
    with pytest.raises(BrokenImageError, match=r"^the JPEG data is truncated or damaged$"):
        decode(encode(scene, "JPEG")[:-200])


def test_other_bytes_are_no_image(decode):
    """What no format begins with is an unsupported medium, an empty body too."""
    for data in (b"", b"hello", bytes(1000), b"%PDF-1.4"):
        with pytest.raises(UnsupportedMediaError):
            decode(data)


def test_a_file_that_claims_too_much_is_refused_before_it_is_decoded(png, decode):
    """The header of a few bytes that claims 3.6 gigapixels is answered by its claim."""
    with pytest.raises(ImageTooLargeError, match="3600000000 pixels"):
        decode(png((60000, 60000), 8, 2, [b"\0\0\0"]))


def samples(scene, encode):
    """Return a small valid file of each kind."""
    small = scene.resize((24, 16))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return [
        encode(small, "JPEG", exif=exif),
        encode(small, "JPEG", progressive=True),
        encode(small.convert("CMYK"), "JPEG"),
        encode(small, "PNG", exif=exif),
        encode(small.convert("P"), "PNG", transparency=3),
        encode(small.convert("RGBA"), "PNG"),
        encode(small.convert("I;16"), "PNG"),
        encode(small, "PNG", save_all=True, append_images=[small.rotate(180)]),
        encode(small, "WEBP"),
        encode(small.convert("RGBA"), "WEBP", lossless=True, exif=exif),
        encode(small, "BMP"),
        encode(small.convert("P"), "BMP"),
        encode(small, "GIF", save_all=True, append_images=[small.rotate(180)]),
        encode(small, "TIFF", exif=exif),
        encode(small, "TIFF", compression="tiff_lzw"),
        encode(small.convert("1"), "TIFF", compression="group4"),
        encode(small.convert("F"), "TIFF"),
    ]


def mutated(data, rng):
    """Return *data* with bytes changed, cut, doubled, overwritten by great numbers, or its end missing."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place = rng.randrange(len(out))
        match rng.randrange(5):
            case 0:
                out[place] = rng.randrange(256)
            case 1:
                out[place] ^= 1 << rng.randrange(8)
            case 2:
                del out[place : place + rng.randrange(1, 9)]
            case 3:
                out[place:place] = out[place : place + rng.randrange(1, 9)]
            case _:
                out[place : place + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
        if not out:
            break
    return bytes(out[: rng.randrange(len(out) + 1)] if rng.random() < 0.1 else out)


def test_arbitrary_damage_never_raises_anything_but_request_errors(scene, encode):
    """Some hundreds of damaged files each decode to a picture within the limits or are the client's error."""
    rng = random.Random(20240229)
    limits = ImageLimits(max_pixels=100_000, max_side=5_000)
    decoded = refused = 0
    for data in samples(scene, encode):
        for _ in range(40):
            bad = mutated(data, rng)
            try:
                pixels = decode_image(bad, limits).pixels
            except RequestError:
                refused += 1
            except Exception as error:  # noqa: BLE001 - whatever else it is, it is what this test is about
                pytest.fail(f"{error!r} for {bad.hex()}")
            else:
                decoded += 1
                assert pixels.dtype == np.uint8
                assert pixels.ndim == 3
                assert 0 < pixels.shape[0] * pixels.shape[1] <= limits.max_pixels
    assert decoded > 50
    assert refused > 50


@pytest.mark.parametrize("magic", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF89a", b"II*\0", b"MM\0*", b""])
def test_noise_behind_a_magic_is_refused(magic):
    """Random bytes are no picture, whatever they begin with."""
    rng = random.Random(7)
    for length in (0, 1, 5, 20, 100, 1000):
        for _ in range(5):
            with pytest.raises(RequestError):
                decode_image(magic + rng.randbytes(length), ImageLimits(100_000, 5_000))


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="../shared/hostile is not here")
def test_hostile_files_are_decoded_or_refused(limits):
    """Every file of other projects' collections of broken images is decoded, or is the client's error."""
    outcomes = {}
    for path in sorted(HOSTILE.iterdir()):
        try:
            pixels = decode_image(path.read_bytes(), limits).pixels
        except RequestError as error:
            outcomes[path.name] = type(error)
        except Exception as error:  # noqa: BLE001 - whatever else it is, it is what this test is about
            pytest.fail(f"{path.name}: {error!r}")
        else:
            assert pixels.ndim == 3, path.name
            assert pixels.size > 0, path.name
            outcomes[path.name] = None
    assert {None, BrokenImageError, UnsupportedMediaError} <= set(outcomes.values())
