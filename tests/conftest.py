"""Real service processes for the tests: gunicorn as ``make serve`` starts it, reached over HTTP."""

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "tests" / "images"
# The suite imports onnxruntime by itself, too; the service is held to do without this in tests/engines/test_privacy.py.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# What a script starts in its background ignores SIGINT, and hands that on to whatever it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
_START_SECONDS = 120
_CLIENT_SECONDS = 60


@dataclasses.dataclass
class Service:
    """A running service. url: its address; log_file: what it wrote to stdout and stderr."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path
    client: httpx2.Client

    def ocr(self, data: bytes, **query: Any) -> httpx2.Response:
        """POST one image."""
        return self.client.post("/ocr", content=data, params=query)

    def metric(self, name: str, **labels: str) -> float:
        """The value of one sample of ``/metrics``; 0 where there is none yet."""
        for family in text_string_to_metric_families(self.client.get("/metrics").text):
            for sample in family.samples:
                if sample.name == name and all(sample.labels.get(k) == v for k, v in labels.items()):
                    return sample.value
        return 0.0

    def log(self) -> list[dict[str, Any]]:
        """Every line of the log so far; a line that is not JSON fails the test."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def processes(self, name: str) -> list[psutil.Process]:
        """Those of the service that the kernel knows by *name*."""
        return [child for child in psutil.Process(self.process.pid).children(recursive=True) if child.name() == name]

    def reconnect(self) -> None:
        """Give up the kept-alive connection, whose worker may be gone."""
        self.client.close()
        self.client = httpx2.Client(base_url=self.url, timeout=_CLIENT_SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send *number* and wait for the end; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


def service_environment(**settings: object) -> dict[str, str]:
    """A bare environment with OCR_* settings, named in lower case without the prefix."""
    base = {"PATH": os.environ["PATH"], "OCR_MODEL": "pp-ocrv6-tiny", "OCR_HOST": "127.0.0.1"}
    if "OCR_WEIGHTS_DIR" in os.environ:
        base["OCR_WEIGHTS_DIR"] = os.environ["OCR_WEIGHTS_DIR"]
    return base | {f"OCR_{name.upper()}": str(value) for name, value in settings.items()}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def _running(
    folder: Path,
    *,
    wait: bool,
    app_module: str = "wsgi:app",
    port_variable: str = "OCR_PORT",
    environ: Mapping[str, str] | None = None,
    **settings: object,
) -> Iterator[Service]:
    port = _free_port()
    log_file = folder / f"service-{port}.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", app_module]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={port_variable: str(port)} | service_environment(**settings) | dict(environ or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    service = Service(process, url, log_file, httpx2.Client(base_url=url, timeout=_CLIENT_SECONDS))
    try:
        if wait:
            _await_ready(service)
        yield service
    finally:
        service.client.close()
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ready(service: Service) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if service.process.poll() is not None:
            pytest.fail(f"the service ended with {service.process.returncode}:\n{service.log_file.read_text()}")
        with contextlib.suppress(httpx2.TransportError):
            if service.client.get("/readyz").status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail(f"the service was not ready in {_START_SECONDS} s:\n{service.log_file.read_text()}")


@pytest.fixture(scope="session", name="service_environment")
def _service_environment() -> Callable[..., dict[str, str]]:
    """Compose an environment of settings."""
    return service_environment


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Find a port that nobody listens on."""
    return _free_port


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start a service with settings; ``wait=False`` returns before it is ready. All are stopped at the end.

    *app_module*: what gunicorn serves in the place of the service as it is. The rest: see :func:`running`.
    """
    with contextlib.ExitStack() as stack:
        yield lambda wait=True, **settings: stack.enter_context(_running(tmp_path, wait=wait, **settings))


@pytest.fixture(scope="session")
def running() -> Callable[..., AbstractContextManager[Service]]:
    """Run a service within a context: for fixtures of a scope of their own.

    *port_variable*: where its port is said. *environ*: what is in its environment besides settings.
    """
    return _running


@pytest.fixture(scope="session")
def small_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service as it comes: default engine, default tier."""
    with _running(tmp_path_factory.mktemp("small"), wait=True, model="pp-ocrv6-small") as service:
        yield service


@pytest.fixture(scope="session")
def null_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service without a model, with limits small enough to be passed: 64 KiB, 3 images."""
    folder = tmp_path_factory.mktemp("null")
    with _running(folder, wait=True, engine="null", max_bytes=65536, max_images=3) as service:
        yield service


@pytest.fixture
def image() -> Callable[[str], bytes]:
    """A picture of ``tests/images`` by name."""
    return lambda name: (IMAGES / name).read_bytes()


@pytest.fixture(scope="session")
def labels() -> dict[str, list[str]]:
    """What stands on each picture of ``tests/images``, line by line."""
    return json.loads((IMAGES / "labels.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The folder of the model tiers."""
    return ROOT / os.environ.get("OCR_WEIGHTS_DIR", "weights")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes are forked before others' tests have loaded a runtime into this one, as the service forks them."""
    forking = ("tests/processes/", "tests/imaging/test_decoders.py")
    items.sort(key=lambda item: not item.nodeid.startswith(forking))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI every optional tool is there: a skipped test is a failure of the set-up."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("skipped tests are not allowed where CI is set", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
