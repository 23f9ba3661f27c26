"""Any file as pages: TIFFs have several, each held against the limits by itself; other pictures have one."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from app.errors import BrokenImageError, ImageTooLargeError, InvalidOptionError, TooManyFramesError
from app.imaging.documents import decode_page
from app.imaging.header import ImageLimits
from app.imaging.missing_page import MissingPage
from tests import pdf_files

LIMITS = ImageLimits(max_pixels=10_000, max_side=200, max_frames=5)


def grey(value, size=(30, 20)):
    """Return an even picture."""
    return Image.new("L", size, value)


def tiff(*pictures, **options):
    """Return a file of these pages."""
    stream = io.BytesIO()
    pictures[0].save(stream, "TIFF", save_all=True, append_images=pictures[1:], **options)
    return stream.getvalue()


def handmade(*pages):
    """Return a TIFF of grey pages, each with tags of its own beside or in the place of the usual ones."""
    data, link = bytearray(b"II*\0" + bytes(4)), 4
    for picture, tags in pages:
        pixels, (width, height) = picture.tobytes(), picture.size
        usual = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: len(data), 277: 1, 278: height, 279: len(pixels)}
        data += pixels
        struct.pack_into("<I", data, link, len(data))
        entries = sorted((usual | tags).items())
        data += struct.pack("<H", len(entries))
        for tag, value in entries:
            data += struct.pack("<HHII", tag, 4, 1, value)
        link = len(data)
        data += bytes(4)
    return bytes(data)


def page_of(data, page, limits=LIMITS):
    """Return a page."""
    return decode_page(data, limits, page, 72)


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"compression": "group4"}, {"big_tiff": True}])
def test_each_page_of_a_tiff_comes_as_it_is(options):
    """Whatever its compression: the pixels of that page, of its own size, and how many there are."""
    pictures = [Image.fromarray(np.eye(20 + n, 30, n, np.uint8) * 255).convert("1") for n in range(4)]
    data = tiff(*pictures, **options)
    for number, picture in enumerate(pictures):
        page = page_of(data, number)
        assert (page.pages, page.truncated) == (4, False)
        assert np.array_equal(page.pixels[..., 0], np.asarray(picture.convert("L")))


def test_a_page_is_upright_by_its_own_tag():
    """A page that says that it lies on its side is turned, those around it are not."""
    data = handmade((grey(1), {}), (grey(2), {274: 6}), (grey(3), {}))
    assert [page_of(data, number).pixels.shape[:2] for number in range(3)] == [(20, 30), (30, 20), (20, 30)]


@pytest.mark.parametrize("name", ["PNG", "GIF", "WEBP"])
def test_an_animation_is_one_page(encode, name):
    """Its first frame, and it says that there were more; there is no second page."""
    data = encode(grey(1), name, save_all=True, append_images=[grey(200)])
    page = page_of(data, 0)
    assert (page.pages, page.truncated) == (1, True)
    with pytest.raises(InvalidOptionError, match=r"page 2 > 1 page$"):
        page_of(data, 1)


def test_a_page_that_there_is_not_is_no_option():
    """It is the request's fault, and says how many there are."""
    with pytest.raises(InvalidOptionError, match="page 4 > 3 pages"):
        page_of(tiff(grey(1), grey(2), grey(3)), 3)


def test_a_pdf_is_a_document_too():
    """By its first bytes, whatever came before."""
    page = page_of(pdf_files.painted(0, 200, box=b"0 0 60 40"), 1)
    assert (page.pages, page.pixels.shape) == (2, (40, 60, 3))


def test_every_page_is_held_against_the_limits_before_it_is_decoded():
    """One that states too much, or is cut short, is that page's error; those around it are read."""
    data = handmade((grey(1), {}), (grey(2), {256: 1_000_000}), (grey(3), {}), (grey(4), {273: 1 << 30}))
    for page, error in ((1, ImageTooLargeError), (3, BrokenImageError)):
        missing = page_of(data, page)
        assert isinstance(missing, MissingPage)
        assert (type(missing.error), missing.pages) == (error, 4)
    for page in (0, 2):
        assert page_of(data, page).pixels[0, 0].tolist() == [page + 1] * 3


def test_the_only_page_of_a_file_is_the_file():
    """What is wrong with it is an error of the whole."""
    with pytest.raises(ImageTooLargeError):
        page_of(tiff(grey(1, (150, 150))), 0)
    with pytest.raises(BrokenImageError):
        page_of(b"II*\0" + bytes(100), 0)


def test_more_pages_than_allowed_are_refused():
    """However few are wanted."""
    assert page_of(tiff(*map(grey, range(5))), 4).pages == 5
    with pytest.raises(TooManyFramesError, match="more than 5 frames > 5 allowed"):
        page_of(tiff(*map(grey, range(6))), 0)


@pytest.mark.parametrize("kind", [1, 4, 5])
def test_copies_and_masks_are_no_pages(kind):
    """A smaller copy of a page that viewers show, or its mask, is not read for another page, wherever it stands."""
    data = handmade((grey(5), {254: kind}), (grey(10), {254: 0}), (grey(20), {254: kind}), (grey(30), {254: 2}))
    for number, value in enumerate((10, 30)):
        page = page_of(data, number)
        assert (page.pages, page.pixels[0, 0, 0]) == (2, value)


def test_where_there_is_nothing_but_a_copy_it_is_the_page():
    """Some writers say so of the only picture that there is."""
    data = handmade((grey(7), {254: 1}))
    assert page_of(data, 0).pixels[0, 0, 0] == 7


def test_directories_in_a_circle_are_each_a_page_once():
    """A chain that comes back ends there: two pages, not more, and no third one."""
    data = bytearray(tiff(grey(1), grey(2)))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * entries)[0]
    entries = struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, second + 2 + 12 * entries, first)
    assert page_of(bytes(data), 1).pages == 2
    with pytest.raises(InvalidOptionError):
        page_of(bytes(data), 2)
