"""From a file's bytes to a picture as a person would see it: upright, opaque, eight bits, blue-green-red."""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as PilImage
from PIL import ImageFile, TiffImagePlugin

from app.engines.base import Image
from app.errors import BrokenImageError
from app.imaging.header import ImageLimits, open_checked
from app.imaging.resolution import stated_dpi

_ORIENTATION_TAG = 0x0112
_PNG_EXIF_MARKERS = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")
_PHOTOMETRIC_TAG = 0x0106
_WHITE_IS_ZERO = 0
_STRIP = 256
"""Rows that are converted at a time."""

_PAPER = (255, 255, 255, 255)
"""What shows through where a picture is transparent."""


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """pixels: uint8 (height, width, 3) BGR. truncated: the file holds more frames than the first, which this is.

    pages: that the document has of which this is one. dpi: pixels an inch; None where the file does not tell.
    """

    pixels: Image
    truncated: bool
    pages: int = 1
    dpi: float | None = None


def decode_image(data: bytes, limits: ImageLimits) -> DecodedImage:
    """Decode the first frame of *data*.

    EXIF rotation is applied, transparency is laid on white, 16 bits become 8, CMYK and palettes become RGB.

    Raises:
        UnsupportedMediaError, BrokenImageError, ImageTooLargeError: See :func:`app.imaging.header.open_checked`;
            a picture whose data is truncated or damaged is broken too.
    """
    image = open_checked(data, limits)
    try:
        more = bool(getattr(image, "is_animated", False))
        image.seek(0)
        if not more and _is_plain(image, data):
            pixels = _decode_plain(data)
        else:
            image.load()
            pixels = _to_bgr(image)
        return DecodedImage(_upright(pixels, _orientation(image, data)), more, dpi=stated_dpi(image))
    except MemoryError:
        raise
    except Exception as error:  # whatever a decoder raises on such bytes, the bytes are to blame
        raise BrokenImageError(f"the {image.format} data is truncated or damaged") from error


def _is_plain(image: ImageFile.ImageFile, data: bytes) -> bool:
    """Whether OpenCV decodes the file to the same pixels as Pillow, in a third of the time.

    Only files that end as a whole one does qualify: what OpenCV makes of the others differs between its versions.
    """
    if image.mode not in {"L", "RGB"} or "transparency" in image.info:
        return False
    if image.format == "JPEG":
        return data.endswith(b"\xff\xd9")
    return image.format == "PNG" and data.endswith(b"IEND\xaeB`\x82") and _png_depth(data) <= 8


def _png_depth(data: bytes) -> int:
    """Bits a sample, from the fixed place in a PNG's first chunk."""
    return data[24]


def _decode_plain(data: bytes) -> Image:
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None:
        raise BrokenImageError("no picture came out of the decoder")
    return np.asarray(pixels, np.uint8)


def _to_bgr(image: PilImage.Image) -> Image:
    """Any mode of Pillow's as opaque 8-bit BGR."""
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        grey = _to_eight_bits(image)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):  # else each step would take a copy of the whole picture
        strip = image.crop((0, top, width, min(top + _STRIP, height)))
        pixels[top : top + _STRIP] = np.asarray(_opaque(strip).convert("RGB"))[..., ::-1]
    return pixels


def _opaque(image: PilImage.Image) -> PilImage.Image:
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        paper = PilImage.new("RGBA", image.size, _PAPER)
        return PilImage.alpha_composite(paper, image.convert("RGBA"))
    return image


def _to_eight_bits(image: PilImage.Image) -> Image:
    """Grey samples of 16 bits, 32 bits or floating point as uint8; floats up to 1 are taken for a share of white."""
    samples = np.asarray(image)
    if image.mode == "F":
        scale = 255.0 if np.nanmax(samples, initial=0.0) <= 1.0 else 1.0
        return np.nan_to_num(samples * scale).clip(0, 255).astype(np.uint8)
    grey = (samples.clip(0, 65535).astype(np.uint16) >> 8).astype(np.uint8)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO:
        grey = 255 - grey  # Pillow turns these round at 8 bits alone
    transparent = image.info.get("transparency")
    if transparent is not None:
        grey[samples == transparent] = 255
    return grey


def _orientation(image: PilImage.Image, data: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or it is damaged. TIFF files come turned already."""
    if image.format == "TIFF":
        return 1
    if image.format == "PNG" and not any(marker in data for marker in _PNG_EXIF_MARKERS):
        return 1  # to be sure of that, Pillow would decode the whole picture
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - a damaged tag must not cost the picture
        return 1
    return value if value in range(2, 9) else 1


def _upright(pixels: Image, orientation: int) -> Image:
    """*pixels* turned and mirrored as the EXIF *orientation* asks (EXIF 2.32, tag 274)."""
    if orientation in {5, 6, 7, 8}:
        pixels = np.asarray(cv2.transpose(pixels), np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip), np.uint8)
