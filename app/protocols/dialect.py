"""What a dialect is: the paths that its clients know, and pure functions between their wire and the domain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from app.errors import OcrError
from app.metrics.inference_statistics import Statistics
from app.pipeline.progress import Progress
from app.pipeline.result import OcrResult
from app.protocols.request import FormT, OcrRequest, RequestLimits
from app.protocols.wire import Problem, Reply, WireRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """Whom an answer is for. request_id: the service's name for the request; caller_id: the client's own, or nothing.

    model: what read it. began: when it came, in seconds of Unix time.
    """

    request_id: str
    model: str
    caller_id: str = ""
    began: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the service can say of itself without waiting for anything. statistics: of this process."""

    is_live: bool
    is_ready: bool
    model: str
    version: str
    limits: RequestLimits
    statistics: Statistics = field(default_factory=Statistics)


@dataclass(frozen=True, slots=True)
class Document:
    """A path that a dialect's clients ask with GET, and the answer by the service's state and the path's variables.

    shape: the msgspec type of the answer, for the OpenAPI document; None where a 200 has no body. failure: likewise of
    an error.
    """

    path: str
    summary: str
    shape: Any
    failure: Any
    encode: Callable[[ServiceState, Mapping[str, str]], Reply]


@dataclass(frozen=True, slots=True)
class Description:
    """What the OpenAPI document says: msgspec types of bodies, and a body that works as it stands.

    request, answer, failure: the body that is read, that of a 200, and that of an error. media_types: of what is read.
    """

    summary: str
    request: Any
    answer: Any
    failure: Any
    example: Mapping[str, Any]
    media_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True)
class LineStream:
    """How an answer is written while it is still made. media_type: of all of it.

    encode_progress: what is new. encode_end: the last of it, or a RequestError, where no image could be read.
    encode_failure: the last of it, where an error cut it short.
    """

    media_type: str
    encode_progress: Callable[[Progress], bytes]
    encode_end: Callable[[OcrResult, Answered], bytes]
    encode_failure: Callable[[OcrError], bytes]


def _whole(_: Any) -> None:
    return None


def _nameless(_: WireRequest) -> str:
    return ""


def _any(_: WireRequest) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Dialect(Generic[FormT]):
    """How one kind of client speaks.

    name: as the setting ``OCR_DIALECTS`` and the log have it. paths: where its clients POST, in Flask's notation.
    speaks: whether a request that came on one of these is this dialect's, which several may share; cheap, and never
    raises. media_types: of the bodies that it may have; none: any. path_values: of the variables of its paths, such as
    work. caller_id: the client's own name for its request; never raises. encode_response may raise a RequestError,
    where no image could be read. stream: how the answer is written while pages are read; None: all at once, by
    encode_response.
    """

    name: str
    paths: tuple[str, ...]
    decode_request: Callable[[WireRequest, RequestLimits], OcrRequest[FormT]]
    encode_response: Callable[[OcrResult, FormT, Answered], Reply]
    encode_error: Callable[[Problem], Reply]
    speaks: Callable[[WireRequest], bool] = _any
    media_types: frozenset[str] = frozenset()
    path_values: Mapping[str, str] = field(default_factory=dict)
    caller_id: Callable[[WireRequest], str] = _nameless
    documents: tuple[Document, ...] = field(default=())
    description: Description | None = None
    stream: Callable[[FormT], LineStream | None] = _whole
