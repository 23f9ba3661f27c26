"""A transcript as a searchable PDF: the picture of each page, and over it its text, which is not seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.pipeline.result import Drawing, Page
from app.render.glyphless_font import DESCENT, GlyphlessFont
from app.render.pdf_file import PdfFile, reference, text_string
from app.render.text_layer import Placed, placed_words
from app.render.transcript import Transcript
from app.version import PRODUCT

_POINTS_AN_INCH = 72.0
_USUAL_DPI = 200.0
"""Of pages whose file does not say how large they are."""

_MOST_POINTS = 14400.0
"""That a page of a PDF may be long."""

_INVISIBLE = 3
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers of JPEG behind which a picture's size stands."""


def searchable_pdf(transcript: Transcript) -> bytes:
    """The file. Its pages are as large as their pictures at the resolution that their files tell."""
    file, font = PdfFile(), GlyphlessFont()
    tree, face = file.reserve(), file.reserve()
    kids = [
        _write_page(file, _Leaf(page, drawings[Drawing.PAGE]), font, tree, face)
        for page, drawings in zip(transcript.pages, transcript.drawings, strict=True)
    ]
    font.write(file, face)
    listed = " ".join(map(reference, kids))
    file.write({"Type": "/Pages", "Count": len(kids), "Kids": f"[{listed}]"}, tree)
    about = {"Producer": text_string(f"{PRODUCT} {transcript.model}".strip())}
    if transcript.truncated:
        about["Subject"] = text_string("truncated: there were more pages than were read")
    root = file.write({"Type": "/Catalog", "Pages": reference(tree)})
    return file.finish({"Root": reference(root), "Info": reference(file.write(about))})


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A page, and its picture as a JPEG file."""

    page: Page
    picture: bytes

    @property
    def scale(self) -> float:
        """Points a pixel."""
        longest = max(self.page.width, self.page.height)
        return min(_POINTS_AN_INCH / (self.page.dpi or _USUAL_DPI), _MOST_POINTS / longest)


def _write_page(file: PdfFile, leaf: _Leaf, font: GlyphlessFont, tree: int, face: int) -> int:
    width, height = _jpeg_size(leaf.picture)
    picture = {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": width,
        "Height": height,
        "ColorSpace": "/DeviceRGB",
        "BitsPerComponent": 8,
        "Filter": "/DCTDecode",
    }
    image = file.write_stream(picture, leaf.picture)
    size = leaf.page.width * leaf.scale, leaf.page.height * leaf.scale
    content = file.write_deflated({}, "\n".join(_content(leaf, size, font)).encode())
    return file.write(
        {
            "Type": "/Page",
            "Parent": reference(tree),
            "MediaBox": f"[0 0 {_numbers(size)}]",
            "Contents": reference(content),
            "Resources": f"<< /Font << /F {reference(face)} >> /XObject << /I {reference(image)} >> >>",
        }
    )


def _content(leaf: _Leaf, size: tuple[float, float], font: GlyphlessFont) -> Iterator[str]:
    width, height = size
    yield f"q {_numbers((width, 0, 0, height, 0, 0))} cm /I Do Q"
    yield f"BT /F 1 Tf {_INVISIBLE} Tr"
    for line in leaf.page.in_reading_order:
        for word in placed_words(line):
            yield f"{_numbers(_matrix(word, leaf.scale, height))} Tm {font.encoded(word.text)} Tj"
    yield "ET"


def _matrix(word: Placed, scale: float, height: float) -> Sequence[float]:
    """What lays letters of one by one where *word* stands on a page of *height* points, whose origin is below."""
    size = scale / len(word.text)
    start_x, start_y = word.start[0] + DESCENT * word.up[0], word.start[1] + DESCENT * word.up[1]
    along = size * word.along[0], -size * word.along[1]
    up = scale * word.up[0], -scale * word.up[1]
    return (*along, *up, scale * start_x, height - scale * start_y)


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG file, in pixels.

    Raises:
        ValueError: It is none.
    """
    place = 2
    while data[place : place + 1] == b"\xff":
        if data[place + 1] in _START_OF_FRAME:
            return int.from_bytes(data[place + 7 : place + 9]), int.from_bytes(data[place + 5 : place + 7])
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    raise ValueError("the page's picture is no JPEG file")
