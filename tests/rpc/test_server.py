"""The server as a whole: off by default, its port, its processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.rpc import inference_pb2 as pb
from tests.rpc.client import RpcClient, tensors

ROOT = Path(__file__).parents[2]
StartRpc = Callable[..., tuple[Any, RpcClient]]


def loaded(pid: int) -> bool:
    """Whether gRPC's library is in a process."""
    return "cygrpc" in Path(f"/proc/{pid}/maps").read_text()


def test_it_is_off_by_default(start_service: Callable[..., Any]) -> None:
    """No process of the service has the library, so that it costs whoever does not use it nothing."""
    service = start_service(engine="null")
    (worker,) = service.processes("gunicorn") or service.processes("python")
    assert not any(loaded(process.pid) for process in [worker, *worker.children(recursive=True)])


def test_only_the_worker_has_the_library(start_rpc: StartRpc) -> None:
    """Neither the arbiter, nor any of those that were forked before: its threads would not survive a fork."""
    service, client = start_rpc(engine="null")
    assert client.call("ServerLive", pb.ServerLiveRequest(), pb.ServerLiveResponse).live
    (worker,) = service.processes("gunicorn") or service.processes("python")
    assert loaded(worker.pid)
    assert not any(loaded(process.pid) for process in worker.children(recursive=True))
    assert not loaded(service.process.pid)


def test_importing_the_worker_does_not_import_it() -> None:
    """Whatever the worker imports by itself, gRPC and protobuf are not in it."""
    code = (
        "import sys, app.bootstrap, app.household, app.engine_plan, app.runtime\n"
        "from app.http import body, observation, ocr_routes, probe_routes, problems\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"grpc", "google.protobuf", "app.rpc"} & set(ran.stdout.split())


def test_a_port_that_is_taken_stops_the_start(service_environment: Callable[..., dict[str, str]]) -> None:
    """One clear line, as for every setting that cannot be used; also where the other lets itself be shared."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
        environ = service_environment(engine="null", port=0, grpc_port=port) | {"OCR_PORT": str(_other_than(port))}
        ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode
    assert f"configuration error: OCR_GRPC_PORT={port}: Address already in use" in ran.stderr


def _other_than(port: int) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = int(free.getsockname()[1])
        return found if found != port else _other_than(port)


def test_every_worker_listens_and_a_replacement_takes_its_place(
    start_rpc: StartRpc, image: Callable[[str], bytes]
) -> None:
    """With two workers on one port, one of which is killed: calls are answered, then and later."""
    service, client = start_rpc(engine="null", workers=2)
    assert tensors(client.infer(image("latin.png")))
    workers = service.processes("gunicorn") or service.processes("python")
    assert len(workers) == 2
    os.kill(workers[0].pid, signal.SIGKILL)
    end = time.monotonic() + 60
    while time.monotonic() < end and sum(line["event"] == "gRPC" for line in service.log()) < 3:
        time.sleep(0.05)
    for _ in range(6):
        another = RpcClient(client.port)
        assert tensors(another.infer(image("latin.png"), wait_for_ready=True))
        another.channel.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_listens_where_http_does(start_rpc: StartRpc, host: str, free_port: Callable[[], int]) -> None:
    """On the address of ``OCR_HOST`` and on no other."""
    service, client = start_rpc(wait=False, engine="null", host=host)
    end, families = time.monotonic() + 60, {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
    reached = False
    while not reached and time.monotonic() < end:
        assert service.process.poll() is None
        with socket.socket(families[host]) as attempt:
            reached = attempt.connect_ex((host, client.port)) == 0
        time.sleep(0.05)
    assert reached
    (other,) = families.keys() - {host}
    with socket.socket(families[other]) as attempt:
        assert attempt.connect_ex((other, client.port)) != 0
