"""KServe v2 (the Open Inference Protocol, Triton's): an inference request and its answer, whatever carries them.

The model ``ocr`` takes the tensor ``image``, a file an element, and gives ``text`` and ``result``, an element an image.
Options are parameters of the request, by their native names. Or it takes ``input``, the JSON of a PaddleX request, and
gives ``output``, the JSON of PaddleX's answer, as the servers do that PaddleX has made of Triton.
"""

import json
import math
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace

from app.errors import InvalidOptionError, MalformedRequestError, RequestError
from app.pipeline.result import ImageResult, OcrResult
from app.protocols.dialect import Answered
from app.protocols.kserve_model import (
    JSON_INPUT,
    JSON_OUTPUT,
    MODEL,
    OUTPUTS_BY_INPUT,
    RESULT,
    TEXT,
    VERSION,
    check_model,
)
from app.protocols.native import document_options, page_options
from app.protocols.native_json import image_document
from app.protocols.paddlex import PADDLEX
from app.protocols.paddlex_answer import PaddlexForm
from app.protocols.request import OcrRequest, RequestLimits, check_count, checked_images
from app.protocols.wire import WireRequest

Parameter = bool | int | float | str

_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that came.

    data: its elements, row by row, one that could not be unpacked being its error; or all of them serialised, as
    :func:`serialized` does it.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: tuple[bytes | RequestError, ...] | bytes | memoryview


@dataclass(frozen=True, slots=True)
class InferRequest:
    """What a client asks. version, id: may be empty. outputs: the tensors that are wanted; none means all of them."""

    model: str
    inputs: tuple[Tensor, ...]
    version: str = ""
    id: str = ""
    outputs: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] | None = None


@dataclass(frozen=True, slots=True)
class AnswerTensor:
    """A tensor of byte strings that goes back, its elements row by row."""

    name: str
    shape: tuple[int, ...]
    elements: tuple[bytes, ...]
    datatype: str = "BYTES"


@dataclass(frozen=True, slots=True)
class InferAnswer:
    """What a client gets."""

    model: str
    version: str
    id: str
    outputs: tuple[AnswerTensor, ...]


@dataclass(frozen=True, slots=True)
class KserveForm:
    """What the answer repeats of the request: its id, the shape of its input; and which tensors it is to have.

    paddlex: what PaddleX's dialect wants to know again, where the request was one of its; log_id: its ``logId``.
    """

    id: str
    shape: tuple[int, ...]
    outputs: tuple[str, ...]
    paddlex: PaddlexForm | None = None
    log_id: str = ""


def decode_inference(asked: InferRequest, limits: RequestLimits) -> OcrRequest[KserveForm]:
    """Read *asked*.

    Raises:
        UnknownModelError: It is for another model, or another version.
        MalformedRequestError: Its tensors are not those of the model, or not of the shape that they claim.
        TooManyImagesError: There are more images than allowed.
        InvalidOptionError: A parameter is unknown or out of range.
        RequestError: What PaddleX's dialect raises, where the input is a request of its.
    """
    check_model(asked.model, asked.version)
    given = _only_input(asked.inputs)
    form = KserveForm(asked.id, given.shape, _wanted_outputs(asked.outputs, given.name))
    if given.name == JSON_INPUT.name:
        return _paddlex_request(asked, given, form, limits)
    images = checked_images(_elements(given, limits.max_images), limits.max_images)
    options = asked.parameters or {}
    documents = document_options(options, limits.default_documents)
    return OcrRequest(images, page_options(options, limits), documents, form)


def encode_inference(result: OcrResult, form: KserveForm, answered: Answered) -> InferAnswer:
    """*result* as the tensors that were asked for.

    Raises:
        RequestError: No image could be read; it is the first one's error.
    """
    if form.paddlex:
        reply = PADDLEX.encode_response(result, form.paddlex, replace(answered, caller_id=form.log_id))
        return InferAnswer(
            MODEL, VERSION, form.id, (AnswerTensor(JSON_OUTPUT.name, form.shape, (reply.body.rstrip(),)),)
        )
    if all(image.error for image in result.images):
        raise copy(result.images[0].error)  # type: ignore[misc] # its traceback must not hold itself, and the bodies with it
    elements = {
        TEXT.name: lambda: tuple(image.text.encode() for image in result.images),
        RESULT.name: lambda: tuple(map(_result, result.images)),
    }
    outputs = tuple(AnswerTensor(name, form.shape, elements[name]()) for name in form.outputs)
    return InferAnswer(MODEL, VERSION, form.id, outputs)


