"""Pictures on which engines like to differ: slanted, upright, tiny, very long, blank and turned."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

IMAGES = Path(__file__).parents[1] / "images"

SENTENCE = "The quick brown fox jumps over 13 lazy dogs. "

DRAWN = ("slanted", "vertical-latin", "vertical-chinese", "wide", "tall", "tiny", "small", "little", "blank")
GIVEN = ("latin.png", "chinese.png", "japanese.png", "page.png", "photo.jpg")
TURNED = (90, 180, 270)


def draw(folder: Path) -> dict[str, Path]:
    """Write every picture of :data:`DRAWN` into *folder*; returns their paths, and those of :data:`GIVEN`, by name."""
    latin, chinese = _opened("latin.png"), _opened("chinese.png")
    wide = _written(SENTENCE * 4, width=3000, height=40)
    pictures = {
        "slanted": latin.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor="white"),
        "vertical-latin": latin.transpose(Image.Transpose.ROTATE_270),
        "vertical-chinese": chinese.transpose(Image.Transpose.ROTATE_270),
        "wide": wide,
        "tall": wide.transpose(Image.Transpose.ROTATE_270),
        "tiny": latin.resize((12, 9)),
        "small": _written("ab", width=40, height=20),
        "little": _written("abc", width=60, height=24),
        "blank": Image.new("RGB", (300, 200), "white"),
    }
    return {name: _save(picture, folder / f"{name}.png") for name, picture in pictures.items()} | {
        name: IMAGES / name for name in GIVEN
    }


def draw_turned(folder: Path) -> dict[int, Path]:
    """Write ``page.png`` turned clockwise by each angle of :data:`TURNED`; returns the paths by angle."""
    page = _opened("page.png")
    return {angle: _save(page.rotate(-angle, expand=True), folder / f"page-{angle}.png") for angle in TURNED}


def _opened(name: str) -> Image.Image:
    return Image.open(IMAGES / name).convert("RGB")


def _written(text: str, width: int, height: int) -> Image.Image:
    """Return black text on white, with the one font that is there wherever OpenCV is."""
    paper = np.full((height, width, 3), 255, np.uint8)
    baseline = height * 7 // 10
    cv2.putText(paper, text, (6, baseline), cv2.FONT_HERSHEY_SIMPLEX, height / 48, (0, 0, 0), 2, cv2.LINE_AA)
    return Image.fromarray(paper)


def _save(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path
