"""KServe v2 over HTTP: JSON, and Triton's extension for binary tensors behind it, either way.

JSON has no bytes: there, an image is base64. In binary form it is the file itself, behind four bytes with its length. A
request whose JSON has the length 0 is one image and nothing else.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from app.errors import InvalidOptionError, MalformedRequestError, RequestError
from app.json_object import json_object
from app.pipeline.result import OcrResult
from app.protocols.dialect import Answered, Description, Dialect
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.json_images import decode_base64
from app.protocols.kserve_documents import DOCUMENTS, KserveError
from app.protocols.kserve_model import IMAGE, MODEL, VERSION
from app.protocols.kserve_v2 import (
    AnswerTensor,
    InferRequest,
    KserveForm,
    Parameter,
    Tensor,
    decode_inference,
    encode_inference,
    serialized,
)
from app.protocols.native_json import server_timing
from app.protocols.request import OcrRequest, RequestLimits
from app.protocols.wire import Problem, Reply, WireRequest

JSON_LENGTH = "Inference-Header-Content-Length"
"""The header that says how many bytes of a body are JSON; the rest are tensors."""

_ALL_BINARY = "binary_data_output"

Bytes = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["BYTES"]})]
Length = Annotated[int, msgspec.Meta(ge=0)]
Elements = list[str | list[str]]


class KserveInputParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """binary_data_size: how many of the bytes behind the JSON are this tensor's, which has no data then."""

    binary_data_size: Length | None = None


class KserveInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tensor. data: row by row; of ``image`` base64, of ``input`` JSON as text."""

    name: str
    datatype: Bytes
    shape: tuple[Length, ...]
    data: Elements | None = None
    parameters: KserveInputParameters = KserveInputParameters()


class KserveWantedParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """binary_data: whether the tensor comes behind the JSON."""

    binary_data: bool | None = None


class KserveWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tensor that the answer is to have."""

    name: str
    parameters: KserveWantedParameters = KserveWantedParameters()


class KserveRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked. outputs: none means all. parameters: the options, and whether all outputs come in binary form."""

    inputs: list[KserveInput]
    id: str = ""
    outputs: list[KserveWanted] = []
    parameters: dict[str, Parameter] = {}


class KserveOutputParameters(msgspec.Struct, frozen=True):
    """How many of the bytes behind the JSON are the tensor's."""

    binary_data_size: int