def _paddlex_request(
    asked: InferRequest, given: Tensor, form: KserveForm, limits: RequestLimits
) -> OcrRequest[KserveForm]:
    if asked.parameters:
        raise InvalidOptionError(f"options of a request in {given.name} are members of its JSON, not parameters")
    if math.prod(given.shape) != 1:
        raise MalformedRequestError(f"{given.name} is not of shape [1] or [1,1]")
    (document,) = _elements(given, 1)
    if isinstance(document, RequestError):
        raise document
    wire = WireRequest("application/json", {}, document)
    read = PADDLEX.decode_request(wire, limits)
    form = replace(form, paddlex=read.form, log_id=PADDLEX.caller_id(wire))
    return OcrRequest(read.images, read.options, read.documents, form)


def serialized(elements: tuple[bytes, ...]) -> bytes:
    """*elements* in Triton's binary form: before each its length, four bytes, the lowest first."""
    return b"".join(part for data in elements for part in (len(data).to_bytes(_LENGTH_BYTES, "little"), data))


def _only_input(inputs: tuple[Tensor, ...]) -> Tensor:
    unknown = [given.name for given in inputs if given.name not in OUTPUTS_BY_INPUT]
    if unknown:
        raise MalformedRequestError(
            f"the model has no input {unknown[0][:64]!r}; it takes {' or '.join(OUTPUTS_BY_INPUT)}"
        )
    if len(inputs) != 1:
        raise MalformedRequestError(f"{len(inputs)} inputs; the model takes one, {' or '.join(OUTPUTS_BY_INPUT)}")
    return inputs[0]


def _wanted_outputs(wanted: tuple[str, ...], given: str) -> tuple[str, ...]:
    """The outputs of an answer: of those that are wanted the ones that come of the input *given*.

    Triton's tools want every output that the model has, whatever they send; so does its server leave out the others.
    """
    known = {kind.name for kinds in OUTPUTS_BY_INPUT.values() for kind in kinds}
    for name in wanted:
        if name not in known:
            raise MalformedRequestError(f"the model has no output {name[:64]!r}; it has {', '.join(sorted(known))}")
    if len(set(wanted)) < len(wanted):
        raise MalformedRequestError("an output is asked for twice")
    names = [kind.name for kind in OUTPUTS_BY_INPUT[given]]
    outputs = tuple(name for name in wanted or names if name in names)
    if not outputs:
        raise MalformedRequestError(f"no output that is wanted comes of {given}; what does is {' and '.join(names)}")
    return outputs


def _elements(given: Tensor, most: int) -> list[bytes | RequestError]:
    if given.datatype != "BYTES":
        raise MalformedRequestError(f"{given.name} is of datatype {given.datatype[:64]!r}, not BYTES")
    is_flat = len(given.shape) == 1 or (len(given.shape) == 2 and given.shape[1] == 1)
    if not is_flat or given.shape[0] < 1:
        raise MalformedRequestError(f"{given.name} is not of shape [N] or [N,1] with N of 1 or more")
    count = math.prod(given.shape)
    check_count(count, most)
    elements = (
        list(given.data) if isinstance(given.data, tuple) else _unpacked(given.name, memoryview(given.data), count)
    )
    if len(elements) != count:
        raise MalformedRequestError(f"{given.name} has {len(elements)} elements, its shape says {count}")
    return elements


def _unpacked(name: str, data: memoryview, count: int) -> list[bytes | RequestError]:
    elements: list[bytes | RequestError] = []
    begin = 0
    for _ in range(count):
        start = begin + _LENGTH_BYTES
        begin = start + int.from_bytes(data[start - _LENGTH_BYTES : start], "little")
        if begin > len(data):
            raise MalformedRequestError(f"the bytes of {name} end within element {len(elements)} of {count}")
        elements.append(bytes(data[start:begin]))
    if begin < len(data):
        raise MalformedRequestError(f"{len(data) - begin} bytes of {name} are behind the last of {count} elements")
    return elements


def _result(image: ImageResult) -> bytes:
    return json.dumps(image_document(image), ensure_ascii=False, separators=(",", ":")).encode()
