"""Between the messages of ``inference.proto`` and what the dialect reads and writes."""

from typing import Any

from google.protobuf.message import DecodeError, Message

from app.errors import InvalidOptionError, MalformedRequestError
from app.protocols.kserve_model import ModelConfig, ModelMetadata
from app.protocols.kserve_statistics import Duration, ModelStatistics
from app.protocols.kserve_v2 import InferAnswer, InferRequest, Parameter, Tensor, serialized
from app.rpc import inference_pb2 as pb


def read(kind: type[Message], data: bytes) -> Any:
    """The message of *kind* that *data* is.

    Raises:
        MalformedRequestError: It is none.
    """
    try:
        return kind.FromString(data)
    except DecodeError:
        raise MalformedRequestError(f"the message is no {kind.DESCRIPTOR.full_name}") from None


def infer_request(asked: pb.ModelInferRequest) -> InferRequest:
    """What *asked* asks.

    Raises:
        MalformedRequestError: There are not as many raw tensors as inputs, or a tensor's elements are sent twice.
        InvalidOptionError: There is a parameter of a tensor; all such are for shared memory and classification.
    """
    tensors: list[Any] = [*asked.inputs, *asked.outputs]
    for tensor in tensors:
        for name in tensor.parameters:
            raise InvalidOptionError(f"unknown parameter {name[:64]!r} of {tensor.name[:64]!r}")
    return InferRequest(
        asked.model_name,
        _tensors(asked),
        asked.model_version,
        asked.id,
        tuple(output.name for output in asked.outputs),
        {name: _parameter(name, value) for name, value in asked.parameters.items()},
    )


def infer_response(answer: InferAnswer) -> pb.ModelInferResponse:
    """*answer* with its tensors serialised."""
    response = pb.ModelInferResponse(model_name=answer.model, model_version=answer.version, id=answer.id)
    for tensor in answer.outputs:
        response.outputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
        response.raw_output_contents.append(serialized(tensor.elements))
    return response


def model_metadata(model: ModelMetadata) -> pb.ModelMetadataResponse:
    """*model*, for who asks what it takes and gives."""
    response = pb.ModelMetadataResponse(name=model.name, versions=model.versions, platform=model.platform)
    for tensor in model.inputs:
        response.inputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
    for tensor in model.outputs:
        response.outputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
    return response


def model_config(model: ModelConfig) -> pb.ModelConfigResponse:
    """*model*, for Triton's tools."""
    config = pb.ModelConfig(
        name=model.name, platform=model.platform, backend=model.backend, max_batch_size=model.max_batch_size
    )
    for given in model.input:
        kind = pb.DataType.Value(given.data_type)
        config.input.add(name=given.name, data_type=kind, dims=given.dims, optional=given.optional)
    for found in model.output:
        config.output.add(name=found.name, data_type=pb.DataType.Value(found.data_type), dims=found.dims)
    return pb.ModelConfigResponse(config=config)


def model_statistics(counted: ModelStatistics) -> pb.ModelStatisticsResponse:
    """*counted*, for Triton's tools."""
    response = pb.ModelStatisticsResponse()
    for model in counted.model_stats:
        durations = {name: _duration(getattr(model.inference_stats, name)) for name in _fields(pb.InferStatistics)}
        stats = response.model_stats.add(
            name=model.name,
            version=model.version,
            last_inference=model.last_inference,
            inference_count=model.inference_count,
            execution_count=model.execution_count,
            inference_stats=pb.InferStatistics(**durations),
        )
        for batch in model.batch_stats:
            parts = {name: _duration(getattr(batch, name)) for name in _fields(pb.InferBatchStatistics)[1:]}
            stats.batch_stats.add(batch_size=batch.batch_size, **parts)
    return response


def _tensors(asked: pb.ModelInferRequest) -> tuple[Tensor, ...]:
    raw = asked.raw_input_contents
    if not raw:
        return tuple(
            Tensor(given.name, given.datatype, tuple(given.shape), tuple(given.contents.bytes_contents))
            for given in asked.inputs
        )
    if len(raw) != len(asked.inputs):
        raise MalformedRequestError(f"{len(raw)} raw tensors for {len(asked.inputs)} inputs")
    if any(given.HasField("contents") for given in asked.inputs):
        raise MalformedRequestError("a tensor has its elements in contents and in raw_input_contents")
    return tuple(
        Tensor(given.name, given.datatype, tuple(given.shape), data)
        for given, data in zip(asked.inputs, raw, strict=True)
    )


def _parameter(name: str, value: pb.InferParameter) -> Parameter:
    choice = value.WhichOneof("parameter_choice")
    if choice is None:
        raise InvalidOptionError(f"the parameter {name[:64]!r} has no value")
    chosen: Parameter = getattr(value, choice)
    return chosen


def _fields(kind: type[Message]) -> list[str]:
    return [field.name for field in kind.DESCRIPTOR.fields]


def _duration(duration: Duration) -> pb.StatisticDuration:
    return pb.StatisticDuration(count=duration.count, ns=duration.ns)
