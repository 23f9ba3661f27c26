"""The text that a PDF's page holds: its lines and where they are, and when it is taken for what is to be seen."""

from typing import Any

import numpy as np
import pytest

from app.errors import ImageTooLargeError
from app.imaging.header import ImageLimits
from app.imaging.missing_page import MissingPage
from app.imaging.pdf_document import decode_pdf_page
from app.imaging.text_page import MOST_CHARACTERS, TextPage
from app.pipeline.text_layer import LayerOptions, TextLayer
from tests import pdf_files

LIMITS = ImageLimits(max_pixels=50_000_000, max_side=20_000, max_frames=10)
FONTS = b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
ONLY, AUTO = (LayerOptions(wanted) for wanted in (TextLayer.ONLY, TextLayer.AUTO))
SENTENCE = b"The quick brown fox jumps over the lazy dog and goes on and on for ever"
PAINTED = b"BT /F 10 Tf 10 80 Td (%s) Tj ET" % SENTENCE
BOX = b"0 0 400 100"


def document(*contents: bytes, box: bytes = BOX, **more: Any) -> bytes:
    """A document whose pages have a font, called F."""
    return pdf_files.pages_of(contents, box, **({"resources": FONTS} | more))


def layer(data: bytes, options: LayerOptions = ONLY, page: int = 0, dpi: float = 72) -> TextPage:
    """A page's text."""
    text = decode_pdf_page(data, LIMITS, page, dpi, options)
    assert isinstance(text, TextPage)
    return text


def is_read(data: bytes, page: int = 0) -> bool:
    """Whether a page's picture is made, its text being good enough or not."""
    return not isinstance(decode_pdf_page(data, LIMITS, page, 72, AUTO), TextPage)


def ink(data: bytes, dpi: float) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is dark on a page."""
    picture = decode_pdf_page(data, LIMITS, 0, dpi)
    ys, xs = np.nonzero(picture.pixels.min(axis=2) < 128)  # type: ignore[union-attr]
    return int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())


@pytest.mark.parametrize("dpi", [72, 144, 200])
@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"/Rotate 90",
        b"/Rotate 180",
        b"/Rotate 270",
        b"/CropBox [20 30 360 95]",
        b"/Rotate 90 /CropBox [5 5 390 95]",
    ],
)
@pytest.mark.parametrize("matrix", [b"1 0 0 1 60 50", b"0 1 -1 0 200 40", b"0.866 0.5 -0.5 0.866 90 40"])
def test_lines_lie_where_they_are_seen(page: bytes, matrix: bytes, dpi: float) -> None:
    """Whichever way the page is turned or cut and the text runs: what is dark is within the line, which fits it."""
    data = document(b"BT /F 20 Tf %s Tm (Hxgp) Tj ET" % matrix).replace(b"/Type /Page /P", b"/Type /Page %s /P" % page)
    data = pdf_files.with_table(data)
    (line,) = layer(data, dpi=dpi).lines
    left, top, right, bottom = line.box
    seen, margin = ink(data, dpi), dpi * 20 / 72
    assert line.text == "Hxgp"
    assert left - 2 <= seen[0] <= left + margin
    assert top - 2 <= seen[1] <= top + margin
    assert right - margin <= seen[2] <= right + 2
    assert bottom - margin <= seen[3] <= bottom + 2


def test_the_page_has_the_size_of_its_picture() -> None:
    """Width and height are those that it is rendered with, and so is the number of pages."""
    data = document(PAINTED, PAINTED, box=b"0 0 595.32 841.92")
    text, picture = layer(data, dpi=144, page=1), decode_pdf_page(data, LIMITS, 1, 144)
    assert (text.height, text.width, 3) == picture.pixels.shape  # type: ignore[union-attr]
    assert (text.pages, text.dpi) == (2, picture.dpi)  # type: ignore[union-attr]


def test_polygons_run_clockwise_from_the_top_left() -> None:
    """Of text that stands on its head from its own, of text that runs up or down from the page's."""
    corners = {}
    for matrix in (b"1 0 0 1 60 50", b"-1 0 0 -1 160 50", b"0 1 -1 0 200 20", b"0 -1 1 0 200 90"):
        (line,) = layer(document(b"BT /F 10 Tf %s Tm (word) Tj ET" % matrix)).lines
        left, top, right, bottom = line.box
        places = [(left, top), (right, top), (right, bottom), (left, bottom)]
        corners[matrix] = [places.index(corner) for corner in line.polygon]
    assert list(corners.values()) == [[0, 1, 2, 3], [2, 3, 0, 1], [0, 1, 2, 3], [0, 1, 2, 3]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"(one) Tj 0 -14 Td (two) Tj", ["one", "two"]),
        (b"(left) Tj 100 0 Td (right) Tj", ["left", "right"]),  # columns
        (b"(one) Tj 20 0 Td (word) Tj", ["one word"]),
        (b"(a hyphen-) Tj 0 -14 Td (ated word) Tj", ["a hyphen-", "ated word"]),
        (b"(x) Tj /F 6 Tf 3 Ts (2) Tj /F 10 Tf 0 Ts (y) Tj", ["x2y"]),  # an exponent
        (b"(  spaces   within  ) Tj", ["spaces within"]),
        (b"(seen) Tj 5000 0 Td (beyond) Tj", ["seen"]),
        (b"( ) Tj", []),
        (b"", []),
    ],
)
def test_lines_are_what_stands_together(content: bytes, expected: list[str]) -> None:
    """A line ends with its row, and at a gap as wide as a column's; what lies off the page is not on it."""
    lines = layer(document(b"BT /F 10 Tf 10 80 Td %s ET" % content)).lines
    assert [line.text for line in lines] == expected
    assert {line.score for line in lines} <= {1.0}


