"""What the conformance tests share: acting as a platform does towards the process of the service."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]

_CALLS = {
    "alibaba-fc": {
        ("POST", "/initialize"),
        ("GET", "/pre-freeze"),
        ("GET", "/pre-stop"),
        ("POST", "/invoke"),
    },
    "tencent-scf": {("POST", "/event-invoke")},
    "huawei-functiongraph": {("POST", "/init"), ("POST", "/invoke")},
    "aws-lambda": {("POST", "/events"), ("POST", "/snapstart/before"), ("POST", "/snapstart/after")},
    "openfaas": {("GET", "/_/health"), ("GET", "/_/ready")},
}


@pytest.fixture
def assert_alone() -> Callable[..., None]:
    """Hold that a service takes itself to be on *platform*, and answers no hook or event call of the others'.

    *headers*: what gets them past the gate.
    """

    def check(service: Any, platform: str, **headers: str) -> None:
        assert service.client.get("/info").json()["platform"] == platform
        for method, path in sorted(set().union(*_CALLS.values()) - _CALLS.get(platform, set())):
            answer = service.client.request(method, path, headers={"x-fc-control-path": path} | headers)
            assert answer.status_code == 404, path

    return check


@pytest.fixture
def frozen() -> Callable[[Any], AbstractContextManager[None]]:
    """Stop every process of a service for a while, as platforms do between requests (SIGSTOP, then SIGCONT)."""

    @contextlib.contextmanager
    def freeze(service: Any) -> Iterator[None]:
        arbiter = psutil.Process(service.process.pid)
        family = [arbiter, *arbiter.children(recursive=True)]
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            for process in family:
                process.resume()

    return freeze


@pytest.fixture(scope="session")
def bound_port() -> Callable[[Mapping[str, str]], int]:
    """The port that gunicorn would bind in an environment, without binding it."""

    def ask(environ: Mapping[str, str]) -> int:
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--print-config", "wsgi:app"]
        env = {"PATH": os.environ["PATH"], **environ}
        shown = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=60)
        (bind,) = re.findall(r"^bind\s+= \['([^']+)'\]$", shown.stdout, re.MULTILINE)
        return int(bind.rpartition(":")[2])

    return ask
