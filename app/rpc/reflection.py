"""``grpc.reflection``: what services there are, for clients such as grpcurl that have no description of them."""

from collections.abc import Sequence
from typing import Any

from grpc_reflection.v1alpha.reflection import ReflectionServicer
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest

from app.rpc.call import Call, Method
from app.rpc.messages import read

NAMES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
"""The two versions differ in nothing but this."""

_LIKE = ("GET", "/openapi.json")


def reflection_methods(services: Sequence[str]) -> list[Method]:
    """The methods that describe *services*; open to whom the OpenAPI document is."""
    servicer: Any = ReflectionServicer(services)

    def answer(data: bytes, _: Call) -> bytes:
        asked = read(ServerReflectionRequest, data)
        told: bytes = next(servicer.ServerReflectionInfo(iter([asked]), None)).SerializeToString()
        return told

    return [Method(f"/{name}/ServerReflectionInfo", _LIKE, answer) for name in NAMES]
