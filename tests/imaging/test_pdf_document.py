"""Pages of PDFs: the pixels that PaddleX would see, within the limits, and the client's error for everything else."""

import math
import random

import numpy as np
import pypdfium2
import pytest

from app.errors import (
    BrokenImageError,
    DocumentEncryptedError,
    ImageTooLargeError,
    InvalidOptionError,
    RequestError,
    TooManyFramesError,
)
from app.imaging.header import ImageLimits
from app.imaging.missing_page import MissingPage
from app.imaging.pdf_document import decode_pdf_page, render_scale
from tests import pdf_files

LIMITS = ImageLimits(max_pixels=50_000_000, max_side=20_000, max_frames=10)
FORM = {
    1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R >>",
    2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 200 100] >>",
    3: b"<< /Type /Page /Parent 2 0 R /Annots [4 0 R] >>",
    4: b"<< /Subtype /Widget /FT /Tx /T (a) /V (WWWW) /DA (/H 40 Tf 0 g) /F 4 /Rect [0 0 200 100] /P 3 0 R >>",
    5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    6: b"<< /Fields [4 0 R] /DA (/H 40 Tf 0 g) /DR << /Font << /H 5 0 R >> >> >>",
}


def render(data, page=0, dpi=72.0, limits=LIMITS):
    """Return a page's pixels."""
    return decode_pdf_page(data, limits, page, dpi).pixels


