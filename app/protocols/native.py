"""The service's own dialect of ``POST /ocr``: pure functions between wire and domain.

A body is an image, or a JSON object with ``image`` or ``images`` (base64 or data URLs) or ``url`` or ``urls``, or
multipart with ``file`` or ``image`` parts. Options are query parameters, form fields or members of the JSON object;
they may not contradict.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from app.errors import InvalidOptionError, MalformedRequestError
from app.fetching.remote_image import ImageSource
from app.pipeline.document_options import DocumentOptions
from app.pipeline.result import OcrResult, PageOptions
from app.pipeline.text_layer import TextLayer
from app.protocols.dialect import Answered, Dialect, LineStream
from app.protocols.formats import FORMATS, JSON, JSON_CHOICE, NDJSON, Choice, by_accept, in_format, page_options_for
from app.protocols.json_images import IMAGE_MEMBERS, json_images
from app.protocols.native_json import json_answer, server_timing
from app.protocols.ndjson import line_stream, ndjson_answer
from app.protocols.page_picture import PICTURE
from app.protocols.page_ranges import parse_page_ranges
from app.protocols.request import OcrRequest, RequestLimits, checked_images
from app.protocols.wire import FilePart, Problem, Reply, WireRequest

T = TypeVar("T")

_SWITCH = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}
_TURNS = {
    "true": (True, True),
    "false": (False, False),
    "1": (True, True),
    "0": (False, False),
    "on": (True, True),
    "off": (False, False),
    "page": (True, False),
    "lines": (False, True),
}
"""Whether pages and whether lines are turned."""

_SPACES = {"sure": False, "likely": True}
"""Whether there is a space where one was nearly read."""

_TEXT_LAYERS = {layer.value: layer for layer in TextLayer}

LEAST_DPI, MOST_DPI = 10, 1200
"""At which pages of PDFs may be asked for."""

OPTIONS = frozenset({"min_score", "det_max_side", "words", "spaces", "autorotate", "pages", "dpi", "text_layer"})
"""What `page_options` and `document_options` know."""

FORM_OPTIONS = frozenset({"format", "picture"})
"""What this dialect knows besides: how the answer looks."""

_FILE_PARTS = ("file", "image")
_PLACES = (
    "it is the body, or the file called file or image of a form, or in a JSON object the image, images, url or urls"
)


@dataclass(frozen=True, slots=True)
class NativeForm:
    """several: whether a list was sent, and is answered with one. choice: the format that is wanted."""

    several: bool
    choice: Choice = JSON_CHOICE


def decode_request(wire: WireRequest, limits: RequestLimits) -> OcrRequest[NativeForm]:
    """Read *wire*.

    Raises:
        MalformedRequestError: There is no image, or the body is not what its type says.
        TooManyImagesError: There are more images than allowed.
        InvalidOptionError: An option is unknown, out of range or given twice, or the format has no place for so many
            images.
    """
    options = dict(wire.query)
    images: list[ImageSource]
    if wire.form is not None:
        images, several = _form_images(wire.files), len(wire.files) > 1
        _merge(options, wire.form)
    elif wire.is_json:
        images, several = json_images(wire.members, limits.max_images)
        _merge(options, {name: value for name, value in wire.members.items() if name not in IMAGE_MEMBERS})
    else:
        images, several = ([wire.body] if wire.body else []), False
    if not images:
        raise MalformedRequestError(f"the request carries no image; {_PLACES}")
    choice = _format(options, wire.headers.get("accept", ""))
    checked = checked_images(images, limits.max_images)
    if choice.format.one_page and len(checked) > 1:
        raise InvalidOptionError(
            f"{choice.format.name} has one page for an answer, and {len(checked)} images were sent"
        )
    documents = document_options(options, limits.default_documents)
    asked = page_options_for(choice.format, page_options(options, limits, FORM_OPTIONS))
    if asked.drawing and documents.text_layer is not TextLayer.NEVER:
        what = choice.format.name if choice.format.drawing else "the option picture"
        raise InvalidOptionError(f"{what} wants pictures, and text_layer has none made")
    return OcrRequest(
        checked,
        asked,
        replace(documents, most=1) if choice.format.one_page else documents,
        NativeForm(several, choice),
    )


def _format(options: Mapping[str, Any], accept: str) -> Choice:
    """What ``format`` names, or else what *accept* likes best."""
    if "format" in options:
        return Choice(_choice("format", options["format"], FORMATS))
    return by_accept(accept)


def encode_response(result: OcrResult, form: NativeForm, answered: Answered) -> Reply:
    """*result* in the format that is wanted. JSON: one image's pages, or a list of results; or lines of these.

    Raises:
        RequestError: No image could be read; it is the first one's error. In formats other than JSON, which have no
            place for errors: an image or a page could not be.
    """
    headers = {"Server-Timing": server_timing(result)}
    if any(image.truncated for image in result.images):
        headers["X-Truncated"] = "true"
    if form.choice.format is NDJSON:
        lines = ndjson_answer(result, answered, several=form.several)
        return Reply(lines, media_type=NDJSON.media_types[0], headers=headers)
    if form.choice.format is not JSON:
        return in_format(form.choice, result, answered.model, headers)
    return Reply(json_answer(result, answered, several=form.several), headers=headers)


def _stream(form: NativeForm) -> LineStream | None:
    return line_stream(several=form.several) if form.choice.format is NDJSON else None


def encode_error(problem: Problem) -> Reply:
    """*problem* as a problem document (RFC 9457)."""
    document = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "id": problem.request_id,
    }
    body = json.dumps(document).encode() + b"\n"  # as ASCII: a detail may quote half of a surrogate pair
    return Reply(body, problem.status, "application/problem+json", problem.headers)


def _form_images(files: tuple[FilePart, ...]) -> list[ImageSource]:
    unknown = sorted({part.name for part in files} - set(_FILE_PARTS))
    if unknown:
        raise MalformedRequestError(f"unknown file part {unknown[0][:64]!r}; images are sent as file or image")
    return [part.data for part in files]


def _merge(options: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if name in options and str(options[name]).lower() != str(value).lower():
            raise InvalidOptionError(f"{name} is given twice, with different values")
        options[name] = value


def page_options(given: Mapping[str, Any], limits: RequestLimits, others: Collection[str] = ()) -> PageOptions:
    """What options by their names, as text or as JSON has them, ask for. *others*: that may be given, too.

    Raises:
        InvalidOptionError: One is unknown, or out of range.
    """
    default = limits.default_options
    known = OPTIONS.union(others)
    unknown = sorted(given.keys() - known)
    if unknown:
        raise InvalidOptionError(f"unknown option {unknown[0][:64]!r}; known are {', '.join(sorted(known))}")
    max_side = default.detection.max_side
    side = _whole_number("det_max_side", given.get("det_max_side", max_side), 32, max_side)
    score = given.get("min_score", default.min_score)
    turn_page, turn_lines = default.turn_page, default.turn_lines
    if "autorotate" in given:
        turn_page, turn_lines = _choice("autorotate", given["autorotate"], _TURNS)
    if (turn_page or turn_lines) and not limits.can_turn:
        raise InvalidOptionError("autorotate needs the orientation models, which this service has not")
    likely_spaces = _choice("spaces", given["spaces"], _SPACES) if "spaces" in given else default.likely_spaces
    if likely_spaces and not limits.can_doubt:
        raise InvalidOptionError("spaces=likely needs an engine that tells what it nearly read; this one does not")
    return PageOptions(
        detection=replace(default.detection, max_side=side),
        min_score=_number("min_score", score, 0, 1),
        words=_choice("words", given.get("words", default.words), _SWITCH),
        likely_spaces=likely_spaces,
        turn_page=turn_page,
        turn_lines=turn_lines,
        drawing=PICTURE if _choice("picture", given.get("picture", False), _SWITCH) else default.drawing,
    )


def document_options(given: Mapping[str, Any], default: DocumentOptions) -> DocumentOptions:
    """Which pages of documents are asked for, at what resolution, and whether their own text is.

    Of unknown options `page_options` tells.

    Raises:
        InvalidOptionError: One of them is out of range, or nothing that it could be.
    """
    dpi = _number("dpi", given.get("dpi", default.dpi), LEAST_DPI, MOST_DPI)
    layer = _choice("text_layer", given.get("text_layer", default.text_layer), _TEXT_LAYERS)
    default = replace(default, dpi=dpi, text_layer=layer)
    if "pages" not in given:
        return default
    pages = given["pages"]
    if isinstance(pages, bool) or not isinstance(pages, str | int):
        raise InvalidOptionError("pages is no text like 1-3,7")
    return replace(default, pages=parse_page_ranges(str(pages)))


def _choice(name: str, value: object, choices: Mapping[str, T]) -> T:
    """What *value* means: one of *choices* in any case, or the JSON boolean or number that it spells."""
    text = str(value).lower() if isinstance(value, str | int) else ""
    if text not in choices:
        raise InvalidOptionError(f"{name} is none of {', '.join(choices)}")
    return choices[text]


def _whole_number(name: str, value: object, low: float, high: float) -> int:
    number = _number(name, value, low, high)
    if number != int(number):
        raise InvalidOptionError(f"{name} is {number:g}, not a whole number")
    return int(number)


def _number(name: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidOptionError(f"{name} is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise InvalidOptionError(f"{name} is not a number") from None
    if not low <= number <= high:  # NaN lies nowhere
        raise InvalidOptionError(f"{name} is {number:g}, allowed is {low:g} to {high:g}")
    return number


NATIVE = Dialect("native", ("/ocr",), decode_request, encode_response, encode_error, stream=_stream)
