"""Models by PaddleOCR's own names: PaddleX's downloader fetches them, here from a hub that the test keeps itself."""

import hashlib
import importlib.util
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.errors import WeightsError
from app.weights.official_models import OfficialPair, fetch_official, missing_models

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "inference.json": b'{"graph": 1}',
    "inference.pdiparams": b"parameters" * 1000,
    "inference.yml": b"Global: {model_name: x}\n",
    "README.md": b"of no use here",
}
PAIR = OfficialPair.parse("PP-OCRv5_server")

needs_paddlex = pytest.mark.skipif(
    importlib.util.find_spec("paddlex") is None, reason="PaddleX is not installed: pip install -r requirements.txt"
)


class Hub(ThreadingHTTPServer):
    """A hub of models, all with the same files. asked: the paths so far; absent: models that it has not."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []
        self.absent = set()


class Answer(BaseHTTPRequestHandler):
    """What PaddleX asks a hub for: the list of a model's files, then each of them."""

    def do_GET(self):
        """Answer with a file, a list of them, or that the model is absent."""
        self.server.asked.append(self.path)
        *_, name = parts = self.path.removeprefix("/api/models").split("?")[0].split("/")
        if self.server.absent.intersection(parts):
            self.answer(404, b"{}")
        elif "/resolve/" in self.path:
            etag = hashlib.sha256(FILES[name]).hexdigest()
            self.answer(200, FILES[name], {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})
        elif "/tree/" in self.path:
            self.answer(200, [{"type": "file", "path": name, "size": len(FILES[name]), "oid": "0"} for name in FILES])
        else:
            self.answer(200, {"id": "/".join(parts[1:3]), "sha": COMMIT, "siblings": [{"rfilename": n} for n in FILES]})

    do_HEAD = do_GET  # noqa: N815 - the base class looks for this name

    def answer(self, status, content, headers=None):
        """Send bytes, or anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing on stderr."""


@pytest.fixture
def hub(monkeypatch):
    """The only hub that PaddleX can reach."""
    with Hub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PADDLE_PDX_HUGGING_FACE_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "detector", "recognizer"),
    [
        ("PP-OCRv5_server", "PP-OCRv5_server_det", "PP-OCRv5_server_rec"),
        ("PP-OCRv6_medium", "PP-OCRv6_medium_det", "PP-OCRv6_medium_rec"),
        ("PP-OCRv5_mobile_det+korean_PP-OCRv5_mobile_rec", "PP-OCRv5_mobile_det", "korean_PP-OCRv5_mobile_rec"),
        ("PP-OCRv4_server_det+ch_SVTRv2_rec", "PP-OCRv4_server_det", "ch_SVTRv2_rec"),
    ],
)
def test_a_name_stands_for_a_detector_and_a_recogniser(name, detector, recognizer):
    """A generation and size for both, or the two joined by a plus."""
    assert OfficialPair.parse(name) == OfficialPair(name, detector, recognizer)


@pytest.mark.parametrize(
    "name",
    [
        "pp-ocrv6-small",
        "PP-OCRv5_server_det",
        "PP-OCRv5_server_rec+PP-OCRv5_server_det",
        "a_det+b_rec+c_rec",
        "../x_det+y_rec",
        "x/../../y_det+z_rec",
        "PP-OCRv5_server/..",
        ".._det+x_rec",
        "-x_det+y_rec",
        "",
    ],
)
def test_other_names_are_none(name):
    """A tier, half a pair, pairs the wrong way round, and above all nothing that leaves the folder of weights."""
    assert OfficialPair.parse(name) is None


@needs_paddlex
def test_models_are_fetched_by_paddlex(hub, tmp_path):
    """Both directories hold graph, parameters and description to the byte, and nothing else is left behind."""
    assert missing_models(tmp_path, PAIR) == ["PP-OCRv5_server_det", "PP-OCRv5_server_rec"]
    written = fetch_official(tmp_path, PAIR)
    assert written == [tmp_path / "PP-OCRv5_server" / part for part in ("det", "rec")]
    for directory in written:
        found = {path.name: path.read_bytes() for path in directory.iterdir()}
        assert found == {name: data for name, data in FILES.items() if name != "README.md"}
    assert {path.name for path in (tmp_path / "PP-OCRv5_server").iterdir()} == {"det", "rec"}
    assert missing_models(tmp_path, PAIR) == []
    hub.asked.clear()
    assert fetch_official(tmp_path, PAIR) == []
    assert hub.asked == []


@needs_paddlex
def test_a_model_that_the_hub_has_not_is_said_so(hub, tmp_path):
    """The name is in the error, what was fetched before stays, and no half of a model does."""
    hub.absent.add("PP-OCRv5_server_rec")
    with pytest.raises(WeightsError, match="PP-OCRv5_server_rec"):
        fetch_official(tmp_path, PAIR)
    assert missing_models(tmp_path, PAIR) == ["PP-OCRv5_server_rec"]
    assert [path.name for path in (tmp_path / "PP-OCRv5_server").iterdir()] == ["det"]


def test_without_paddlex_the_error_says_what_to_install(tmp_path, monkeypatch):
    """A slim installation has no downloader: one line names the file with it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match=r"requirements\.txt"):
        fetch_official(tmp_path, PAIR)
    assert missing_models(tmp_path, PAIR) == ["PP-OCRv5_server_det", "PP-OCRv5_server_rec"]


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    """An error that names the directory, not a traceback."""
    (tmp_path / "PP-OCRv5_server").write_text("in the way")
    with pytest.raises(WeightsError, match="PP-OCRv5_server"):
        fetch_official(tmp_path, PAIR)


@pytest.mark.parametrize("absent", ["inference.json", "inference.pdiparams", "inference.yml"])
def test_a_directory_is_whole_only_with_all_its_files(tmp_path, absent):
    """A graph without parameters, or without its description, counts as missing."""
    for _, directory in PAIR.parts(tmp_path):
        directory.mkdir(parents=True)
        for name in FILES:
            (directory / name).touch()
    assert missing_models(tmp_path, PAIR) == []
    (tmp_path / "PP-OCRv5_server" / "det" / absent).unlink()
    assert missing_models(tmp_path, PAIR) == ["PP-OCRv5_server_det"]
