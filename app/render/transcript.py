"""What was read of a whole request, as formats that hold pages have it."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from app.errors import OcrError
from app.pipeline.result import Drawings, ImageResult, Page


@dataclass(frozen=True, slots=True)
class Transcript:
    """The pages of all images, in their order, and their drawings where any were asked for.

    model: what read them. truncated: there were more frames, or more of the wanted pages, than were read.
    """

    pages: tuple[Page, ...]
    model: str = ""
    truncated: bool = False
    drawings: tuple[Drawings, ...] = ()


def transcript_of(images: Sequence[ImageResult], model: str) -> Transcript:
    """The pages of *images*, every one.

    Raises:
        OcrError: An image or a page could not be read, for which a list of pages has no place; the text says which.
    """
    for number, image in enumerate(images, 1):
        place = f"image {number}" if len(images) > 1 else ""
        if image.error:
            raise _placed(image.error, place)
        if image.failed:
            page = f"page {image.failed[0].index + 1}"
            raise _placed(image.failed[0].error, f"{place}, {page}" if place else page)
    pages = tuple(page for image in images for page in image.pages)
    drawings = tuple(drawn for image in images for drawn in image.drawings)
    return Transcript(pages, model, any(image.truncated for image in images), drawings)


def _placed(error: OcrError, place: str) -> OcrError:
    """The same error, whose text begins with its *place*; a copy, whose traceback does not hold the result."""
    placed = copy(error)
    if place:
        placed.args = (f"{place}: {error}",)
    return placed
