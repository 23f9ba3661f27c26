"""Plain text, TSV, hOCR and ALTO: as their readers take them apart."""

import csv
import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from app.pipeline.result import Page
from app.render.alto import alto
from app.render.hocr import hocr
from app.render.markup import attributes, content
from app.render.plain_text import plain_text
from app.render.transcript import Transcript
from app.render.tsv import tsv
from tests.render.page_samples import line, two_blocks

EMPTY = Page(0, 50, 40, 0, ())
parsed = ET.fromstring  # of this service's own
XHTML = "{http://www.w3.org/1999/xhtml}"
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"


@pytest.fixture(scope="module")
def transcript():
    """Two pages, of which the first has no text."""
    return Transcript((EMPTY, two_blocks()), "a model")


def test_text_has_a_form_feed_between_pages(transcript):
    """Each page ends with a line break; so a page without text is still one."""
    assert plain_text(transcript).decode() == "\n\f<a> & b\tright\n\n文字\n"
    assert plain_text(Transcript((two_blocks(),))).decode() == "<a> & b\tright\n\n文字\n"


def test_tsv_has_a_row_for_each_level(transcript):
    """Numbers count within what holds them; only words have a confidence and a text, exactly as it is."""
    head, *rows = csv.reader(io.StringIO(tsv(transcript).decode()), delimiter="\t", quoting=csv.QUOTE_NONE)
    assert len(head) == 12
    assert [row[:6] for row in rows] == [
        ["1", "1", "0", "0", "0", "0"],
        ["1", "2", "0", "0", "0", "0"],
        ["2", "2", "1", "0", "0", "0"],
        ["3", "2", "1", "1", "0", "0"],
        ["4", "2", "1", "1", "1", "0"],
        *[["5", "2", "1", "1", "1", str(number)] for number in (1, 2, 3, 4)],
        ["2", "2", "2", "0", "0", "0"],
        ["3", "2", "2", "1", "0", "0"],
        ["4", "2", "2", "1", "1", "0"],
        ["5", "2", "2", "1", "1", "1"],
    ]
    assert rows[1][6:] == ["0", "0", "200", "100", "-1", ""]
    assert [row[10:] for row in rows if row[0] == "5"] == [
        ["50.00", "<a>"],
        ["50.00", "&"],
        ["50.00", "b"],
        ["100.00", "right"],
        ["25.00", "文字"],
    ]


def test_hocr_nests_words_in_lines_in_paragraphs_in_pages(transcript):
    """Well-formed, with the place of everything in its title and the words' text as it is."""
    root = parsed(hocr(transcript))
    first, second = root.findall(f".//{XHTML}div[@class='ocr_page']")
    assert first.get("title") == "bbox 0 0 50 40; ppageno 0"
    assert second.get("title") == "bbox 0 0 200 100; ppageno 4"
    paragraphs = second.findall(f"{XHTML}div[@class='ocr_carea']/{XHTML}p[@class='ocr_par']")
    lines = [found for each in paragraphs for found in each.findall(f"{XHTML}span[@class='ocr_line']")]
    words = [[word.text for word in each.findall(f"{XHTML}span[@class='ocrx_word']")] for each in lines]
    assert words == [["<a>", "&", "b", "right"], ["文字"]]
    assert lines[1][0].get("title") == "bbox 10 60 90 80; x_wconf 25"
    names = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(names) == len(set(names))


def test_hocr_says_what_made_it_and_what_is_in_it(transcript):
    """As its readers ask; the resolution where the file tells one."""
    metas = {each.get("name"): each.get("content") for each in parsed(hocr(transcript)).iter(f"{XHTML}meta")}
    assert metas["ocr-system"].endswith(" a model")
    assert metas["ocr-number-of-pages"] == "2"
    assert set(metas["ocr-capabilities"].split()) >= {"ocr_page", "ocr_carea", "ocr_par", "ocr_line", "ocrx_word"}
    assert b"scan_res 300 300" in hocr(Transcript((replace(EMPTY, dpi=300.0),)))


def test_alto_nests_strings_in_lines_in_blocks_in_pages(transcript):
    """With a space between strings, none at the ends; pages are numbered as in their document."""
    root = parsed(alto(transcript))
    pages = root.findall(f"{ALTO}Layout/{ALTO}Page")
    assert [page.get("PHYSICAL_IMG_NR") for page in pages] == ["1", "5"]
    lines = pages[1].findall(f"{ALTO}PrintSpace/{ALTO}TextBlock/{ALTO}TextLine")
    assert [[each.get("CONTENT", " ") for each in found] for found in lines] == [
        ["<a>", " ", "&", " ", "b", " ", "right"],
        ["文字"],
    ]
    (string,) = lines[1]
    assert {name: string.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")} == {
        "HPOS": "10",
        "VPOS": "60",
        "WIDTH": "80",
        "HEIGHT": "20",
        "WC": "0.2500",
    }


@pytest.mark.parametrize("write", [hocr, alto])
def test_what_was_left_out_is_told_in_the_file(transcript, write):
    """Beside the answer's head, which is gone when the file is kept; not where nothing was."""
    assert b"truncated" not in write(transcript)
    assert b"truncated" in write(replace(transcript, truncated=True))


@pytest.mark.parametrize("write", [hocr, alto])
def test_no_text_breaks_the_file(write):
    """Quotes, brackets, and characters that no XML may hold."""
    text = "\"'<>&]]>\x00\x0b\x1b￾"
    page = Page(0, 100, 100, 0, (line(text, (0, 0, 50, 10)),))
    read = "".join(parsed(write(Transcript((page,), "<m\x01>"))).itertext())
    shown = read if write is hocr else alto(Transcript((page,))).decode()
    assert "�" in shown


def test_markup_escapes():
    """Between tags and within quotes, whichever stand in the text."""
    assert content("a<b>&\x02") == "a&lt;b&gt;&amp;�"
    assert attributes(a='"', b="'\"", c="<&") == ' a=\'"\' b="\'&quot;" c="&lt;&amp;"'
