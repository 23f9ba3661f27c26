"""Services that speak gRPC, each with a client."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.rpc.client import RpcClient


@pytest.fixture
def start_rpc(start_service: Callable[..., Any], free_port: Callable[[], int]) -> Iterator[Callable[..., Any]]:
    """Start a service with settings; returns it with a client of its gRPC port."""
    clients = []

    def start(**settings: Any) -> tuple[Any, RpcClient]:
        port = free_port()
        service = start_service(grpc_port=port, **settings)
        if "host" not in settings:
            _await_port(service, port)  # a channel that is refused comes back a second later
        clients.append(RpcClient(port))
        return service, clients[-1]

    yield start
    for client in clients:
        client.channel.close()


def _await_port(service: Any, port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert service.process.poll() is None, service.log_file.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.005)
    pytest.fail(f"nobody listens on port {port}")


@pytest.fixture(scope="session")
def spoken(
    running: Callable[..., AbstractContextManager[Any]],
    free_port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, RpcClient]]:
    """A service that reads, and a client of its gRPC port."""
    port = free_port()
    with running(tmp_path_factory.mktemp("rpc"), wait=True, grpc_port=port) as service:
        client = RpcClient(port)
        yield service, client
        client.channel.close()


@pytest.fixture(scope="session")
def silent(
    running: Callable[..., AbstractContextManager[Any]],
    free_port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, RpcClient]]:
    """A service without a model, with limits small enough to be passed: 64 KiB, 3 images."""
    port = free_port()
    folder = tmp_path_factory.mktemp("rpc-null")
    with running(folder, wait=True, engine="null", grpc_port=port, max_bytes=65536, max_images=3) as service:
        client = RpcClient(port)
        yield service, client
        client.channel.close()
