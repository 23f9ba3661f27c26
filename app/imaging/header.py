"""What a file says of itself before a pixel is decoded: its format by magic bytes, its size, its frames."""

import io
from dataclasses import dataclass

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from app.errors import (
    BrokenImageError,
    ImageTooLargeError,
    InvalidOptionError,
    TooManyFramesError,
    UnsupportedMediaError,
)
from app.imaging import gif_blocks, jpeg_segments, png_chunks, tiff_directories, webp_chunks
from app.imaging.outline import Outline

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
_OUTLINES = {
    "JPEG": jpeg_segments.outline,
    "PNG": png_chunks.outline,
    "WEBP": webp_chunks.outline,
    "GIF": gif_blocks.outline,
    "TIFF": tiff_directories.outline,
}
_TILE_SIZE_TAGS = (322, 323)
_BYTES_A_PIXEL = 8
"""Four channels of 16 bits: what the formats that fix it need at most, so that it is allowed where a file may say."""

_PDF_MARK, _PDF_MARK_WITHIN = b"%PDF-", 1024
"""Some writers put other bytes in front, which readers forgive."""

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_SERVED = ", ".join((*FORMATS, "PDF"))


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The most that a header may state: pixels of the picture, pixels on its longer side, and frames or pages."""

    max_pixels: int
    max_side: int
    max_frames: int = 1000


def sniff(data: bytes) -> str:
    """The format of *data* by its first bytes, a name from :data:`FORMATS`, or ``PDF``.

    Raises:
        UnsupportedMediaError: No known format begins like this.
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if _PDF_MARK in data[:_PDF_MARK_WITHIN]:
        return "PDF"
    raise UnsupportedMediaError(f"the bytes are no image that is served ({_SERVED})")


def open_checked(data: bytes, limits: ImageLimits) -> ImageFile.ImageFile:
    """Open the picture *data* and hold its header against *limits*; no pixel is decoded.

    Raises:
        UnsupportedMediaError: The format is not served, or is that of documents.
        BrokenImageError: The header cannot be read, or the file is cut into absurdly many blocks.
        ImageTooLargeError: It states more than allowed.
        TooManyFramesError: There are more frames or pages than allowed.
    """
    name = sniff(data)
    if name == "PDF":
        raise UnsupportedMediaError("a PDF is no picture")
    if name in _OUTLINES:  # first, because Pillow walks blocks one by one, and makes WebP's canvas when it opens one
        _check_outline(_OUTLINES[name](data, limits.max_frames), limits)
    try:
        image = Image.open(io.BytesIO(data), formats=[name])
        tile = _tile_size(image)
    except Exception as error:
        raise BrokenImageError(f"the {name} header cannot be read") from error
    if isinstance(image, MpoImagePlugin.MpoImageFile):
        check_frames(image.n_frames, limits)  # a number in the header
    _check_size(name, image.size, limits)
    _check_size(f"{name} tile", tile, limits)
    return image


def _check_outline(outline: Outline, limits: ImageLimits) -> None:
    check_frames(outline.frames, limits)
    for width, height in outline.sizes:
        _check_bounds((width, height), limits)
        size, most = width * height * outline.bits // 8, _BYTES_A_PIXEL * limits.max_pixels
        if size > most:
            raise ImageTooLargeError(f"{size} bytes ({width} x {height} x {outline.bits} bits) > {most} allowed")


def check_frames(frames: int, limits: ImageLimits) -> None:
    """Hold a number of frames or pages, counted no further than one beyond the limit or all, against it.

    Raises:
        TooManyFramesError: There are more than allowed.
    """
    if frames > limits.max_frames:
        count = frames if frames > limits.max_frames + 1 else f"more than {limits.max_frames}"  # where counting ends
        raise TooManyFramesError(f"{count} frames > {limits.max_frames} allowed")


def check_page(page: int, pages: int) -> None:
    """Hold a page, counted from 0, against how many there are.

    Raises:
        InvalidOptionError: There is no such page.
    """
    if page >= pages:
        raise InvalidOptionError(f"page {page + 1} > {pages} page{'s' if pages > 1 else ''}")


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
    _check_bounds(size, limits)


def _check_bounds(size: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageTooLargeError(f"{width * height} pixels ({width} x {height}) > {limits.max_pixels} allowed")
    if max(width, height) > limits.max_side:
        raise ImageTooLargeError(f"a side of {max(width, height)} pixels > {limits.max_side} allowed")
