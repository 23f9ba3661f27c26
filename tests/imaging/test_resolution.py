"""How large pictures say they are: believed where it can be, and never an error."""

import io

import pytest
from PIL import Image, TiffImagePlugin

from app.imaging.decode import decode_image
from app.imaging.documents import decode_page
from app.imaging.header import ImageLimits
from app.imaging.resolution import checked_dpi
from tests import pdf_files

LIMITS = ImageLimits(max_pixels=1 << 22, max_side=1 << 12)


def saved(form, **options):
    """A small picture as a file."""
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "BMP"])
def test_the_files_word_is_taken(form):
    """Of every format that has one; to the pixel, but for PNG's and BMP's, which count by the metre."""
    assert decode_image(saved(form, dpi=(300, 300)), LIMITS).dpi == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_a_file_that_says_nothing_has_none(form):
    """Not a guess."""
    assert decode_image(saved(form), LIMITS).dpi is None


@pytest.mark.parametrize("dpi", [(1, 1), (65000, 65000), (204, 98)])
def test_what_cannot_be_is_not_believed(dpi):
    """Pictures as large as houses or as a grain; pixels that are not square."""
    assert decode_image(saved("JPEG", dpi=dpi), LIMITS).dpi is None


def test_a_resolution_without_an_end_is_none():
    """A fraction by zero, as damaged files have it."""
    file = saved("TIFF", x_resolution=TiffImagePlugin.IFDRational(1, 0), y_resolution=300.0, resolution_unit=2)
    assert decode_image(file, LIMITS).dpi is None


def test_a_page_of_a_pdf_has_that_which_it_was_rendered_at():
    """What was asked for, or less where the page is too large for that."""
    whole = decode_page(pdf_files.painted(1), LIMITS, 0, 144.0)
    assert whole.dpi == pytest.approx(144)
    reduced = decode_page(pdf_files.painted(1), ImageLimits(max_pixels=1 << 22, max_side=100), 0, 144.0)
    assert reduced.dpi == pytest.approx(36, abs=0.1)


@pytest.mark.parametrize("value", [None, "300", 300, True, float("nan"), float("inf"), -1.0, 0.0])
def test_what_a_decoder_says_is_checked_again(value):
    """It is believed as little as the file."""
    assert checked_dpi(value) is None
    assert checked_dpi(300.0) == 300.0
