"""What KServe's and Triton's clients ask beside inference: health, and what the service and its model are."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from app.errors import EngineError, NotReadyError
from app.protocols.dialect import Document, ServiceState
from app.protocols.kserve_model import (
    MODEL,
    ModelConfig,
    ModelMetadata,
    ServerMetadata,
    check_model,
    model_config,
    model_metadata,
    server_metadata,
)
from app.protocols.kserve_statistics import ModelStatistics, model_statistics
from app.protocols.wire import Reply


class KserveError(msgspec.Struct, frozen=True):
    """Why there is no answer."""

    error: str


class KserveLive(msgspec.Struct, frozen=True):
    """The service lives; where it does not, that is an error."""

    live: bool


class KserveReady(msgspec.Struct, frozen=True):
    """The service takes requests; where it does not, that is an error."""

    ready: bool


class KserveModelReady(msgspec.Struct, frozen=True):
    """The model takes requests; where it does not, that is an error."""

    name: str
    ready: bool


def _live(state: ServiceState) -> KserveLive:
    if not state.is_live:
        raise EngineError("the engine hangs, or could not be loaded")
    return KserveLive(live=True)


def _ready(state: ServiceState) -> KserveReady:
    if not state.is_ready:
        raise NotReadyError("the service takes no requests now")
    return KserveReady(ready=True)


def _model_ready(state: ServiceState) -> KserveModelReady:
    return KserveModelReady(MODEL, _ready(state).ready)


def _document(path: str, summary: str, shape: Any, make: Callable[[ServiceState], msgspec.Struct]) -> Document:
    def encode(state: ServiceState, path_values: Mapping[str, str]) -> Reply:
        if "model" in path_values:
            check_model(path_values["model"], path_values.get("version", ""))
        return Reply(json.dumps(msgspec.to_builtins(make(state))).encode() + b"\n")

    return Document(path, summary, shape, KserveError, encode)


_Row = tuple[str, Any, Callable[[ServiceState], msgspec.Struct]]

_STATISTICS: _Row = (
    "How often the model was used, and how long it took.",
    ModelStatistics,
    lambda state: model_statistics(state.statistics),
)
_OF_MODEL: dict[str, _Row] = {
    "": ("What the model takes and gives.", ModelMetadata, lambda _: model_metadata()),
    "/ready": ("Whether the model takes requests.", KserveModelReady, _model_ready),
    "/config": ("The model as Triton configures one.", ModelConfig, lambda _: model_config()),
    "/stats": _STATISTICS,
}
_OF_SERVICE: dict[str, _Row] = {
    "/v2": (
        "What serves, and which extensions it knows.",
        ServerMetadata,
        lambda state: server_metadata(state.version),
    ),
    "/v2/health/live": ("Whether the process lives.", KserveLive, _live),
    "/v2/health/ready": ("Whether it takes requests.", KserveReady, _ready),
    "/v2/models/stats": _STATISTICS,
}

DOCUMENTS = (
    *(_document(path, *row) for path, row in _OF_SERVICE.items()),
    *(_document(f"/v2/models/<model>{end}", *row) for end, row in _OF_MODEL.items()),
    *(_document(f"/v2/models/<model>/versions/<version>{end}", *row) for end, row in _OF_MODEL.items()),
)
