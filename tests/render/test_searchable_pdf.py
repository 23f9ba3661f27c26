"""Searchable PDFs, read by PDFium: the picture as it is, the text where it stands, in every script."""

import ctypes

import cv2
import numpy as np
import pytest
from pypdfium2 import PdfDocument, raw

from app.pipeline.result import Drawing, Line, Page
from app.render.searchable_pdf import searchable_pdf
from app.render.transcript import Transcript
from tests.render.page_samples import line


@pytest.fixture(scope="module")
def jpeg():
    """A picture of this size as a JPEG file, the same in both halves of its width but for their colours."""

    def make(width, height):
        pixels = np.full((height, width, 3), (255, 0, 0), np.uint8)
        pixels[:, width // 2 :] = (0, 0, 255)
        return cv2.imencode(".jpg", pixels)[1].tobytes()

    return make


@pytest.fixture(scope="module")
def opened(jpeg):
    """The document of these pages."""

    def make(*pages, **members):
        drawings = tuple({Drawing.PAGE: jpeg(page.width, page.height)} for page in pages)
        return PdfDocument(searchable_pdf(Transcript(pages, "m", drawings=drawings, **members)))

    return make


def characters(page):
    """Each character that PDFium finds, and its box: left, bottom, right, top in points."""
    text = page.get_textpage()
    every = text.get_text_range()
    return [(every[index], text.get_charbox(index, loose=True)) for index in range(text.count_chars())]


def test_the_picture_fills_the_page(opened):
    """It is the JPEG that was drawn, untouched, and no text shows on it."""
    page = opened(Page(0, 400, 200, 0, (line("HEAVY", (20, 20, 380, 180)),), dpi=100.0))[0]
    assert page.get_size() == (288, 144)
    (text,) = page.get_objects([raw.FPDF_PAGEOBJ_TEXT])
    assert raw.FPDFTextObj_GetTextRenderMode(text.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
    pixels = page.render(scale=400 / 288).to_numpy()
    assert pixels.shape == (200, 400, 3)
    assert (abs(pixels[:, :190].astype(int) - (254, 0, 0)) < 8).all()
    assert (abs(pixels[:, 210:].astype(int) - (0, 0, 254)) < 8).all()


@pytest.mark.parametrize(
    ("size", "dpi", "points"),
    [((400, 200), 200.0, (144, 72)), ((400, 200), None, (144, 72)), ((60000, 10), 10.0, (14400, 2.4))],
)
def test_a_page_is_as_large_as_its_file_says(opened, size, dpi, points):
    """At 200 pixels an inch where it says nothing; and never larger than a PDF's page may be."""
    assert opened(Page(0, *size, 0, (), dpi=dpi))[0].get_size() == pytest.approx(points, abs=0.01)


@pytest.mark.parametrize("text", ["plain", "文字识别", "カメラで", "한국어", "Ελλάς", "(a)\\", "𠀀𠮷", "é ü"])
def test_text_of_every_script_is_found_again(opened, text):
    """As it was read, characters beyond the first plane and PDF's own signs among it."""
    page = opened(Page(0, 400, 200, 0, (line(text, (20, 20, 380, 60)),)))[0]
    assert page.get_textpage().get_text_range() == text


def test_words_stand_where_they_were_read(opened):
    """To a point: their boxes are those of the words on the picture, and they are as high as their line."""
    words = [("12", 40, 100), (" ", 100, 140), ("文", 140, 200), ("字", 200, 260)]
    page = opened(Page(0, 400, 200, 0, (line("12 文字", (30, 50, 270, 90), words),), dpi=72.0))[0]
    found = dict(characters(page))
    assert found["1"][0] == pytest.approx(32, abs=4)
    assert found["文"][0] == pytest.approx(140, abs=1)
    assert found["字"] == pytest.approx((200, 110, 264, 150), abs=1)


@pytest.mark.parametrize(
    ("corners", "first", "last"),
    [
        (((300, 20), (340, 20), (340, 180), (300, 180)), (320, 160), (320, 40)),
        (((340, 60), (40, 60), (40, 20), (340, 20)), (300, 160), (80, 160)),
        (((40, 40), (340, 120), (330, 160), (30, 80)), (75, 135), (295, 70)),
    ],
    ids=["downwards", "upside down", "tilted"],
)
def test_text_lies_as_its_line_does(opened, corners, first, last):
    """Its first and its last letter are at the line's ends, wherever these are."""
    page = opened(Page(0, 400, 200, 0, (Line("abcd", 1.0, corners, ()),), dpi=72.0))[0]
    found = {text: ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for text, box in characters(page)}
    assert found["a"] == pytest.approx(first, abs=15)
    assert found["d"] == pytest.approx(last, abs=15)


def test_text_follows_in_reading_order(opened):
    """Who selects all gets it as a person reads it, page by page."""
    pages = [
        Page(index, 400, 200, 0, (line(f"one{index}", (10, 10, 90, 30)), line("two", (10, 50, 90, 70))))
        for index in range(2)
    ]
    document = opened(*pages)
    texts = [document[index].get_textpage().get_text_range().split() for index in range(2)]
    assert texts == [["one0", "two"], ["one1", "two"]]


def test_the_font_is_in_the_file_and_is_small(opened):
    """Embedded, so that no reader looks for another, and of one size, however many characters there are."""
    every = "".join(map(chr, range(0x4E00, 0x4E00 + 5000)))
    page = opened(Page(0, 4000, 200, 0, (line(every, (0, 0, 4000, 50)),)))[0]
    (text,) = page.get_objects([raw.FPDF_PAGEOBJ_TEXT])
    font, size = text.get_font(), ctypes.c_size_t()
    assert font.is_embedded
    assert raw.FPDFFont_GetFontData(font.raw, None, 0, size)
    assert 0 < size.value < 500
    assert page.get_textpage().get_text_range() == every


def test_a_file_without_text_and_one_that_was_cut_short(opened):
    """Both can be opened; the second says so itself."""
    document = opened(Page(0, 40, 20, 0, ()), truncated=True)
    assert document[0].get_textpage().count_chars() == 0
    assert "truncated" in document.get_metadata_value("Subject")
    assert opened(Page(0, 40, 20, 0, ())).get_metadata_value("Subject") == ""


def test_a_picture_that_is_no_jpeg_is_an_error():
    """Not a file that no reader can show."""
    drawings = ({Drawing.PAGE: b"\x89PNG\r\n"},)
    with pytest.raises(ValueError, match="JPEG"):
        searchable_pdf(Transcript((Page(0, 4, 4, 0, ()),), drawings=drawings))
