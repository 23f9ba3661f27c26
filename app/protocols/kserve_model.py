"""The one model that KServe's clients find here: its name, its tensors, and the documents that describe it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from app.errors import UnknownModelError

MODEL = "ocr"
VERSION = "1"
PLATFORM = "ppocr"


@dataclass(frozen=True, slots=True)
class TensorKind:
    """A tensor that the model takes or gives; -1 in its shape stands for any number. All hold byte strings."""

    name: str
    shape: tuple[int, ...]
    about: str


IMAGE = TensorKind("image", (-1,), "Image files as they are, as many as there are elements.")
JSON_INPUT = TensorKind("input", (1,), "The JSON of a PaddleX request.")
TEXT = TensorKind("text", (-1,), "The text of each image; empty where it could not be read.")
RESULT = TensorKind("result", (-1,), "JSON for each image: text, pages and lines, or its error.")
JSON_OUTPUT = TensorKind("output", (1,), "The JSON of PaddleX's answer.")

OUTPUTS_BY_INPUT: Mapping[str, tuple[TensorKind, ...]] = {IMAGE.name: (TEXT, RESULT), JSON_INPUT.name: (JSON_OUTPUT,)}
"""What is given for which input; a request has one of them."""


class ServerMetadata(msgspec.Struct, frozen=True):
    """What serves, as KServe's clients look at it."""

    name: str
    version: str
    extensions: tuple[str, ...]


class TensorMetadata(msgspec.Struct, frozen=True):
    """A tensor, as KServe's clients look at it."""

    name: str
    datatype: Literal["BYTES"]
    shape: tuple[int, ...]


class ModelMetadata(msgspec.Struct, frozen=True):
    """The model, as KServe's clients look at it."""

    name: str
    versions: tuple[str, ...]
    platform: str
    inputs: tuple[TensorMetadata, ...]
    outputs: tuple[TensorMetadata, ...]


class ConfiguredInput(msgspec.Struct, frozen=True):
    """A tensor that goes in, in Triton's configuration."""

    name: str
    data_type: Literal["TYPE_STRING"]
    dims: tuple[int, ...]
    optional: bool


class ConfiguredOutput(msgspec.Struct, frozen=True):
    """A tensor that comes out, in Triton's configuration."""

    name: str
    data_type: Literal["TYPE_STRING"]
    dims: tuple[int, ...]


class ModelConfig(msgspec.Struct, frozen=True):
    """The model in Triton's configuration. max_batch_size 0: batches are a matter of the tensors' shapes."""

    name: str
    platform: str
    backend: str
    max_batch_size: int
    input: tuple[ConfiguredInput, ...]
    output: tuple[ConfiguredOutput, ...]


_INPUTS = (IMAGE, JSON_INPUT)
_OUTPUTS = (TEXT, RESULT, JSON_OUTPUT)


def server_metadata(version: str) -> ServerMetadata:
    """The service in *version*, and which of Triton's extensions of KServe's protocol it knows."""
    extensions = ("binary_tensor_data", "model_configuration", "parameters", "statistics")
    return ServerMetadata("ppocr-service", version, extensions)


def model_metadata() -> ModelMetadata:
    """The model for who asks what it takes and gives."""
    ins = tuple(TensorMetadata(kind.name, "BYTES", kind.shape) for kind in _INPUTS)
    outs = tuple(TensorMetadata(kind.name, "BYTES", kind.shape) for kind in _OUTPUTS)
    return ModelMetadata(MODEL, (VERSION,), PLATFORM, ins, outs)


def model_config() -> ModelConfig:
    """The model for Triton's tools. Each input is optional, so that they let a request have either."""
    ins = tuple(ConfiguredInput(kind.name, "TYPE_STRING", kind.shape, optional=True) for kind in _INPUTS)
    outs = tuple(ConfiguredOutput(kind.name, "TYPE_STRING", kind.shape) for kind in _OUTPUTS)
    return ModelConfig(MODEL, PLATFORM, PLATFORM, 0, ins, outs)


def check_model(name: str, version: str = "") -> None:
    """Whether the model *name* is the one that there is; no version means any.

    Raises:
        UnknownModelError: It is not, or has no such version.
    """
    if name != MODEL:
        raise UnknownModelError(f"Request for unknown model: '{name[:64]}' is not found")
    if version not in {"", VERSION}:
        raise UnknownModelError(f"Request for unknown model: '{name}' has no version '{version[:64]}'")
