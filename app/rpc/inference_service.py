"""``inference.GRPCInferenceService``: KServe's inference protocol, with what Triton's tools need beyond it."""

import time
from collections.abc import Callable

from google.protobuf.message import Message

from app.errors import OcrError, UnknownModelError
from app.protocols.dialect import Answered, ServiceState
from app.protocols.kserve_model import MODEL, VERSION, check_model, model_config, model_metadata, server_metadata
from app.protocols.kserve_statistics import model_statistics
from app.protocols.kserve_v2 import decode_inference, encode_inference
from app.rpc import inference_pb2 as pb
from app.rpc import messages
from app.rpc.call import Call, Method
from app.service import OcrService

_SERVICE = pb.DESCRIPTOR.services_by_name["GRPCInferenceService"]
NAME: str = _SERVICE.full_name
DIALECT = "kserve"
"""As the log calls it, over HTTP as well."""

_FINAL_WANTED, _FINAL = "triton_enable_empty_final_response", "triton_final_response"
"""Parameters of Triton's clients and servers, for models that may answer a request several times."""

_HTTP = f"/v2/models/{MODEL}"


class InferenceService:
    """The methods. Thread-safe. *state* says what the service can say of itself, now."""

    def __init__(self, service: OcrService, state: Callable[[], ServiceState]) -> None:
        self._service = service
        self._state = state

    def methods(self) -> list[Method]:
        """All but the one with streams. Each is open to whom HTTP's is."""
        return [
            self._method("ServerLive", "/v2/health/live", _server_live, is_quiet=True),
            self._method("ServerReady", "/v2/health/ready", _server_ready, is_quiet=True),
            self._method("ModelReady", f"{_HTTP}/ready", _model_ready, is_quiet=True),
            self._method("ServerMetadata", "/v2", _server_metadata),
            self._method("ModelMetadata", _HTTP, _model_metadata),
            self._method("ModelConfig", f"{_HTTP}/config", _model_config),
            self._method("ModelStatistics", f"{_HTTP}/stats", _model_statistics),
            self._method("RepositoryIndex", "/v2/repository/index", _repository_index),
            Method(f"/{NAME}/ModelInfer", ("POST", f"{_HTTP}/infer"), self._infer, recognises=True),
        ]

    def stream_method(self) -> Method:
        """The one whose messages are each a request."""
        path, like = f"/{NAME}/ModelStreamInfer", ("POST", f"{_HTTP}/infer")
        return Method(path, like, self._stream_infer, recognises=True, encode_error=_stream_error)

    def _method(
        self, name: str, like: str, answer: Callable[[ServiceState, bytes], Message], *, is_quiet: bool = False
    ) -> Method:
        def answered(data: bytes, _: Call) -> bytes:
            return answer(self._state(), data).SerializeToString()

        return Method(f"/{NAME}/{name}", ("GET", like), answered, is_quiet=is_quiet)

    def _infer(self, data: bytes, call: Call) -> bytes:
        return self._recognise(messages.read(pb.ModelInferRequest, data), call).SerializeToString()

    def _stream_infer(self, data: bytes, call: Call) -> bytes:
        asked = messages.read(pb.ModelInferRequest, data)
        call.client_id = asked.id
        response = pb.ModelStreamInferResponse(infer_response=self._recognise(asked, call))
        response.infer_response.parameters[_FINAL].bool_param = True
        return response.SerializeToString()

    def _recognise(self, asked: pb.ModelInferRequest, call: Call) -> pb.ModelInferResponse:
        record = call.record
        record.dialect = DIALECT
        state = self._state()
        asked.parameters.pop(_FINAL_WANTED, None)  # each answer is its request's last one
        wanted = decode_inference(messages.infer_request(asked), state.limits)
        asked.Clear()  # its bytes are the images' now, and are not to wait in line with them
        record.images = len(wanted.images)
        with record.inference() as has_read:
            result = self._service.recognise(
                wanted.images, wanted.options, wanted.documents, call.deadline, timeline=record.timeline
            )
            has_read(result)
            answered = Answered(record.request_id, state.model, began=time.time() - call.deadline.elapsed())
            with record.encoding():
                answer = encode_inference(result, wanted.form, answered)
        return messages.infer_response(answer)


def _server_live(state: ServiceState, data: bytes) -> Message:
    messages.read(pb.ServerLiveRequest, data)
    return pb.ServerLiveResponse(live=state.is_live)


def _server_ready(state: ServiceState, data: bytes) -> Message:
    messages.read(pb.ServerReadyRequest, data)
    return pb.ServerReadyResponse(ready=state.is_ready)


def _server_metadata(state: ServiceState, data: bytes) -> Message:
    messages.read(pb.ServerMetadataRequest, data)
    told = server_metadata(state.version)
    return pb.ServerMetadataResponse(name=told.name, version=told.version, extensions=told.extensions)


def _model_ready(state: ServiceState, data: bytes) -> Message:
    asked = messages.read(pb.ModelReadyRequest, data)
    try:
        check_model(asked.name, asked.version)
    except UnknownModelError:  # Triton's answer is the same
        return pb.ModelReadyResponse(ready=False)
    return pb.ModelReadyResponse(ready=state.is_ready)


def _model_metadata(_: ServiceState, data: bytes) -> Message:
    _check_model(pb.ModelMetadataRequest, data)
    return messages.model_metadata(model_metadata())


def _model_config(_: ServiceState, data: bytes) -> Message:
    _check_model(pb.ModelConfigRequest, data)
    return messages.model_config(model_config())


def _model_statistics(state: ServiceState, data: bytes) -> Message:
    asked = messages.read(pb.ModelStatisticsRequest, data)
    check_model(asked.name or MODEL, asked.version)  # without a name: of all models
    return messages.model_statistics(model_statistics(state.statistics))


def _repository_index(state: ServiceState, data: bytes) -> Message:
    asked = messages.read(pb.RepositoryIndexRequest, data)
    response = pb.RepositoryIndexResponse()
    if state.is_ready or not asked.ready:
        response.models.add(name=MODEL, version=VERSION, state="READY" if state.is_ready else "UNAVAILABLE")
    return response


def _check_model(kind: type[Message], data: bytes) -> None:
    asked = messages.read(kind, data)
    check_model(asked.name, asked.version)


def _stream_error(error: OcrError, call: Call) -> bytes:
    """*error* as an answer within a stream, under the client's name for its request."""
    response = pb.ModelStreamInferResponse(error_message=str(error))
    response.infer_response.id = call.client_id
    return response.SerializeToString()
