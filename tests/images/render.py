"""Draws the pictures of this folder; ``python tests/images/render.py`` makes them anew.

The texts are the project's own. Fonts: DejaVu and Noto CJK (Debian: fonts-dejavu-core, fonts-noto-cjk).
"""

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_HERE = Path(__file__).parent
_SANS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
_SERIF = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
_CJK = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
_JAPANESE, _CHINESE = 0, 2
"""Faces of the Noto collection."""

LINES = {
    "latin.png": ["Hello OCR 2026", "The quick brown fox jumps", "over 13 lazy dogs.", "Total: $1,234.56"],
    "chinese.png": ["文字识别微服务", "今天天气很好，我们去公园。", "订单编号：20261121", "合计金额一百二十元"],
    "japanese.png": ["文字認識サービス", "カメラで写真を撮ります。", "東京都千代田区", "ありがとうございました"],
    "photo.jpg": ["Open 9:00 - 18:00", "Please ring the bell"],
    "page.png": [
        "Quarterly report of the harbour office",
        "Ships that called at the port: 412",
        "Containers moved over the quay: 18,204",
        "Average time at berth: 21.5 hours",
        "Longest time at berth: 96 hours",
        "Crane number four was out of service",
        "for eleven days in the month of March.",
        "The new light at the north mole has been",
        "in operation since the second of April.",
        "Dues are payable within thirty days.",
        "Telephone 555-0137, extension 22",
        "Signed: the harbour master",
    ],
}


def _draw(lines: list[str], face: ImageFont.FreeTypeFont, size: tuple[int, int], paper: str, ink: str) -> Image.Image:
    picture = Image.new("RGB", size, paper)
    pen = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        pen.text((40, 30 + number * int(face.size * 1.9)), line, fill=ink, font=face)
    return picture


def main() -> None:
    """Write every picture and ``labels.json``."""
    font = ImageFont.truetype
    pictures = {
        "latin.png": _draw(LINES["latin.png"], font(_SANS, 32), (560, 290), "white", "black"),
        "chinese.png": _draw(LINES["chinese.png"], font(_CJK, 34, index=_CHINESE), (560, 300), "white", "#202020"),
        "japanese.png": _draw(LINES["japanese.png"], font(_CJK, 34, index=_JAPANESE), (560, 300), "#fffff0", "black"),
        "photo.jpg": _draw(LINES["photo.jpg"], font(_SERIF, 40), (600, 200), "#e8d9b5", "#402010"),
        "page.png": _draw(LINES["page.png"], font(_SERIF, 30), (1000, 760), "white", "black"),
    }
    # The photo lies on its side, as a camera stores it, and says so in its EXIF.
    exif = Image.Exif()
    exif[0x0112] = 6
    pictures["photo.jpg"] = pictures["photo.jpg"].transpose(Image.Transpose.ROTATE_90)
    for name, picture in pictures.items():
        if name.endswith(".jpg"):
            picture.save(_HERE / name, quality=85, exif=exif)
        else:
            picture.quantize(32).save(_HERE / name, optimize=True)
    text = json.dumps(LINES, ensure_ascii=False, indent=1)
    (_HERE / "labels.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
