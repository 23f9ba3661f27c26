"""What goes wrong on the connection itself: broken chunks, stalled clients, bodies that nobody will read."""

import json
import socket
from typing import Any

import httpx2
import pytest

_PATIENCE_SECONDS = 10


def _exchange(url: str, message: bytes) -> tuple[int, dict[str, Any]]:
    """Send *message* over a connection of its own, keep it open, and return status and document of the answer."""
    address = httpx2.URL(url)
    with socket.create_connection((address.host, address.port or 80), _PATIENCE_SECONDS) as connection:
        connection.sendall(message)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            headers = dict(line.decode().rstrip().lower().split(": ", 1) for line in iter(answer.readline, b"\r\n"))
            return status, json.loads(answer.read(int(headers["content-length"])))


@pytest.mark.parametrize("kind", ["image/png", "application/json", "multipart/form-data; boundary=cut"])
@pytest.mark.parametrize(
    "chunks", [b"ZZ\r\nabc\r\n0\r\n\r\n", b"3\r\nabcX\r\n0\r\n\r\n", b"3\r\nabc\r\n0\r\n: x\r\n\r\n"]
)
def test_broken_chunks_are_the_clients_fault(null_service: Any, kind: str, chunks: bytes) -> None:
    """A chunk's size, its end or a trailer that is nonsense gets a 400, whatever the body was to be."""
    head = f"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, document = _exchange(null_service.url, head.encode() + chunks)
    assert (status, document["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(("path", "status"), [("/ocr", 413), ("/nowhere", 404)])
def test_a_refused_client_that_stalls_is_answered(null_service: Any, path: str, status: int) -> None:
    """Whoever announces a body that is not wanted and then waits gets the answer, not a wait for the body."""
    message = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\nabc"
    assert _exchange(null_service.url, message.encode())[0] == status


def test_files_come_back_in_the_order_in_which_they_were_sent(null_service: Any, image: Any) -> None:
    """Also where they go by both names."""
    names = ["latin.png", "chinese.png", "page.png"]
    alone = {name: null_service.ocr(image(name)).json()["text"] for name in names}
    parts = [("image", names[0]), ("file", names[1]), ("image", names[2])]
    files = [(part, (name, image(name))) for part, name in parts]
    results = null_service.client.post("/ocr", files=files).json()["results"]
    assert [result["text"] for result in results] == [alone[name] for name in names]


def test_models_that_cannot_be_loaded_in_the_background_are_told(start_service: Any, tmp_path: Any) -> None:
    """A process that will never serve says so to every probe, so that it is replaced, and to every request."""
    for part in ("det", "rec"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "inference.onnx").write_bytes(b"no graph")
        (tmp_path / part / "inference.yml").write_text("{}")
    service = start_service(wait=False, warmup="background", model_dir=tmp_path)
    while not any(line["event"] == "start failed" for line in service.log()):
        assert service.process.poll() is None
    for path in ("/healthz", "/readyz"):
        answer = service.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "engine_error")
    answer = service.ocr(b"anything")
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_error")
