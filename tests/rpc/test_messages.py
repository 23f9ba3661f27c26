"""Between protobuf's messages and the dialect's types: pure functions."""

from typing import Any

import pytest

from app.errors import InvalidOptionError, MalformedRequestError
from app.metrics.inference_statistics import InferenceStatistics
from app.protocols.kserve_statistics import model_statistics
from app.protocols.kserve_v2 import AnswerTensor, InferAnswer, Tensor
from app.rpc import inference_pb2 as pb
from app.rpc import messages
from tests.rpc.client import request, tensors


def test_everything_of_a_request_is_taken_over() -> None:
    """Names, version, id, outputs, parameters of each type and the tensor in either form."""
    asked = request(b"a", b"bc", model_version="1", id="mine", outputs=[{"name": "text"}])
    values: dict[str, Any] = {"bool": True, "int64": -3, "string": "on", "double": 0.5, "uint64": 2**63}
    for kind, value in values.items():
        setattr(asked.parameters[kind], f"{kind}_param", value)
    read = messages.infer_request(asked)
    assert (read.model, read.version, read.id, read.outputs) == ("ocr", "1", "mine", ("text",))
    assert read.parameters == values
    assert read.inputs == (Tensor("image", "BYTES", (2,), b"\x01\0\0\0a\x02\0\0\0bc"),)
    assert messages.infer_request(request(b"a", b"bc", raw=False)).inputs == (
        Tensor("image", "BYTES", (2,), (b"a", b"bc")),
    )


@pytest.mark.parametrize("where", ["inputs", "outputs"])
def test_no_parameter_of_a_tensor_is_passed_over(where: str) -> None:
    """They are for shared memory and classification: to ignore one would answer another question."""
    asked = request(b"a", outputs=[{"name": "text"}])
    getattr(asked, where)[0].parameters["classification"].int64_param = 3
    with pytest.raises(InvalidOptionError, match="classification"):
        messages.infer_request(asked)


def test_a_parameter_without_a_value_is_an_error() -> None:
    """Of a kind that is not known, say."""
    asked = request(b"a")
    asked.parameters["words"].SetInParent()
    with pytest.raises(InvalidOptionError, match="words"):
        messages.infer_request(asked)


def test_an_answer_has_its_tensors_serialised() -> None:
    """Shape and elements; none of it in contents, where Triton's clients do not look."""
    answer = InferAnswer("ocr", "1", "mine", (AnswerTensor("text", (2, 1), (b"a", "\u4e2d".encode())),))
    response = messages.infer_response(answer)
    assert tensors(response) == {"text": [b"a", "\u4e2d".encode()]}
    assert list(response.outputs[0].shape) == [2, 1]
    assert not response.outputs[0].HasField("contents")


def test_statistics_are_taken_over_whole() -> None:
    """By part, and by the number of images."""
    counted = InferenceStatistics()
    with counted.inference() as inference:
        inference.has_read(2, {"queue": 1.0, "decode": 2.0, "detect": 3.0, "recognise": 4.0})
    (model,) = messages.model_statistics(model_statistics(counted.now())).model_stats
    assert (model.inference_count, model.execution_count) == (2, 1)
    stats = model.inference_stats
    assert (stats.queue.ns, stats.compute_input.ns, stats.compute_infer.ns) == (10**9, 2 * 10**9, 7 * 10**9)
    (batch,) = model.batch_stats
    assert (batch.batch_size, batch.compute_infer.ns, batch.compute_input.count) == (2, 7 * 10**9, 1)


def test_bytes_that_are_no_message_are_an_error() -> None:
    """The service's own, with the message's name."""
    with pytest.raises(MalformedRequestError, match=r"inference\.ModelInferRequest"):
        messages.read(pb.ModelInferRequest, b"\xff\xff")
