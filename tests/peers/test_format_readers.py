"""Formats in the hands of their readers: hOCR's checker, ALTO's official schema, Poppler, qpdf and pdfminer.

What the readers' environment is, and how it is made: see :mod:`tests.peers.format_readers`.
"""

import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests import pdf_files
from tests.conftest import Service
from tests.peers.format_readers import call, installed, needs_poppler, needs_qpdf

_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')
_CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
_NEAR = 3.0
"""Points by which a word may be found beside where it is seen."""

_POINTS_AN_INCH = 72
_DPI = 200

_PRINTED = "the quick brown fox jumps over 13 lazy dogs while harbour masters report 1,204 ships in March"

Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def kept(small_service: Service, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The file that is answered for a picture in a format."""
    folder = tmp_path_factory.mktemp("formats")

    def make(data: bytes, name: str, **options: Any) -> Path:
        response = small_service.ocr(data, format=name, **options)
        assert response.status_code == 200, response.text
        file = folder / f"answer.{name}"
        file.write_bytes(response.content)
        return file

    return make


@pytest.mark.parametrize("name", ["page.png", "chinese.png", "japanese.png", "photo.jpg"])
def test_hocr_tools_find_nothing_amiss(kept: Any, image: Any, name: str) -> None:
    """What there must be is there, nested as it must be, and no two lines or paragraphs lie over each other."""
    checked = call(installed() / "bin" / "hocr-check", kept(image(name), "hocr")).stderr.decode()
    assert checked.count("ok ") > 5
    assert "not ok" not in checked


def test_hocr_tools_read_the_lines(kept: Any, image: Any, labels: dict[str, list[str]]) -> None:
    """The text that another program takes out of the file is that on the page."""
    read = call(installed() / "bin" / "hocr-lines", kept(image("page.png"), "hocr")).stdout.decode()
    assert [" ".join(line.split()) for line in read.splitlines() if line.strip()] == labels["page.png"]


def test_alto_fulfils_its_schema(kept: Any, image: Any) -> None:
    """Of several pages, of one without text, of a document that goes on."""
    script = Path(__file__).with_name("alto_validation.py")
    python = installed() / "bin" / "python"
    blank = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(blank, "PNG")
    pictures = [pdf_files.scanned("page.png", "chinese.png"), image("japanese.png"), blank.getvalue()]
    animation = io.BytesIO()
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("white", "black")]
    frames[0].save(animation, "GIF", save_all=True, append_images=frames[1:])
    for data in (*pictures, animation.getvalue()):
        call(python, script, kept(data, "alto"))


def test_the_schema_refuses_what_is_no_alto(kept: Any, image: Any) -> None:
    """So that the test above holds something."""
    file = kept(image("latin.png"), "alto")
    file.write_bytes(file.read_bytes().replace(b" CONTENT=", b" CONTENTS="))
    with pytest.raises(AssertionError, match="CONTENTS"):
        call(installed() / "bin" / "python", Path(__file__).with_name("alto_validation.py"), file)


@needs_qpdf
def test_qpdf_finds_no_fault(kept: Any) -> None:
    """In its structure, its tables and its streams."""
    call("qpdf", "--check", kept(pdf_files.scanned("page.png", "chinese.png", "photo.jpg"), "pdf"))


def test_pdfminer_reads_the_text(kept: Any, labels: dict[str, list[str]]) -> None:
    """A reader of its own line, in both scripts."""
    file = kept(pdf_files.scanned("page.png", "chinese.png"), "pdf", dpi=144)
    read = call(installed() / "bin" / "pdf2txt.py", file).stdout.decode()
    for line in (*labels["page.png"], *labels["chinese.png"]):
        assert "".join(line.split()) in "".join(read.split())


@needs_poppler
def test_poppler_reads_a_document(kept: Any, labels: dict[str, list[str]]) -> None:
    """As many pages, one picture on each, and the text as it is read: words whole, with their punctuation."""
    file = kept(pdf_files.scanned("page.png", "chinese.png"), "pdf", dpi=144)
    assert re.search(rb"Pages: +2\n", call("pdfinfo", file).stdout)
    pictures = call("pdfimages", "-list", file).stdout.decode().splitlines()[2:]
    assert [row.split()[8] for row in pictures] == ["jpeg", "jpeg"]
    first, second = call("pdftotext", file, "-").stdout.decode().split("\f")[:2]
    assert first.split() == " ".join(labels["page.png"]).split()
    assert second.split() == labels["chinese.png"]


def _seen_words(pdf: Path) -> list[tuple[str, Box]]:
    """What Poppler finds, and where: left, top, right and bottom in points."""
    found = _WORD.findall(call("pdftotext", "-bbox", pdf, "-").stdout.decode())
    return [(html.unescape(text), (float(a), float(b), float(c), float(d))) for a, b, c, d, text in found]


def _near(word: str, box: Box, seen: list[tuple[str, Box]]) -> bool:
    """Whether *word* begins and ends where it should, on its line."""
    left, top, right, bottom = box
    middle = (top + bottom) / 2
    return any(
        text == word
        and abs(found[0] - left) <= _NEAR
        and abs(found[2] - right) <= _NEAR
        and found[1] < middle < found[3]
        for text, found in seen
    )


@needs_poppler
@pytest.mark.parametrize("size", [24, 30, 36])
def test_words_are_found_where_they_were_printed(kept: Any, size: int) -> None:
    """Within 3 points at both ends: on pages in letters of 9 to 13 points, of which every word's ink is known."""
    face = ImageFont.load_default(size)
    paper = Image.new("RGB", (1654, 1100), "white")
    pen = ImageDraw.Draw(paper)
    printed = []
    words = iter(_PRINTED.split())
    for row in range(4):
        left = 120.0
        for word in [word for _, word in zip(range(4), words, strict=False)]:
            pen.text((left, 100 + 3 * size * row), word, fill="black", font=face)
            printed.append((word, pen.textbbox((left, 100 + 3 * size * row), word, font=face)))
            left += pen.textlength(word + " ", font=face)
    file = io.BytesIO()
    paper.save(file, "PNG", dpi=(_DPI, _DPI))
    seen = _seen_words(kept(file.getvalue(), "pdf"))
    scale = _POINTS_AN_INCH / _DPI
    astray = [word for word, box in printed if not _near(word, tuple(scale * side for side in box), seen)]
    assert [word for word, _ in seen] == [word for word, _ in printed]
    assert astray == []


@needs_poppler
@pytest.mark.parametrize("name", ["page.png", "chinese.png"])
def test_words_are_found_where_they_were_read(kept: Any, image: Any, name: str) -> None:
    """Within a point of the boxes that the table of words has, in either script."""
    rows = [row.split("\t") for row in kept(image(name), "tsv").read_text(encoding="utf-8").splitlines()]
    scale = _POINTS_AN_INCH / _DPI
    seen = _seen_words(kept(image(name), "pdf"))
    read = [(row[11], [scale * int(value) for value in row[6:10]]) for row in rows if row[0] == "5"]
    assert [word for word, _ in seen] == [word for word, _ in read]
    for (_, found), (_, (left, top, width, height)) in zip(seen, read, strict=True):
        assert found == pytest.approx((left, top, left + width, top + height), abs=1)


@needs_poppler
@pytest.mark.skipif(not _CORPUS.is_dir(), reason="../shared/corpus is not here")
@pytest.mark.parametrize(("name", "least"), [("pdf_pages_zh", 0.95), ("pdf_pages_en", 0.9)])
def test_real_scans_lines_begin_where_they_are_labelled(kept: Any, name: str, least: float) -> None:
    """Nearly all first words of lines that were read as they are labelled begin within 3 points of the label.

    The rest are wide brackets, whose ink begins in their middle, and letters of a title's size.
    """
    near = []
    for row in (_CORPUS / name / "labels.jsonl").read_text(encoding="utf-8").splitlines()[:3]:
        label = json.loads(row)
        data = (_CORPUS / name / label["image"]).read_bytes()
        seen = _seen_words(kept(data, "pdf"))
        for line in label["lines"]:
            if not line["quad"] or not line["text"].split():
                continue
            xs, ys = ([_POINTS_AN_INCH / _DPI * point[axis] for point in line["quad"]] for axis in (0, 1))
            word = line["text"].split()[0]
            lefts = [box[0] for text, box in seen if text == word and box[1] < sum(ys) / 4 < box[3]]
            near += [abs(min(xs) - left) <= _NEAR for left in sorted(lefts, key=lambda left: abs(min(xs) - left))[:1]]
    assert len(near) > 40
    assert sum(near) / len(near) >= least
