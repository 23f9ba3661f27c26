"""What every dialect makes of a request, and what it may ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import InvalidOptionError, MalformedRequestError, TooManyImagesError
from app.fetching.remote_image import ImageSource
from app.pipeline.document_options import DEFAULT_DOCUMENTS, DocumentOptions
from app.pipeline.result import PageOptions

FormT = TypeVar("FormT")


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What a request may ask for. default_options hold where it asks for nothing; det_max_side cannot go beyond.

    can_turn: whether there is what tells how pages and lines lie. can_doubt: whether the engine tells what it nearly
    read.
    """

    max_images: int
    default_options: PageOptions
    can_turn: bool = True
    can_doubt: bool = True
    default_documents: DocumentOptions = DEFAULT_DOCUMENTS


@dataclass(frozen=True, slots=True)
class OcrRequest(Generic[FormT]):
    """The images of a request, or in the place of one where it lies or why it cannot be had.

    form: what the dialect wants to know again when it writes the answer.
    """

    images: tuple[ImageSource, ...]
    options: PageOptions
    documents: DocumentOptions
    form: FormT


def checked_images(images: Sequence[ImageSource], most: int) -> tuple[ImageSource, ...]:
    """*images*, of which there must be one; one that is empty becomes an error in its place.

    Raises:
        MalformedRequestError: There is none.
        TooManyImagesError: There are more than *most*.
    """
    if not images:
        raise MalformedRequestError("the request carries no image")
    check_count(len(images), most)
    return tuple(image or MalformedRequestError("the image is empty") for image in images)


def check_count(images: int, most: int) -> None:
    """Hold the number of images against the limit.

    Raises:
        TooManyImagesError: There are more than *most*.
    """
    if images > most:
        raise TooManyImagesError(f"{images} images > {most} allowed")


def check_no_query(query: Mapping[str, str]) -> None:
    """Refuse options in the address, for dialects that have them in the body alone.

    Raises:
        InvalidOptionError: There is one.
    """
    if query:
        raise InvalidOptionError(f"unknown query parameter {min(query)[:64]!r}; options stand in the body")


def check_can_turn(limits: RequestLimits, option: str) -> None:
    """Hold a wish for lines to be turned, made by *option*, against what the service has.

    Raises:
        InvalidOptionError: It has no orientation models.
    """
    if not limits.can_turn:
        raise InvalidOptionError(f"{option} needs the orientation models, which this service has not")
