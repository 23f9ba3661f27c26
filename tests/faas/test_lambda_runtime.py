"""The service as a Lambda function, over a runtime interface that the test plays: snapshots, and time that runs out.

The emulator knows neither. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html has the calls,
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html their order around a snapshot.
"""

import base64
import importlib.util
import json
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_PATIENCE = 60


class Runtime:
    """Lambda's side: events for the function, and what it says."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[dict[str, Any], float]] = queue.Queue()
        self.said: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.is_restored = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def invoke(self, event: dict[str, Any], seconds: float = _PATIENCE) -> tuple[str, dict[str, Any]]:
        """What the function says to *event*, for which it has so many seconds; and where it says it."""
        self.events.put((event, seconds))
        return self.said.get(timeout=_PATIENCE)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Give it the next event; or say that the snapshot was restored."""
                if self.path.endswith("/restore/next"):
                    runtime.said.put(("restore/next", {}))
                    runtime.is_restored.wait(_PATIENCE)
                    self._answer(200, b"")
                    return
                event, seconds = runtime.events.get()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "lambdas-name")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(1000 * (time.time() + seconds))))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:1:function:ocr")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(json.dumps(event))))
                self.end_headers()
                self.wfile.write(json.dumps(event).encode())

            def do_POST(self) -> None:
                """Keep what it says."""
                said = self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(202, b"{}")
                runtime.said.put((self.path.rpartition("/")[2], json.loads(said)))

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        return Handler


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """Lambda's side, without a function yet."""
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.skip("awslambdaric is not installed")
    played = Runtime()
    yield played
    played.server.shutdown()
    played.server.server_close()


@pytest.fixture
def start_function(runtime: Runtime, service_environment: Any, tmp_path: Path) -> Iterator[Any]:
    """Start one that talks to it; *environ* is what its environment has besides settings."""
    started = []

    def start(environ: dict[str, str], **settings: object) -> Path:
        address = f"127.0.0.1:{runtime.server.server_port}"
        lambdas = {"AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "ocr"} | environ
        command = [sys.executable, "-m", "awslambdaric", "app.faas.aws_lambda.handler"]
        log_file = tmp_path / "log"
        with log_file.open("wb") as log:
            environment = service_environment(**settings) | lambdas
            started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT))
        return log_file

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_an_answer_comes_before_lambdas_patience_ends(runtime: Runtime, start_function: Any, image: Any) -> None:
    """A request that would take longer than the function may is told so, in the form of every problem."""
    start_function({}, engine="null", null_delay_seconds=3)
    event = {"image": base64.b64encode(image("latin.png")).decode()}
    where, problem = runtime.invoke(event, seconds=1.5)
    assert where == "response"
    assert (problem["status"], problem["code"], problem["id"]) == (504, "deadline_exceeded", "lambdas-name")
    assert re.search(r"> (1|0\.\d+) s allowed", problem["detail"])
    _, document = runtime.invoke(event)
    assert document["text"]


def test_a_snapshot_is_taken_warm_and_a_copy_serves(runtime: Runtime, start_function: Any, image: Any) -> None:
    """It asks for the snapshot only after what is warmed ahead is there, and for events only once it is restored."""
    log_file = start_function({"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}, det_max_side=640)
    assert runtime.said.get(timeout=_PATIENCE) == ("restore/next", {})
    told = {line["event"]: line for line in map(json.loads, log_file.read_text().splitlines())}
    assert told["snapshot is taken"]["warm"] is True
    assert "snapshot restored" not in told
    runtime.events.put(({"image": base64.b64encode(image("latin.png")).decode()}, _PATIENCE))
    assert not runtime.events.empty()
    runtime.is_restored.set()
    where, document = runtime.said.get(timeout=_PATIENCE)
    assert where == "response"
    assert document["text"].startswith("Hello")
    assert "snapshot restored" in log_file.read_text()


def test_a_function_without_models_says_why(runtime: Runtime, start_function: Any, tmp_path: Path) -> None:
    """The log has the one line that it has elsewhere; no event is asked for."""
    log_file = start_function({}, weights_dir=tmp_path / "nowhere")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and "start failed" not in log_file.read_text():
        time.sleep(0.05)
    assert "weights" in log_file.read_text()
    assert runtime.said.empty()
