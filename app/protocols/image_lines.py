"""The lines of an image for clients who know of one picture and its lines: no pages, and none that were turned."""

from copy import copy
from dataclasses import replace

from app.errors import TooManyFramesError
from app.pipeline.result import ImageResult, Line, Page, Point


def pages_of(image: ImageResult) -> tuple[Page, ...]:
    """The pages of *image*, all of them.

    These clients cannot be told of a document that was read in part: it is none that could be read.

    Raises:
        OcrError: It could not be read, or a page of it could not.
        TooManyFramesError: It is a document of more pages than are read.
    """
    error = image.error or next((page.error for page in image.failed), None)
    if error:
        raise copy(error)  # its traceback must not hold itself, and the bodies with it
    if image.truncated and len(image.pages) > 1:
        raise TooManyFramesError(f"a document of more than {len(image.pages)} pages > {len(image.pages)} allowed")
    return image.pages


def lines_of(image: ImageResult) -> list[Line]:
    """The lines of *image*, of all its pages, at their places in the picture as it was sent.

    Raises:
        OcrError: See :func:`pages_of`.
    """
    return [as_sent(line, page) for page in pages_of(image) for line in page.lines]


def as_sent(line: Line, page: Page) -> Line:
    """*line* of *page* at its place in the picture as it was sent."""
    if not page.angle:
        return line
    first, second, third, fourth = (_turned(point, page) for point in line.polygon)
    return replace(line, polygon=(first, second, third, fourth))


def _turned(point: Point, page: Page) -> Point:
    """Where *point* of the upright *page* lies when that is turned clockwise by its angle."""
    x, y = point
    if page.angle == 90:
        return page.height - y, x
    if page.angle == 180:
        return page.width - x, page.height - y
    return y, page.width - x
