"""Writes text with a font: Pillow's own, which has English alone, or one from a file."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from app.engines.base import Image

_SHARE = 0.8
"""Of a box's height that letters take."""

_MISSING = "\uffff"
"""A character that no font has: what is drawn for it is drawn for all that a font lacks."""

_GAP = "  "
"""In the place of a character that the font lacks."""

_WHITE, _BLACK = 255, 0


class Lettering:
    """A font, in whatever size is needed."""

    def __init__(self, file: Path | None = None) -> None:
        """*file*: a TrueType or OpenType font; None: Pillow's own.

        Raises:
            OSError: It is none.
        """
        font = ImageFont.truetype(file) if file else ImageFont.load_default(size=10)
        if not isinstance(font, ImageFont.FreeTypeFont):
            raise OSError("Pillow comes without FreeType")
        self._font = font
        self._missing = bytes(font.getmask(_MISSING))
        self._has = lru_cache(maxsize=4096)(lambda character: bytes(font.getmask(character)) != self._missing)

    def written(self, text: str, width: int, height: int) -> Image | None:
        """Black letters on white, uint8 (height, width), as large as there is room for; None where there is nothing.

        What the font lacks is left blank.
        """
        known = "".join(character if self._has(character) else _GAP for character in text)
        if not known.strip():
            return None
        font = self._fitting(known, width, height)
        paper = PilImage.new("L", (width, height), _WHITE)
        ImageDraw.Draw(paper).text((0, height / 2), known, _BLACK, font, anchor="lm")
        return np.array(paper, np.uint8)

    def _fitting(self, text: str, width: int, height: int) -> ImageFont.FreeTypeFont:
        size = max(1.0, _SHARE * height)
        font = self._font.font_variant(size=size)
        length = font.getlength(text)
        return font if length <= width else self._font.font_variant(size=max(1.0, size * width / length))