def picture(width, height):
    """Return objects for a picture of so many grey pixels, to be drawn as /I."""
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 1 /ColorSpace /DeviceGray"
    return {1000: pdf_files.stream(bytes(width * height // 8), entries % (width, height))}


def test_each_page_comes_as_it_is_painted():
    """Page by page: its own picture, how many there are, and nothing truncated."""
    data = pdf_files.painted(0, 100, 200)
    for page, grey in enumerate((0, 100, 200)):
        decoded = decode_pdf_page(data, LIMITS, page, 72)
        assert (decoded.pages, decoded.truncated, decoded.pixels.shape) == (3, False, (100, 200, 3))
        assert abs(int(decoded.pixels.mean()) - grey) <= 1


def test_channels_are_blue_green_red():
    """What is painted red is red."""
    pixels = render(pdf_files.pages_of([b"1 0 0 rg 0 0 200 100 re f"]))
    assert pixels[50, 100].tolist() == [0, 0, 255]


@pytest.mark.parametrize(
    "data", [pdf_files.scanned("page.png", "chinese.png"), pdf_files.pdf(FORM)], ids=["scan", "form"]
)
def test_pixels_are_those_of_paddlex(data):
    """At 144 dpi a page has the pixels that PaddleX's serving makes of it at its scale of 2."""
    reference = pypdfium2.PdfDocument(data)
    reference.init_forms()
    for number in range(len(reference)):
        assert np.array_equal(render(data, number, 144), reference[number].render(scale=2.0).to_numpy())


def test_filled_in_forms_are_seen():
    """What somebody typed into a field is on the page."""
    assert render(pdf_files.pdf(FORM)).min() < 100


def test_nothing_runs_scripts():
    """The library is built without JavaScript and XFA, so that filling in a form's environment runs nothing."""
    assert set(pypdfium2.PDFIUM_INFO.flags) & {"V8", "XFA"} == set()


@pytest.mark.parametrize(
    ("size", "dpi", "shape"),
    [
        ((612, 792), 72, (792, 612)),
        ((612, 792), 144, (1584, 1224)),
        ((595.32, 841.92), 144, (1684, 1191)),  # rounded up, as PaddleX does
        ((14400, 100), 200, (139, 20_000)),  # the longest side
    ],
)
def test_the_scale_is_that_of_the_resolution_or_what_fits(size, dpi, shape):
    """A page has the pixels that its size and the resolution make, or the most that are allowed."""
    scale = render_scale(size, dpi, LIMITS)
    assert (math.ceil(size[1] * scale), math.ceil(size[0] * scale)) == shape


def test_large_pages_use_the_pixels_that_there_are():
    """Whatever its shape, a page that is too large at the resolution comes as near to a limit as rounding lets it."""
    rng = random.Random(1)
    for _ in range(2000):
        size = (rng.uniform(1, 4_000), rng.uniform(1, 4_000))
        limits = ImageLimits(max_pixels=rng.randrange(200_000, 50_000_000), max_side=rng.randrange(400, 20_000))
        scale = render_scale(size, 1200, limits)
        width, height = (math.ceil(side * scale) for side in size)
        assert width * height <= limits.max_pixels
        assert max(width, height) <= limits.max_side
        least = 0.9 if min(width, height) > 20 else 0.5
        full = scale == 1200 / 72
        assert full or max(width, height) >= limits.max_side - 1 or width * height >= least * limits.max_pixels


def test_a_page_beyond_all_measure_is_refused():
    """Where not even a tenth of a pixel a point would fit, nothing is rendered."""
    data = pdf_files.painted(1, box=b"0 0 1000000 1000000")
    with pytest.raises(ImageTooLargeError, match=r"1e\+06 x 1e\+06 points > what is allowed at 7.2 dpi"):
        render(data)
    assert render(pdf_files.painted(1, box=b"0 0 14400 14400"), dpi=7.2).shape == (1440, 1440, 3)


@pytest.mark.parametrize("size", [(0, 100), (100, 0), (-1, 5), (math.nan, 5), (math.inf, 5)])
def test_a_page_without_a_size_is_broken(size):
    """Nothing of it can be rendered."""
    with pytest.raises(BrokenImageError, match="the page's size"):
        render_scale(size, 72, LIMITS)


def test_a_picture_that_is_too_large_is_refused_before_it_is_unpacked():
    """A bomb on a page, in a group on it even: its header is held against the same limit as that of a file."""
    draw, resources = b"200 0 0 100 0 0 cm /I Do", b"/XObject << /I 1000 0 R >>"
    plain = pdf_files.pages_of([draw], resources=resources, more=picture(8000, 8000))
    with pytest.raises(ImageTooLargeError, match=r"64000000 pixels \(8000 x 8000\) of a picture on a page > 50000000"):
        render(plain)
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << %s >>" % resources
    group = {1001: pdf_files.stream(draw, entries)}
    with pytest.raises(ImageTooLargeError):
        render(
            pdf_files.pages_of([b"/G Do"], resources=b"/XObject << /G 1001 0 R >>", more=picture(8000, 8000) | group)
        )
    assert render(pdf_files.pages_of([draw], resources=resources, more=picture(800, 800))).shape == (100, 200, 3)


def test_a_page_that_cannot_be_had_leaves_the_others():
    """A broken page of a good document is told as that, with how many there are; its neighbours are rendered."""
    draw, resources = b"200 0 0 100 0 0 cm /I Do", b"/XObject << /I 1000 0 R >>"
    data = pdf_files.pages_of([b"0 g", draw, b"0 g"], resources=resources, more=picture(8000, 8000))
    data = data.replace(b"[10 0 R", b"[99 0 R")
    assert render(data, 2).shape == (100, 200, 3)
    for page, error in enumerate((BrokenImageError, ImageTooLargeError)):
        missing = decode_pdf_page(data, LIMITS, page, 72)
        assert isinstance(missing, MissingPage)
        assert (type(missing.error), missing.pages) == (error, 3)


def test_a_page_that_there_is_not_is_no_option():
    """It is the request's fault, and says how many there are."""
    with pytest.raises(InvalidOptionError, match="page 7 > 3 pages"):
        render(pdf_files.painted(1, 2, 3), page=6)


def test_more_pages_than_allowed_are_refused():
    """The limit of frames is that of pages, whatever page is wanted."""
    assert render(pdf_files.painted(*range(10)), page=9).size
    with pytest.raises(TooManyFramesError, match="more than 10 frames > 10 allowed"):
        render(pdf_files.painted(*range(11)))


@pytest.mark.parametrize("version", [1, 99])
def test_an_encrypted_document_is_told_from_a_broken_one(version):
    """Without the password, or where the way is unknown: it says that it is encrypted."""
    data = pdf_files.encrypted().replace(b"/V 1", b"/V %d" % version)
    with pytest.raises(DocumentEncryptedError, match="encrypted"):
        render(data)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n1 0 obj\n",
        pdf_files.painted(1)[:200],
        pdf_files.pages_of([]),
        b"%PDF-1.7\n" + random.Random(1).randbytes(2000),
    ],
)
def test_what_is_no_document_is_broken(data):
    """Cut short, without a page, or noise."""
    with pytest.raises(BrokenImageError, match="the PDF cannot be opened"):
        render(data)


def test_a_damaged_table_is_mended():
    """As other readers do: the objects are looked for where the table of them is wrong."""
    data = pdf_files.painted(100)
    assert abs(int(render(data.replace(b"startxref\n", b"startxref\n9")).mean()) - 100) <= 1


def test_whatever_the_library_raises_is_that_pages_error(monkeypatch):
    """Of a document of several, a page is missing; of one alone the file is broken."""

    def fail(_):
        raise ValueError("something odd")

    monkeypatch.setattr(pypdfium2.PdfPage, "get_size", fail)
    missing = decode_pdf_page(pdf_files.painted(1, 2), LIMITS, 1, 72)
    assert (type(missing.error), str(missing.error), missing.pages) == (BrokenImageError, "page 2 is damaged", 2)
    with pytest.raises(BrokenImageError, match="page 1 is damaged"):
        render(pdf_files.painted(1))


def test_damage_anywhere_is_a_page_or_the_clients_error():
    """Bytes that are changed or cut at random never come to anything else."""
    rng = random.Random(2)
    whole = pdf_files.scanned("latin.png", "chinese.png")
    small = pdf_files.painted(50, 150)
    for data in (whole, small):
        for _ in range(60):
            damaged = bytearray(data)
            for _ in range(rng.randrange(1, 20)):
                damaged[rng.randrange(8, len(damaged))] = rng.randrange(256)
            if rng.random() < 0.3:
                del damaged[rng.randrange(8, len(damaged)) :]
            try:
                page = decode_pdf_page(bytes(damaged), LIMITS, rng.randrange(2), 72)
            except RequestError:
                continue
            assert isinstance(page, MissingPage) or page.pixels.size
