"""RapidOCRAPI 0.2.0's dialect of ``POST /ocr``: a form with one image, answered with numbered lines.

The image is the file ``image_file``, or base64 in the field ``image_data``, in a form that may then be URL-encoded.
``use_det``, ``use_cls`` and ``use_rec`` are read as FastAPI reads booleans, and empty fields are none. Where
``use_det`` or ``use_rec`` is false that version breaks (500): the answer is then that of 0.1.4, which left out the
boxes or the text and the score.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.errors import InvalidOptionError, MalformedRequestError
from app.fetching.remote_image import ImageSource
from app.pipeline.result import Line, OcrResult, PageOptions
from app.protocols.dialect import Answered, Description, Dialect
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.image_lines import lines_of
from app.protocols.json_images import Base64Text, decode_base64
from app.protocols.request import OcrRequest, RequestLimits, check_can_turn, check_no_query, checked_images
from app.protocols.typed_json import answer_reply, failure_reply
from app.protocols.wire import Problem, Reply, WireRequest

LEAST_SCORE = 0.5
"""Lines read with less RapidOCR leaves out (its ``text_score``)."""

_FILE, _DATA = "image_file", "image_data"
_SWITCHES = ("use_det", "use_cls", "use_rec")
_FIELDS = (_DATA, *_SWITCHES)

_TRUE, _FALSE = ("true", "1", "on", "t", "yes", "y"), ("false", "0", "off", "f", "no", "n")
_BOOLEANS = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)

_MULTIPART = "multipart/form-data"
_URL_ENCODED = "application/x-www-form-urlencoded"
_BEGINNING = re.compile(f"(?:{'|'.join((_FILE, *_FIELDS))})=".encode())
"""How such a body begins: as no image does, which curl sends under the same type."""

_MOST_FIELDS = 16
_ESCAPES = tuple(
    (escape.encode(), letter.encode())
    for letter in "+/=:;,\r\n"
    for escape in (f"%{ord(letter):02X}", f"%{ord(letter):02x}")
)
"""What is escaped in base64 and data URLs. Each is replaced in one go: no list of the body's pieces is made."""


class RapidForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form. One of the first two is the image."""

    image_file: Annotated[str, Meta(extra_json_schema={"format": "binary"})] | UnsetType = UNSET
    image_data: Base64Text | UnsetType = UNSET
    use_det: bool | UnsetType = UNSET
    use_cls: bool | UnsetType = UNSET
    use_rec: bool | UnsetType = UNSET


class RapidLine(msgspec.Struct, frozen=True):
    """A line: its text, its corners clockwise from the top left one, and the mean probability of its letters."""

    rec_txt: str | UnsetType = UNSET
    dt_boxes: list[tuple[float, float]] | UnsetType = UNSET
    score: float | UnsetType = UNSET


class RapidInvalid(msgspec.Struct, frozen=True):
    """One thing that is wrong with a form, as FastAPI has it."""

    type: str
    loc: list[str]
    msg: str


class RapidFailure(msgspec.Struct, frozen=True):
    """An error: a sentence, or with status 422 what is wrong with the form."""

    detail: str | list[RapidInvalid]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of each line is asked for: where it is, and what it says."""

    boxes: bool
    texts: bool


def speaks(wire: WireRequest) -> bool:
    """Whether *wire* is a form of this dialect, which shows by its first field or by the names of all."""
    if wire.form is not None:
        return not {*_FIELDS, _FILE}.isdisjoint({*wire.form, *(part.name for part in wire.files)})
    return wire.media_type == _URL_ENCODED and _BEGINNING.match(wire.body) is not None


def decode_request(wire: WireRequest, limits: RequestLimits) -> OcrRequest[Wanted]:
    """Read *wire*.

    Raises:
        MalformedRequestError: There is no image, or more than one, or a part is no file that should be one.
        InvalidOptionError: A field is unknown, is no boolean, or cannot be honoured.
    """
    check_no_query(wire.query)
    fields = _url_encoded(wire.body) if wire.form is None else wire.form
    unknown = sorted(fields.keys() - {*_FIELDS, _FILE})
    if unknown:
        raise InvalidOptionError(f"unknown field {unknown[0][:64]!r}; known are {', '.join((_FILE, *_FIELDS))}")
    options = _page_options({name: fields[name] for name in _SWITCHES if fields.get(name)}, limits)
    wanted = Wanted(options.find_lines, options.read_lines)
    images = checked_images([_image(wire, fields)], limits.max_images)
    return OcrRequest(images, options, limits.default_documents, wanted)


