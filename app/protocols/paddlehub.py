"""PaddleHub Serving's dialect: PaddleOCR's modules ``ocr_system``, ``ocr_det`` and ``ocr_rec``.

Several images in base64, a list a picture in the answer. There a picture that cannot be read is an empty list, which
is what an empty picture is, too: so one bad image is the request's error here, which says which one it is.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from app.errors import OcrError, RequestError, TooManyFramesError
from app.pipeline.result import ImageResult, Line, OcrResult, PageOptions, Point
from app.protocols.dialect import Answered, Description, Dialect
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.image_lines import lines_of
from app.protocols.json_images import Base64Text, decode_base64
from app.protocols.request import OcrRequest, RequestLimits, checked_images
from app.protocols.typed_json import answer_reply, failure_reply, typed_body
from app.protocols.wire import Problem, Reply, WireRequest

LEAST_SCORE = 0.5
"""Lines read with less ``ocr_system`` leaves out (PaddleOCR's ``drop_score``)."""

Corners = tuple[Point, ...]
EntryT = TypeVar("EntryT")


class HubRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Images in base64."""

    images: Annotated[list[Base64Text], Meta(extra_json_schema={"minItems": 1})]


class HubLine(msgspec.Struct, frozen=True):
    """A line: its text, the mean probability of its letters, and its corners clockwise from the top left one."""

    text: str
    confidence: float
    text_region: Corners


class HubRegion(msgspec.Struct, frozen=True):
    """Where a line is."""

    text_region: Corners


class HubText(msgspec.Struct, frozen=True):
    """What a picture of one line says."""

    text: str
    confidence: float


class HubAnswer(msgspec.Struct, frozen=True):
    """The lines of each image, in order."""

    msg: str
    results: list[list[HubLine]]
    status: Literal["000"]


class HubRegions(msgspec.Struct, frozen=True):
    """The places of lines, of each image in order."""

    msg: str
    results: list[list[HubRegion]]
    status: Literal["000"]


class HubTexts(msgspec.Struct, frozen=True):
    """One list, with the text of each image in order."""

    msg: str
    results: list[list[HubText]]
    status: Literal["000"]


class HubFailure(msgspec.Struct, frozen=True):
    """An error."""

    msg: str
    results: Literal[""]
    status: Literal["101"]


def decode_system(wire: WireRequest, limits: RequestLimits) -> OcrRequest[None]:
    """Read *wire*, a request to ``ocr_system``. Raises as :func:`_decode`."""
    options = limits.default_options
    return _decode(wire, limits, replace(options, min_score=max(LEAST_SCORE, options.min_score)))


def decode_det(wire: WireRequest, limits: RequestLimits) -> OcrRequest[None]:
    """Read *wire*, a request to ``ocr_det``: lines are only found. Raises as :func:`_decode`."""
    return _decode(wire, limits, replace(limits.default_options, read_lines=False))


def decode_rec(wire: WireRequest, limits: RequestLimits) -> OcrRequest[None]:
    """Read *wire*, a request to ``ocr_rec``: each picture is one line. Raises as :func:`_decode`."""
    return _decode(wire, limits, replace(limits.default_options, find_lines=False))


def encode_system(result: OcrResult, _: None, __: Answered) -> Reply:
    """*result* as ``ocr_system`` has it. Raises as :func:`_each`."""
    return answer_reply(HubAnswer("", _each(result, lambda image: list(map(_line, lines_of(image)))), "000"))


def encode_det(result: OcrResult, _: None, __: Answered) -> Reply:
    """*result* as ``ocr_det`` has it. Raises as :func:`_each`."""
    return answer_reply(HubRegions("", _each(result, lambda image: list(map(_region, lines_of(image)))), "000"))


def encode_rec(result: OcrResult, _: None, __: Answered) -> Reply:
    """*result* as ``ocr_rec`` has it: of an image that says nothing too there is a text. Raises as :func:`_each`."""
    return answer_reply(HubTexts("", [_each(result, _text)], "000"))


def encode_error(problem: Problem) -> Reply:
    """*problem* with the one status that PaddleHub has for predictions that failed."""
    return failure_reply(HubFailure(problem.detail, "", "101"), problem)


def _decode(wire: WireRequest, limits: RequestLimits, options: PageOptions) -> OcrRequest[None]:
    """Read *wire*, whose images are recognised with *options*.

    Raises:
        MalformedRequestError: The body is no such JSON object, or an image is not base64.
        TooManyImagesError: There are more images than allowed.
        InvalidOptionError: There is a member that is not known.
    """
    texts = typed_body(wire, HubRequest).images
    images = checked_images([decode_base64(text) for text in texts], limits.max_images)
    for index, image in enumerate(images):
        if isinstance(image, RequestError):
            raise _named(image, index)
    return OcrRequest(images, options, limits.default_documents, None)


def _each(result: OcrResult, entry: Callable[[ImageResult], EntryT]) -> list[EntryT]:
    """The *entry* of each image.

    Raises:
        OcrError: One could not be read, which it names.
    """
    entries = []
    for index, image in enumerate(result.images):
        try:
            entries.append(entry(image))
        except OcrError as error:
            raise _named(error, index) from None
    return entries


def _named(error: OcrError, index: int) -> OcrError:
    named = copy(error)
    named.args = (f"images[{index}]: {error}",)
    return named


def _line(line: Line) -> HubLine:
    return HubLine(line.text, round(line.score, 5), line.polygon)


def _region(line: Line) -> HubRegion:
    return HubRegion(line.polygon)


def _text(image: ImageResult) -> HubText:
    lines_of(image)  # or the error that befell it
    if len(image.pages) > 1:
        raise TooManyFramesError(f"a document of {len(image.pages)} pages > 1 allowed, where an image is one line")
    line = image.pages[0].found[0].line
    return HubText(line.text, round(line.score, 5))


def _dialect(
    module: str,
    decode: Callable[[WireRequest, RequestLimits], OcrRequest[None]],
    encode: Callable[[OcrResult, None, Answered], Reply],
    answer: type[msgspec.Struct],
    summary: str,
) -> Dialect[None]:
    example = {"images": [EXAMPLE_IMAGE]}
    description = Description(summary, HubRequest, answer, HubFailure, example)
    return Dialect("paddlehub", (f"/predict/{module}",), decode, encode, encode_error, description=description)


PADDLEHUB = (
    _dialect("ocr_system", decode_system, encode_system, HubAnswer, "Find and read the lines of images (PaddleHub)."),
    _dialect("ocr_det", decode_det, encode_det, HubRegions, "Find the lines of images (PaddleHub)."),
    _dialect("ocr_rec", decode_rec, encode_rec, HubTexts, "Read images of one line each (PaddleHub)."),
)
