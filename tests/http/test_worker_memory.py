"""What clients send is not kept by the process that talks to them, whatever becomes of it."""

import os
from collections.abc import Callable
from typing import Any

import psutil
import pytest

_MIB = 1 << 20
_BODY_BYTES = 10 * _MIB


@pytest.mark.parametrize(
    ("head", "status"), [(b"\xff\xd8\xff", 400), (b"no image", 415)], ids=["broken image", "unknown format"]
)
def test_bodies_of_refused_requests_are_given_back(start_service: Callable[..., Any], head: bytes, status: int) -> None:
    """After a hundred megabytes of nonsense the worker has what it had, without waiting for a collection."""
    service = start_service(engine="null")
    (worker,) = psutil.Process(service.process.pid).children()
    service.ocr(head)
    before = worker.memory_info().rss
    for _ in range(10):
        assert service.ocr(head + os.urandom(_BODY_BYTES)).status_code == status
    assert worker.memory_info().rss - before < _BODY_BYTES
