"""A service of this repository, started for a measurement and ended with it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import httpx2

from bench.child_process import Launch, ended, free_port, running, tail
from bench.errors import BenchError

ROOT = Path(__file__).parents[1]
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py")
SERVICE_COMMAND = (*GUNICORN, "wsgi:app")
"""Starts the service, in the repository's root."""

START_S = 180.0
GRACE_S = 15.0
POLL_S = 0.05


def service_launch(log: Path, settings: Mapping[str, str], port: int) -> Launch:
    """Return how the service is started at a port of this machine, *settings* (``OCR_*``) above the environment."""
    address = {"OCR_HOST": "127.0.0.1", "OCR_PORT": str(port)}
    return Launch(SERVICE_COMMAND, ROOT, log, {**settings, **address}, GRACE_S)


@contextmanager
def started_service(log: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start the service with this environment and *settings* (``OCR_*``); yields its URL once it is ready.

    What it writes goes to *log*. Raises BenchError with the end of it when it ends or is not ready within 180 s.
    """
    port = free_port()
    with running(service_launch(log, settings or {}, port)) as process:
        url = f"http://127.0.0.1:{port}"
        await_ready(process, url, log)
        yield url


def await_ready(process: Popen[bytes], url: str, log: Path) -> None:
    """Return once the service is ready; raises BenchError where it ends before, or takes longer than 180 s."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ended("the service", process, log)
        try:
            if httpx2.get(url + "/readyz", timeout=START_S, trust_env=False).status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            pass  # not listening yet
        time.sleep(POLL_S)
    raise BenchError(f"the service was not ready within {START_S:.0f} s:\n{tail(log)}")
