"""``bench soak --contender``: a contender of the comparison, server or library, is soaked as the service is."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.child_process import Launch
from bench.cli import main
from bench.dialects import dialect_named
from bench.load.pictures import read_pictures
from bench.peers.contender import Connection, StartedPeer
from bench.peers.http_peer import HttpConnection
from bench.peers.pipe_process import piped
from bench.peers.pipe_target import PipeConnection
from bench.report.document import Document, read_documents
from bench.soak import soaked
from bench.soak.result import SoakResult
from bench.soak.varying_pictures import VaryingPictures
from tests.bench.compare_stand_ins import FakePeer
from tests.bench.stand_in import Answer, Service, answer
from tests.conftest import IMAGES

LIBRARY = """
import hashlib, json, sys
for number, line in enumerate(sys.stdin):
    request = json.loads(line)
    with open(request["path"], "rb") as picture, open("seen", "a") as seen:
        print(json.dumps([hashlib.sha256(picture.read()).hexdigest(), request["path"]]), file=seen)
    if number == LAST:
        sys.exit(3)
    print(json.dumps({"id": request["id"], "width": 5, "height": 4, "texts": [], "scores": [], "polys": [],
                      "seconds": 0.25}), flush=True)
"""
REQUESTS = 12
Soak = Callable[..., int]


class Peer(FakePeer):
    """A contender with this way to it; ``plans`` has the plans that it was started with."""

    def __init__(self, opened: Callable[[Path], AbstractContextManager[tuple[int, Connection]]]) -> None:
        super().__init__("Peer 1", info={"model": "m"})
        self.plans: list[str] = []
        self._opened = opened

    @contextmanager
    def started(self, folder: Path, plan: str) -> Iterator[StartedPeer]:
        """See ``Peer.started``."""
        self.plans.append(plan)
        with self._opened(folder) as (pid, connection):
            yield StartedPeer(self.name, pid, connection, folder / "log", 0.5, self._info)


def library(folder: Path, last: int = -1) -> Peer:
    """Return a library that notes in *folder* what it reads, and dies at its request of the number *last*."""
    script = folder / "library.py"
    script.write_text(LIBRARY.replace("LAST", str(last)))

    @contextmanager
    def opened(_: Path) -> Iterator[tuple[int, Connection]]:
        launch = Launch([sys.executable, "-I", str(script)], folder, folder / "log", piped=True)
        with piped(launch) as pipe:
            yield pipe.pid, PipeConnection(pipe)

    return Peer(opened)


class Noting(dict[bytes, list[Answer]]):
    """Answers to any picture; ``seen`` has the pictures' sums in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __missing__(self, picture: bytes) -> list[Answer]:
        self.seen.append(hashlib.sha256(picture).hexdigest())
        status, headers, pages = answer("x")
        return [(status, headers, pages | {"timings_ms": {"total": 1.0}})]


@pytest.fixture
def soak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Soak:
    """Return what soaks a contender, known as ``paddlex``, and writes ``out.json``."""

    def run(peer: Any, *arguments: str) -> int:
        monkeypatch.setattr(soaked, "contenders", lambda *_: {"paddlex": lambda: peer})
        size = ["--requests", str(REQUESTS), "--settle", "2", "--longest", "96", "--concurrency", "1"]
        out = ["--out", str(tmp_path / "out.json")]
        return main(["soak", "--contender", "paddlex", "--max-growth", "1000", *size, *arguments, *out])

    return run


def document(folder: Path) -> Document:
    """Return what the soak has written."""
    return read_documents(folder / "out.json")[0]


def test_servers_and_libraries_get_the_same_pictures(soak: Soak, service: Service, tmp_path: Path) -> None:
    """The n-th picture is the seed's, over HTTP as over pipes; a library's files are gone once they were read."""
    varying = VaryingPictures(read_pictures([IMAGES]), 96, 7)
    expected = [hashlib.sha256(varying.next()).hexdigest() for _ in range(REQUESTS)]

    @contextmanager
    def opened(_: Path) -> Iterator[tuple[int, Connection]]:
        yield os.getpid(), HttpConnection(service.url, dialect_named("native"))

    service.answers = noting = Noting()
    soak(Peer(opened), "--seed", "7")
    assert noting.seen == expected
    assert document(tmp_path).result_as(SoakResult).run.summary.succeeded == REQUESTS

    soak(library(tmp_path), "--seed", "7")
    read = [json.loads(line) for line in (tmp_path / "seen").read_text().splitlines()]
    assert [digest for digest, _ in read] == expected
    assert document(tmp_path).result_as(SoakResult).run.summary.succeeded == REQUESTS
    assert not [path for _, path in read if Path(path).exists()]


def test_the_document_says_what_was_soaked(soak: Soak, tmp_path: Path) -> None:
    """It has the contender's name, its set-up, and the models that it was given, defaults included."""
    peer = library(tmp_path)
    soak(peer, "--det-max-side", "960")
    written = document(tmp_path)
    assert peer.plans == ["throughput"]
    assert (written.label, written.service) == ("Peer 1", {"about": peer.about, "model": "m"})
    assert (written.settings["tier"], written.settings["det_max_side"]) == ("pp-ocrv6-small", 960)
    consumption = written.result_as(SoakResult).run.consumption
    assert consumption is not None
    assert consumption.peak_pss_bytes > 1 << 20


def test_a_contender_that_dies_is_a_result(soak: Soak, tmp_path: Path) -> None:
    """What it answered until then is reported, the rest has failed, and the status is 1."""
    assert soak(library(tmp_path, last=4)) == 1
    run = document(tmp_path).result_as(SoakResult).run
    assert (run.summary.succeeded, run.summary.causes) == (4, {"process ended": REQUESTS - 4})
    assert run.consumption is not None
    assert run.consumption.ended == 1


def test_a_contender_that_cannot_be_installed(soak: Soak, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is measured then: status 2 and the reason."""
    assert soak(FakePeer("Peer 1", install="no index")) == 2
    assert "no index" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--contender", "paddlex", "--url", "http://127.0.0.1:1"), "--url does not go with --contender"),
        (("--contender", "paddlex", "--pid", "1"), "--pid does not go with"),
        (("--contender", "paddlex", "--setting", "OCR_WORKERS=1"), "--setting does not go with"),
        (("--contender", "paddlex", "--dialect", "paddlex"), "--dialect does not go with"),
        (("--contender", "paddlex", "--option", "a=b"), "--option does not go with"),
        (("--tier", "pp-ocrv6-small"), "--tier is for a --contender"),
        (("--det-max-side", "1600"), "--det-max-side is for a --contender"),
        (("--contender", "paddlex", "--weights", "nowhere"), "no model"),
    ],
)
def test_contradictions(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What would be overlooked, or cannot be, ends in status 2 and one line, before anything is started."""
    assert main(["soak", *arguments]) == 2
    assert message in capsys.readouterr().err