def test_what_nobody_knows_does_nothing_to_a_terminal() -> None:
    """Control characters are replaced."""
    (line,) = layer(document(b"BT /F 10 Tf 10 80 Td (a\\033[31mb\\007) Tj ET")).lines
    assert line.text.isprintable()
    assert "[31mb" in line.text


def test_lines_are_laid_out() -> None:
    """Two columns are read one after the other, whatever order they are written in."""
    columns = ((10, b"the first column of the page, row %d"), (210, b"the second column of the page, row %d"))
    rows = [b"1 0 0 1 %d %d Tm (%s) Tj" % (x, 90 - 12 * y, text % y) for y in range(4) for x, text in columns]
    text = layer(document(b"BT /F 10 Tf %s ET" % b" ".join(rows))).page.text
    assert list(filter(None, text.split("\n"))) == [(text % y).decode() for _, text in columns for y in range(4)]


def test_words_are_told_apart_where_that_is_asked_for() -> None:
    """By spaces, each with its box; nothing is told of them otherwise."""
    data = document(b"BT /F 10 Tf 10 80 Td (one two) Tj ET")
    (line,) = layer(data, LayerOptions(TextLayer.ONLY, words=True)).lines
    assert [word.text for word in line.words or ()] == ["one", "two"]
    one, two = (word.box for word in line.words or ())
    assert line.box[0] == one[0] < one[2] < two[0] < two[2] == line.box[2]
    assert layer(data).lines[0].words is None


UNSEEN = b"BT 3 Tr /F 10 Tf 10 80 Td (%s) Tj ET" % SENTENCE
PICTURE = {
    1000: pdf_files.stream(
        bytes(100), b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    )
}


def pictured(width: int, height: int, *, in_group: bool = False) -> bytes:
    """A page of text beside a picture of so many points."""
    draw = b"%d 0 0 %d 0 0 cm /I Do" % (width, height)
    named = b"/XObject << /I 1000 0 R /G 1001 0 R >>"
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 400 100] /Resources << %s >>" % named
    more = PICTURE | {1001: pdf_files.stream(draw, entries)}
    content = PAINTED + b" q %s Q" % (b"/G Do" if in_group else draw)
    return document(content, resources=FONTS + named, more=more)


def annotated(kind: bytes) -> bytes:
    """A page of text with something over it."""
    notes = {1000: b"<< /Type /Annot /Subtype /%s /Rect [10 10 90 40] /P 10 0 R >>" % kind}
    return pdf_files.with_table(
        document(PAINTED, more=notes).replace(b"/Type /Page /P", b"/Type /Page /Annots [1000 0 R] /P")
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (document(PAINTED), False),
        (document(b"BT /F 10 Tf 10 80 Td (Page 3 of 7) Tj ET"), True),  # too little
        (document(b""), True),
        (document(UNSEEN), True),  # another program's reading
        (document(PAINTED + b" " + UNSEEN.replace(b"80 Td", b"40 Td")), True),  # as much again that nobody sees
        (document(b"BT /F 10 Tf 10 80 Td (%s) Tj ET" % (b"\\001\\002\\003\\177" * 20)), True),  # nobody knows what
        (pictured(40, 40), False),  # a logo
        (pictured(400, 50), True),
        (pictured(400, 50, in_group=True), True),
        (annotated(b"Link"), False),
        (annotated(b"Highlight"), False),
        (annotated(b"FreeText"), True),
        (annotated(b"Stamp"), True),
        (annotated(b"Widget"), True),
        (pdf_files.scanned("page.png"), True),
    ],
)
def test_auto_takes_text_that_says_all_there_is(data: bytes, *, expected: bool) -> None:
    """Enough characters that are seen and known, and nothing beside them that may have text in it; else it is read."""
    assert is_read(data) is expected
    layer(data)  # what nobody reads is taken as it is


def test_auto_leaves_out_what_is_not_seen() -> None:
    """A few words behind the others that no person sees are not in the answer; taken alone the layer has them."""
    data = document(PAINTED + b" BT 3 Tr /F 10 Tf 10 40 Td (No) Tj ET")
    assert [line.text for line in layer(data, AUTO).lines] == [SENTENCE.decode()]
    assert [line.text for line in layer(data).lines] == [SENTENCE.decode(), "No"]


def test_each_page_is_judged_by_itself() -> None:
    """A document may have both kinds."""
    data = document(PAINTED, b"")
    assert [is_read(data, page) for page in range(2)] == [False, True]


def test_more_text_than_anybody_reads_is_refused() -> None:
    """Where nothing else is wanted; else what is seen of it is read."""
    many = b"BT /F 1 Tf 1 1 Td (%s) Tj ET" % b") Tj (".join([b"i" * 2000] * 25 + [b"i"])
    wide = b"0 0 20000 100"
    with pytest.raises(
        ImageTooLargeError, match=f"{MOST_CHARACTERS + 1} characters of text on a page > {MOST_CHARACTERS}"
    ):
        layer(document(many, box=wide))
    missing = decode_pdf_page(document(many, PAINTED, box=wide), LIMITS, 0, 72, ONLY)
    assert isinstance(missing, MissingPage)
    assert is_read(document(many, box=wide))
