"""The worker with an application that decides at the head, fails, and answers in pieces."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, free_port: Any, service_environment: Any
) -> Iterator[SimpleNamespace]:
    """The small application under gunicorn, set up as the service is."""
    port, log_file = free_port(), tmp_path_factory.mktemp("small") / "log"
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"]
    command += ["--pythonpath", str(Path(__file__).parent), "small_application:app"]
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=_ROOT, env=service_environment(port=port), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            httpx2.get(url + "/")
            break
        except httpx2.TransportError:
            assert process.poll() is None, log_file.read_text()
            time.sleep(0.05)
    yield SimpleNamespace(url=url, log_file=log_file)
    process.terminate()
    assert process.wait(30) == 0


def test_a_body_that_is_not_wanted_is_not_waited_for(service: Any, connect: Any) -> None:
    """The application says at the head that it will not read it: it answers at once, without a 100, and that is all."""
    client = connect(service)
    client.send(
        b"POST /unwanted?a=b HTTP/1.1\r\nHost: x\r\nX-Key: k\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    )
    seen, connection = client.chunked_answer()
    assert (seen["code"], seen["asked"], connection) == (None, [["POST", "/unwanted", "k", 9]], "close")
    assert client.is_closed()


def test_an_application_that_changes_its_mind_is_told_to_refuse(service: Any) -> None:
    """A body that was not read cannot be had later: it is the refusal of a service that is full, not half a body."""
    seen = httpx2.post(service.url + "/changes-its-mind", content=b"body").json()
    assert (seen["code"], seen["body"]) == ("queue_full", "")


def test_a_body_is_read_where_the_application_cannot_tell(service: Any) -> None:
    """A question that fails is logged and counts as yes; nobody else notices."""
    for path in ("/undecided", "/wanted"):
        seen = httpx2.post(service.url + path, content=b"body").json()
        assert (seen["code"], seen["body"]) == (None, "body")
    assert "a request's head could not be judged" in service.log_file.read_text()


@pytest.mark.parametrize("path", ["/fails", "/fails-late"])
def test_an_application_that_fails_fails_alone(service: Any, path: str) -> None:
    """Before or in the middle of its answer: none of that answer is seen, but one that says so."""
    seen = httpx2.get(service.url + path).json()
    assert seen["code"] == "internal_error"
    assert httpx2.get(service.url + "/").json()["code"] is None


def test_answers_in_pieces_keep_the_connection(service: Any, connect: Any) -> None:
    """An answer without a length is chunked, and the next request is answered behind it."""
    client = connect(service)
    for _ in range(2):
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        seen, connection = client.chunked_answer()
        assert (seen["path"], connection) == ("/", "keep-alive")


def test_old_clients_are_answered(service: Any, connect: Any) -> None:
    """HTTP/1.0: the end of the connection is the end of the answer."""
    client = connect(service)
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    answer = client.socket.makefile("rb").read()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["path"] == "/"
