"""Fuzzes decoding: any bytes are a picture within the limits or a request's error, in bounded time and memory."""

import sys

import atheris

with atheris.instrument_imports(include=["app", "PIL"]):
    from app.errors import RequestError
    from app.imaging.documents import decode_page
    from app.imaging.header import ImageLimits, sniff
    from app.imaging.missing_page import MissingPage

LIMITS = ImageLimits(max_pixels=100_000, max_side=2000, max_frames=20)


def one_input(data: bytes) -> None:
    """Decode the first and another page of *data*; what comes out is a picture within the limits."""
    for page in (0, 1):
        one_page(data, page)


def one_page(data: bytes, page: int) -> None:
    """Decode a page, unless PDFium would: it has fuzzers of its own, and nothing of it can be told apart here."""
    try:
        if sniff(data) == "PDF":
            return
        picture = decode_page(data, LIMITS, page, 72)
    except RequestError:
        return
    if isinstance(picture, MissingPage):
        return
    pixels = picture.pixels
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert 0 < pixels.shape[0] * pixels.shape[1] <= LIMITS.max_pixels


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
