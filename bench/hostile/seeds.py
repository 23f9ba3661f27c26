"""Small good files of every format that is served, for others to be made of. Always the same bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

SIZE = (96, 64)


def picture(seed: int = 1) -> Image.Image:
    """Return a picture with detail everywhere, so that no part of its data can be missed unseen."""
    grey = np.random.default_rng(seed).integers(0, 256, (SIZE[1] // 4, SIZE[0] // 4, 3), np.uint8)
    return Image.fromarray(grey).resize(SIZE, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    """Return *image* as a file of a format of Pillow's."""
    stream = io.BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def animated(name: str, frames: int) -> bytes:
    """Return a file of so many small frames that differ."""
    tiny = Image.new("L", (2, 2)) if frames > 100 else picture().convert("L")
    rest = [tiny.point(lambda value, step=step: (value + step) % 256) for step in range(1, frames)]
    return encoded(tiny, name, save_all=True, append_images=rest, **({"lossless": True} if name == "WEBP" else {}))


def seeds() -> dict[str, bytes]:
    """Return a good file of each kind, by a name without blanks."""
    colour = picture()
    turned = Image.Exif()
    turned[0x0112] = 6
    alpha = colour.copy()
    alpha.putalpha(128)
    return {
        "jpeg": encoded(colour, "JPEG", exif=turned),
        "jpeg-progressive": encoded(colour, "JPEG", progressive=True),
        "jpeg-cmyk": encoded(colour.convert("CMYK"), "JPEG"),
        "png": encoded(colour, "PNG"),
        "png-alpha": encoded(alpha, "PNG", exif=turned),
        "png-palette": encoded(colour.convert("P"), "PNG", transparency=3),
        "png-16": encoded(colour.convert("I;16"), "PNG"),
        "png-animated": animated("PNG", 3),
        "webp": encoded(colour, "WEBP"),
        "webp-lossless": encoded(alpha, "WEBP", lossless=True, exif=turned),
        "webp-animated": animated("WEBP", 3),
        "bmp": encoded(colour, "BMP"),
        "bmp-palette": encoded(colour.convert("P"), "BMP"),
        "gif": encoded(colour, "GIF"),
        "gif-animated": animated("GIF", 3),
        "tiff": encoded(colour, "TIFF"),
        "tiff-lzw": encoded(colour, "TIFF", compression="tiff_lzw"),
        "tiff-deflate": encoded(colour, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-jpeg": encoded(colour, "TIFF", compression="jpeg"),
        "tiff-fax": encoded(colour.convert("1"), "TIFF", compression="group4"),
        "tiff-float": encoded(colour.convert("F"), "TIFF"),
        "tiff-pages": animated("TIFF", 3),
    }
