"""``inference.GRPCInferenceService``: KServe's inference protocol, with those of Triton's extensions that its tools need."""

from collections.abc import Callable

from google.protobuf.message import Message

from app.errors import OcrError
from app.protocols import kserve_model
from app.protocols.dialect import Answered, ServiceState
from app.protocols.kserve_model import MODEL, VERSION, check_model
from app.protocols.kserve_statistics import model_statistics
from app.protocols.kserve_v2 import decode_inference, encode_inference
from app.rpc import inference_pb2 as pb
from app.rpc import messages
from app.rpc.call import Call, Method
from app.service import OcrService

_SERVICE = pb.DESCRIPTOR.services_by_name["GRPCInferenceService"]
NAME: str = _SERVICE.full_name
_HTTP = f"/v2/models/{MODEL}"


class InferenceService:
    """The methods. Thread-safe. *state* says what the service can say of itself, now."""

    def __init__(self, service: OcrService, state: Callable[[], ServiceState], dialect: str = "kserve") -> None:
        self._service = service
        self._state = state
        self._dialect = dialect

    def methods(self) -> list[Method]:
        """All but the one with streams. Each is open to whom HTTP's is."""
        return [
            self._method("ServerLive", "/v2/health/live", self._server_live, is_quiet=True),
            self._method("ServerReady", "/v2/health/ready", self._server_ready, is_quiet=True),
            self._method("ModelReady", f"{_HTTP}/ready", self._model_ready, is_quiet=True),
            self._method("ServerMetadata", "/v2", self._server_metadata),
            self._method("ModelMetadata", _HTTP, self._model_metadata),
            self._method("ModelConfig", f"{_HTTP}/config", self._model_config),
            self._method("ModelStatistics", f"{_HTTP}/stats", self._model_statistics),
            self._method("RepositoryIndex", "/v2/repository/index", self._repository_index),
            Method(f"/{NAME}/ModelInfer", ("POST", f"{_HTTP}/infer"), self._infer, recognises=True),
        ]

    def stream_method(self) -> Method:
        """The one whose messages are each a request."""
        path, like = f"/{NAME}/ModelStreamInfer", ("POST", f"{_HTTP}/infer")
        return Method(path, like, self._stream_infer, recognises=True, encode_error=_stream_error)
