"""Any file as pages: a PDF or a TIFF has as many as it has, everything else has one."""

from dataclasses import replace

from app.errors import InvalidOptionError, RequestError
from app.imaging import tiff_directories
from app.imaging.decode import DecodedImage, decode_image
from app.imaging.header import ImageLimits, check_frames, check_page, sniff
from app.imaging.missing_page import MissingPage
from app.imaging.text_page import TextPage
from app.pipeline.text_layer import LayerOptions, TextLayer


def decode_page(
    data: bytes, limits: ImageLimits, page: int, dpi: float, layer: LayerOptions | None = None
) -> DecodedImage | TextPage | MissingPage:
    """The picture of a *page* of *data*, counted from 0. *dpi*: at which a PDF is rendered; pictures have their pixels.

    *layer*: whether a page's own text is to be had in the place of that; None: it is not.

    Raises:
        InvalidOptionError: There are not so many pages, or the text alone is wanted of what can have none.
        DocumentEncryptedError: A PDF wants a password.
        RequestError: See :func:`app.imaging.decode.decode_image`; and whatever befalls the only page of a file.
    """
    name = sniff(data)
    if name == "PDF":
        from app.imaging.pdf_document import decode_pdf_page  # noqa: PLC0415 - 20 ms, which no start is to pay

        return decode_pdf_page(data, limits, page, dpi, layer)
    if layer and layer.wanted is TextLayer.ONLY:
        raise InvalidOptionError(f"text_layer is only, and a {name} has no text layer")
    if name == "TIFF":
        return _decode_tiff_page(data, limits, page)
    check_page(page, 1)
    return decode_image(data, limits)


def _decode_tiff_page(data: bytes, limits: ImageLimits, page: int) -> DecodedImage | MissingPage:
    places = tiff_directories.pages(data, limits.max_frames)
    check_frames(len(places), limits)
    check_page(page, len(places))
    try:
        picture = decode_image(tiff_directories.beginning_at(data, places[page]), limits)
    except RequestError as error:
        if len(places) == 1:
            raise
        return MissingPage(error, len(places))
    return replace(picture, truncated=False, pages=len(places))
