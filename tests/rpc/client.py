"""Clients of the service over gRPC: plain channels, and the messages of the service's own description."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from app.rpc import inference_pb2 as pb

SERVICE = "inference.GRPCInferenceService"
SECONDS = 60


class RpcClient:
    """A client of the service at *port*. *headers* go with every call."""

    def __init__(self, port: int, **headers: str) -> None:
        self.port = port
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        self.headers = tuple(headers.items())

    def method(self, name: str, service: str = SERVICE) -> Any:
        """A method that takes and gives bytes."""
        return self.channel.unary_unary(f"/{service}/{name}")

    def call(self, name: str, message: Any, answer: Any, **options: Any) -> Any:
        """Ask *name*; returns the answer, a message of the type *answer*."""
        options.setdefault("timeout", SECONDS)
        options["metadata"] = (*self.headers, *options.get("metadata", ()))
        return answer.FromString(self.method(name)(message.SerializeToString(), **options))

    def infer(self, *images: bytes, **options: Any) -> Any:
        """Have *images* read."""
        return self.call("ModelInfer", request(*images), pb.ModelInferResponse, **options)

    def stream(self, messages: Any, **options: Any) -> list[Any]:
        """Send *messages* on one stream; returns the answers."""
        options.setdefault("timeout", SECONDS)
        method = self.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
        answers = method((message.SerializeToString() for message in messages), metadata=self.headers, **options)
        return [pb.ModelStreamInferResponse.FromString(answer) for answer in answers]


def request(*images: bytes, name: str = "image", raw: bool = True, **members: Any) -> Any:
    """A request for *images*, serialised as Triton's clients do it or (raw=False) element by element."""
    asked = pb.ModelInferRequest(**{"model_name": "ocr"} | members)
    tensor = asked.inputs.add(name=name, datatype="BYTES", shape=[len(images)])
    if raw:
        asked.raw_input_contents.append(b"".join(len(data).to_bytes(4, "little") + data for data in images))
    else:
        tensor.contents.bytes_contents.extend(images)
    return asked


def tensors(answer: Any) -> dict[str, list[bytes]]:
    """The tensors of an answer by their names, unpacked."""
    return {
        output.name: unpacked(data) for output, data in zip(answer.outputs, answer.raw_output_contents, strict=True)
    }


def unpacked(data: bytes) -> list[bytes]:
    """The elements of a tensor of byte strings."""
    elements = []
    while data:
        size = int.from_bytes(data[:4], "little")
        elements.append(data[4 : 4 + size])
        data = data[4 + size :]
    return elements


def refusal(call: Callable[[], Any]) -> Any:
    """The error that *call* ends with."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def trailer(error: Any, name: str) -> str:
    """The value of one trailer, or nothing."""
    return dict(error.trailing_metadata()).get(name, "")


def settled(condition: Callable[[], bool]) -> bool:
    """Whether *condition* comes true within a minute."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
