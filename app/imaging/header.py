"""What a file says of itself before a pixel is decoded: its format by magic bytes, its size, its frames."""

import io
from dataclasses import dataclass

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from app.errors import BrokenImageError, ImageTooLargeError, UnsupportedMediaError

# Importing the plugins by name registers these and no others, and the limits below take the place of Pillow's own.
PLUGINS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
Image.MAX_IMAGE_PIXELS = None

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
_TILE_SIZE_TAGS = (322, 323)
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The most that a header may state: pixels of the picture, and pixels on its longer side."""

    max_pixels: int
    max_side: int


def sniff(data: bytes) -> str:
    """The format of *data* by its first bytes, a name from :data:`FORMATS`.

    Raises:
        UnsupportedMediaError: No known format begins like this.
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    raise UnsupportedMediaError(f"the bytes are no image that is served ({', '.join(FORMATS)})")


def open_checked(data: bytes, limits: ImageLimits) -> ImageFile.ImageFile:
    """Open *data* and hold its header against *limits*; no pixel is decoded.

    Raises:
        UnsupportedMediaError: The format is not served.
        BrokenImageError: The header cannot be read.
        ImageTooLargeError: It states more than allowed.
    """
    name = sniff(data)
    try:
        image = Image.open(io.BytesIO(data), formats=[name])
        tile = _tile_size(image)
    except Exception as error:
        raise BrokenImageError(f"the {name} header cannot be read") from error
    _check_size(name, image.size, limits)
    _check_size(f"{name} tile", tile, limits)
    return image


def _tile_size(image: ImageFile.ImageFile) -> tuple[int, int]:
    """Width and length of a TIFF's tiles, which are decoded whole and may be far larger than the picture."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 1, 1
    width, length = (int(image.tag_v2.get(tag, 1)) for tag in _TILE_SIZE_TAGS)
    return width, length


def _check_size(name: str, size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise BrokenImageError(f"the {name} header states {width} x {height} pixels")
    if width * height > limits.max_pixels:
        raise ImageTooLargeError(f"{width * height} pixels ({width} x {height}) > {limits.max_pixels} allowed")
    if max(width, height) > limits.max_side:
        raise ImageTooLargeError(f"a side of {max(width, height)} pixels > {limits.max_side} allowed")
