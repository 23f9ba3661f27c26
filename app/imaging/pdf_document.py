"""Pages of PDFs, rendered by PDFium as PaddleX has them rendered: the same pixels, and forms as they are filled in.

PDFium is built without JavaScript and without XFA here; nothing in a document is run. Whatever it does with a hostile
file, it does it in a decoder: see :mod:`app.imaging.decoder_process`.
"""

import contextlib
import logging
import math
from collections.abc import Iterator
from ctypes import c_uint

import numpy as np
from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from app.allocator import return_freed_blocks
from app.errors import BrokenImageError, DocumentEncryptedError, ImageTooLargeError, RequestError
from app.imaging.decode import DecodedImage
from app.imaging.header import ImageLimits, check_frames, check_page
from app.imaging.memory_limit import growth_limited
from app.imaging.missing_page import MissingPage
from app.imaging.pdf_objects import pictures_on
from app.imaging.pdf_text_layer import POINTS_AN_INCH, read_layer
from app.imaging.text_page import TextPage
from app.pipeline.text_layer import LayerOptions

logging.getLogger("pypdfium2").disabled = True  # it has lines for what is odd in a file, and clients send any number

_LEAST_SCALE = 0.1
"""PaddleX's, too: of a page that does not fit into the limits at that, nothing could be read."""

BYTES_A_PIXEL, LEAST_BYTES = 20, 128 << 20
"""Of memory that a page may take: as much as the largest picture of any format does, but so much at least."""

_ROUNDING = 1e-6
"""Of a pixel: so that a side is not rounded up to one more than is allowed."""


def decode_pdf_page(
    data: bytes, limits: ImageLimits, page: int, dpi: float, layer: LayerOptions | None = None
) -> DecodedImage | TextPage | MissingPage:
    """Render a *page* of *data*, counted from 0, at *dpi* or at so much less that it stays within *limits*.

    *layer*: whether its own text is to be had in the place of that.

    Raises:
        BrokenImageError: It cannot be opened, or its only page cannot be had.
        DocumentEncryptedError: It wants a password.
        TooManyFramesError: It has more pages than allowed.
        InvalidOptionError: It has not so many pages.
        ImageTooLargeError: Its only page is far too large, or has far too much text.
        MemoryError: It takes more memory than a picture may.
    """
    with _memory_limited(limits), _open(data) as document:
        pages = len(document)
        check_frames(pages, limits)
        check_page(page, pages)
        try:
            return _read(_opened(document, page), dpi, limits, layer, pages)
        except MemoryError:
            raise
        except Exception as error:  # whatever is raised on such a page, the page is to blame
            missing = error if isinstance(error, RequestError) else BrokenImageError(f"page {page + 1} is damaged")
            if pages == 1:
                raise missing from error
            return MissingPage(missing, pages)


@contextlib.contextmanager
def _memory_limited(limits: ImageLimits) -> Iterator[None]:
    """Limit what is taken meanwhile, and give it back: a drawing of a million lines is a million small blocks."""
    try:
        with growth_limited(max(limits.max_pixels * BYTES_A_PIXEL, LEAST_BYTES)):
            yield
    finally:
        return_freed_blocks()


def _open(data: bytes) -> PdfDocument:
    try:
        document = PdfDocument(data)
        document.init_forms()
    except PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise DocumentEncryptedError("the document is encrypted, and wants a password") from error
        raise BrokenImageError("the PDF cannot be opened") from error
    return document


def _opened(document: PdfDocument, number: int) -> PdfPage:
    try:
        return document[number]
    except PdfiumError as error:
        raise BrokenImageError(f"page {number + 1} cannot be opened") from error


def _read(
    page: PdfPage, dpi: float, limits: ImageLimits, layer: LayerOptions | None, pages: int
) -> DecodedImage | TextPage:
    scale = render_scale(page.get_size(), dpi, limits)
    text = layer and read_layer(page, scale, layer, pages)
    if text:
        return text
    _check_embedded(page, limits.max_pixels)
    pixels = np.asarray(page.render(scale=scale).to_numpy(), np.uint8)
    return DecodedImage(pixels, truncated=False, pages=pages, dpi=scale * POINTS_AN_INCH)


def render_scale(size: tuple[float, float], dpi: float, limits: ImageLimits) -> float:
    """Pixels a point for a page of *size* points: those of *dpi*, or the most with which it stays within *limits*.

    Raises:
        BrokenImageError: The page has no size.
        ImageTooLargeError: There would be hardly a pixel left.
    """
    width, height = size
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise BrokenImageError(f"the page's size is {width:g} x {height:g} points")
    area, around = width * height, width + height
    # Sides are rounded up: the scale of which (width * scale + 1) * (height * scale + 1) is what is allowed.
    within = (math.sqrt(around * around + 4 * area * (limits.max_pixels - 1)) - around) / (2 * area)
    scale = min(dpi / POINTS_AN_INCH, within, (limits.max_side - _ROUNDING) / max(width, height))
    if scale < _LEAST_SCALE:
        least = _LEAST_SCALE * POINTS_AN_INCH
        raise ImageTooLargeError(f"a page of {width:g} x {height:g} points > what is allowed at {least:g} dpi")
    return scale


def _check_embedded(page: PdfPage, most: int) -> None:
    """Hold each picture on the page against *most* pixels: PDFium says nothing where it has no memory for one."""
    width, height = c_uint(), c_uint()
    for picture in pictures_on(page):
        is_told = raw.FPDFImageObj_GetImagePixelSize(picture, width, height)
        if is_told and width.value * height.value > most:
            size = f"{width.value * height.value} pixels ({width.value} x {height.value})"
            raise ImageTooLargeError(f"{size} of a picture on a page > {most} allowed")