def encode_response(result: OcrResult, form: Wanted, _: Answered) -> Reply:
    """The lines of *result* under their numbers, from "0".

    Raises:
        OcrError: The image could not be read.
    """
    lines = lines_of(result.images[0]) if form.boxes or form.texts else []
    return answer_reply({str(number): _line(line, form) for number, line in enumerate(lines)})


def encode_error(problem: Problem) -> Reply:
    """*problem* as FastAPI's own errors look."""
    invalid = [RapidInvalid(problem.code, ["body"], problem.detail)]
    failure = RapidFailure(invalid if problem.status == 422 else problem.detail)
    return failure_reply(failure, problem)


def _url_encoded(body: bytes) -> dict[str, str]:
    """The fields of a URL-encoded body. A plus that nobody escaped is one: spaces mean nothing in any of them."""
    pairs = body.split(b"&", _MOST_FIELDS)
    if len(pairs) > _MOST_FIELDS:
        raise MalformedRequestError(f"more fields in the form than the {_MOST_FIELDS} allowed")
    fields: dict[str, str] = {}
    for pair in filter(None, pairs):
        name, _, value = pair.partition(b"=")
        for escape, letter in _ESCAPES if b"%" in value else ():
            value = value.replace(escape, letter)
        key, text = name.decode("latin-1"), value.decode("latin-1")
        if fields.setdefault(key, text) != text:
            raise InvalidOptionError(f"{key[:64]} is given twice, with different values")
    return fields


def _image(wire: WireRequest, fields: Mapping[str, str]) -> ImageSource:
    files = [part.data for part in wire.files if part.name == _FILE]
    if len(files) < len(wire.files):
        raise MalformedRequestError(f"unknown file part; the image is sent as {_FILE}")
    if fields.get(_FILE):
        raise InvalidOptionError(f"{_FILE} is a field, not a file")
    data = [fields[_DATA]] if fields.get(_DATA) else []
    if len(files) + len(data) > 1:
        raise MalformedRequestError(f"{len(files) + len(data)} images in the form; send one, as {_FILE} or as {_DATA}")
    if not files and not data:
        raise MalformedRequestError(f"the form carries no image; send {_FILE} or {_DATA}")
    return files[0] if files else decode_base64(data[0])


def _page_options(given: Mapping[str, str], limits: RequestLimits) -> PageOptions:
    switches = {name: _switch(name, text) for name, text in given.items()}
    options, find, read = limits.default_options, switches.get("use_det", True), switches.get("use_rec", True)
    turn = switches.get("use_cls", options.turn_lines)
    if switches.get("use_cls"):
        check_can_turn(limits, "use_cls")
    least = max(LEAST_SCORE, options.min_score) if find and read else options.min_score
    return replace(options, find_lines=find, read_lines=read, turn_lines=turn, min_score=least)


def _switch(name: str, text: str) -> bool:
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise InvalidOptionError(f"{name} is none of {', '.join(_BOOLEANS)}")
    return value


def _line(line: Line, wanted: Wanted) -> RapidLine:
    return RapidLine(
        rec_txt=line.text if wanted.texts else UNSET,
        dt_boxes=[(float(x), float(y)) for x, y in line.polygon] if wanted.boxes else UNSET,
        score=round(line.score, 5) if wanted.texts else UNSET,
    )


RAPIDOCR = Dialect(
    "rapidocr",
    ("/ocr",),
    decode_request,
    encode_response,
    encode_error,
    speaks=speaks,
    media_types=frozenset({_MULTIPART, _URL_ENCODED}),
    description=Description(
        "Recognise the text of one image, as RapidOCRAPI does.",
        Annotated[RapidForm, Meta(extra_json_schema={"oneOf": [{"required": [_FILE]}, {"required": [_DATA]}]})],
        dict[str, RapidLine],
        RapidFailure,
        {_DATA: EXAMPLE_IMAGE, "use_rec": True},
        media_types=(_MULTIPART, _URL_ENCODED),
    ),
)
