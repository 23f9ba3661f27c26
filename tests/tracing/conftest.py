"""Collectors, and services that send them their traces."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.rpc.client import RpcClient
from tests.tracing.collector import Collector

SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}
"""Milliseconds that spans lie in the queue: five seconds by default."""


KEY = "key-of-sixteen-letters"
"""Of the service that is traced."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """One of its own."""
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The URL of a collector that takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="session")
def traced(
    running: Callable[..., AbstractContextManager[Any]],
    free_port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, Collector, RpcClient]]:
    """A service that reads and whose every request is traced, its collector, and a client of its gRPC port."""
    collector, port = Collector(), free_port()
    folder = tmp_path_factory.mktemp("traced")
    settings = {"grpc_port": port, "traces_url": collector.url, "url_hosts": "*", "api_keys": KEY}
    with running(folder, wait=True, environ=SOON, cpus=2, **settings) as service:
        service.client.headers["Authorization"] = f"Bearer {KEY}"
        client = RpcClient(port, authorization=f"Bearer {KEY}")
        yield service, collector, client
        client.channel.close()
    collector.close()