class KserveOutput(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tensor of the answer."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    parameters: KserveOutputParameters | msgspec.UnsetType = msgspec.UNSET


class KserveAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer. id: the client's, where it has one."""

    model_name: str
    model_version: str
    outputs: tuple[KserveOutput, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class KserveHttpForm:
    """binary: the tensors of the answer that come behind its JSON."""

    inference: KserveForm
    binary: frozenset[str]


def decode_request(wire: WireRequest, limits: RequestLimits) -> OcrRequest[KserveHttpForm]:
    """Read *wire*.

    Raises:
        MalformedRequestError: It is not what KServe's protocol or the binary extension says.
        RequestError: What :func:`decode_inference` raises.
    """
    model, version = wire.path_values["model"], wire.path_values.get("version", "")
    body, inputs = _request(wire)
    options = dict(body.parameters)
    all_binary = options.pop(_ALL_BINARY, False)
    if not isinstance(all_binary, bool):
        raise InvalidOptionError(f"{_ALL_BINARY} is neither true nor false")
    wanted = {one.name: one.parameters.binary_data for one in body.outputs}
    names = tuple(one.name for one in body.outputs)
    read = decode_inference(InferRequest(model, inputs, version, body.id, names, options), limits)
    binary = frozenset(name for name in read.form.outputs if (all_binary if wanted.get(name) is None else wanted[name]))
    return OcrRequest(read.images, read.options, read.documents, KserveHttpForm(read.form, binary))


def encode_response(result: OcrResult, form: KserveHttpForm, answered: Answered) -> Reply:
    """*result* as JSON, and behind it the tensors that are wanted in binary form.

    Raises:
        RequestError: No image could be read; it is the first one's error.
    """
    answer = encode_inference(result, form.inference, answered)
    behind = {tensor.name: serialized(tensor.elements) for tensor in answer.outputs if tensor.name in form.binary}
    outputs = tuple(_output(tensor, behind) for tensor in answer.outputs)
    body = msgspec.json.encode(KserveAnswer(answer.model, answer.version, outputs, answer.id))
    headers = {"Server-Timing": server_timing(result)}
    if not behind:
        return Reply(body + b"\n", headers=headers)
    headers[JSON_LENGTH] = str(len(body))
    return Reply(b"".join((body, *behind.values())), media_type="application/octet-stream", headers=headers)


def encode_error(problem: Problem) -> Reply:
    """*problem* as Triton's clients hear it."""
    body = json.dumps({"error": problem.detail}).encode() + b"\n"  # as ASCII: it may quote half of a surrogate pair
    return Reply(body, problem.status, headers=problem.headers)


def _request(wire: WireRequest) -> tuple[KserveRequest, tuple[Tensor, ...]]:
    """What the JSON says, and the tensors of which some are behind it."""
    said = wire.headers.get(JSON_LENGTH.lower())
    if said is None:
        body = _parsed(wire.body)
        return body, _tensors(body, memoryview(b""))
    length = _json_length(said, wire)
    if length == 0:
        return KserveRequest([]), (Tensor(IMAGE.name, "BYTES", (1,), (wire.body,)),)
    body = _parsed(wire.body[:length])
    return body, _tensors(body, memoryview(wire.body)[length:])


def _json_length(said: str, wire: WireRequest) -> int:
    if not (said.isascii() and said.isdigit()) or len(said) > 19 or int(said) > len(wire.body):
        raise MalformedRequestError(f"{JSON_LENGTH} is {said[:64]!r}, the body has {len(wire.body)} bytes")
    return int(said)


def _parsed(data: bytes) -> KserveRequest:
    if not data.lstrip().startswith((b"{", b"[")):
        raise MalformedRequestError(
            f"the request is not JSON; an image that is the whole body comes with {JSON_LENGTH}: 0"
        )
    members = json_object(data, "request")
    try:
        body = msgspec.convert(members, KserveRequest)
        body.id.encode()
    except msgspec.ValidationError as error:
        raise MalformedRequestError(f"the request is none of KServe's: {str(error)[:256]}") from error
    except UnicodeEncodeError as error:
        raise MalformedRequestError("the id is no text that could be sent back") from error
    return body


def _tensors(body: KserveRequest, behind: memoryview) -> tuple[Tensor, ...]:
    tensors = []
    for one in body.inputs:
        size = one.parameters.binary_data_size
        if (size is None) == (one.data is None):
            raise MalformedRequestError(f"{one.name[:64]} has either data or a binary_data_size")
        if size is None:
            tensors.append(Tensor(one.name, one.datatype, one.shape, _elements(one.name, one.data or [])))
            continue
        if size > len(behind):
            raise MalformedRequestError(
                f"{one.name[:64]} is said to have {size} bytes, of which {len(behind)} are there"
            )
        tensors.append(Tensor(one.name, one.datatype, one.shape, behind[:size]))
        behind = behind[size:]
    if behind:
        raise MalformedRequestError(f"{len(behind)} bytes are behind the last tensor")
    return tuple(tensors)


def _elements(name: str, data: Elements) -> tuple[bytes | RequestError, ...]:
    texts = [text for part in data for text in ([part] if isinstance(part, str) else part)]
    if name == IMAGE.name:
        return tuple(map(decode_base64, texts))
    return tuple(text.encode(errors="surrogatepass") for text in texts)


def _output(tensor: AnswerTensor, behind: dict[str, bytes]) -> KserveOutput:
    if tensor.name in behind:
        parameters = KserveOutputParameters(len(behind[tensor.name]))
        return KserveOutput(tensor.name, tensor.datatype, tensor.shape, parameters=parameters)
    return KserveOutput(tensor.name, tensor.datatype, tensor.shape, tuple(e.decode() for e in tensor.elements))


_EXAMPLE: dict[str, Any] = {
    "inputs": [{"name": IMAGE.name, "datatype": "BYTES", "shape": [1], "data": [EXAMPLE_IMAGE]}]
}

KSERVE = Dialect(
    "kserve",
    ("/v2/models/<model>/infer", "/v2/models/<model>/versions/<version>/infer"),
    decode_request,
    encode_response,
    encode_error,
    path_values={"model": MODEL, "version": VERSION},
    documents=DOCUMENTS,
    description=Description(
        "Recognise images as KServe's and Triton's clients have it done.",
        request=KserveRequest,
        answer=KserveAnswer,
        failure=KserveError,
        example=_EXAMPLE,
    ),
)
