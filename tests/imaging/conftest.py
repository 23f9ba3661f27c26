"""Pictures and files that the tests of imaging share."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from app.imaging.decode import DecodedImage, decode_image
from app.imaging.header import ImageLimits


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """OpenCV computes as in decoders; nor does a nursery that is forked from here wait for threads that it has not."""
    cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def limits() -> ImageLimits:
    """The limits of the service as it comes."""
    return ImageLimits(max_pixels=50_000_000, max_side=20_000)


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """Encode a picture of Pillow's as a file of a format, with Pillow's options."""

    def run(image: Image.Image, name: str, **options: Any) -> bytes:
        stream = io.BytesIO()
        image.save(stream, name, **options)
        return stream.getvalue()

    return run


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """A PNG written by hand: width and height, bits a sample, colour type, rows, and a dictionary of chunks before."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def run(size: tuple[int, int], depth: int, colour: int, rows: list[bytes], before: Any = None) -> bytes:
        header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
        extra = b"".join(chunk(kind, data) for kind, data in (before or {}).items())
        data = zlib.compress(b"".join(b"\0" + row for row in rows))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    return run


@pytest.fixture(scope="session")
def scene() -> Image.Image:
    """A picture without symmetry, smooth enough for lossy formats: 90 x 60, RGB, a ramp a channel and a red mark."""
    rows, columns = np.mgrid[0:60, 0:90]
    pixels = np.stack([columns * 2, rows * 4, 200 - columns - rows], axis=2).astype(np.uint8)
    pixels[5:15, 8:30] = (230, 20, 20)
    return Image.fromarray(pixels)


@pytest.fixture(scope="session")
def flat() -> Callable[..., Image.Image]:
    """An even picture of a mode of Pillow's."""

    def run(mode: str, colour: Any, size: tuple[int, int] = (16, 16)) -> Image.Image:
        return Image.new(mode, size, colour)

    return run


@pytest.fixture(scope="session")
def seen_by_pillow() -> Callable[[bytes], np.ndarray]:
    """A file as Pillow shows it: upright, blue, green, red."""

    def run(data: bytes) -> np.ndarray:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))[..., ::-1]

    return run


@pytest.fixture
def decode(limits: ImageLimits) -> Callable[[bytes], DecodedImage]:
    """Decode within the usual limits."""
    return lambda data: decode_image(data, limits)


@pytest.fixture
def pixels(decode: Callable[[bytes], DecodedImage]) -> Callable[[bytes], list[list[list[int]]]]:
    """Decode and return rows of columns of blue, green, red."""
    return lambda data: decode(data).pixels.tolist()
