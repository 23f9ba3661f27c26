"""A service of this repository, started for a measurement and ended with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from bench.errors import BenchError

ROOT = Path(__file__).parents[1]
START_S = 180.0
POLL_S = 0.05


@contextmanager
def started_service(log: Path, settings: dict[str, str] | None = None) -> Iterator[str]:
    """Start ``gunicorn wsgi:app`` with this environment and *settings* (``OCR_*``); yields its URL once it is ready.

    What it writes goes to *log*. Raises BenchError when it ends or is not ready within 180 s.
    """
    port = _free_port()
    environment = os.environ | (settings or {}) | {"OCR_HOST": "127.0.0.1", "OCR_PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
    try:
        url = f"http://127.0.0.1:{port}"
        _await_ready(process, url, log)
        yield url
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise BenchError(f"the service ended with status {process.returncode}; see {log}")
        try:
            if httpx2.get(url + "/readyz", timeout=START_S, trust_env=False).status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            pass  # not listening yet
        time.sleep(POLL_S)
    raise BenchError(f"the service was not ready within {START_S:.0f} s; see {log}")
