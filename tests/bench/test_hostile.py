"""``bench hostile``: what it generates, how it judges, and that it sees what a bad server does."""

import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.cli import main
from bench.hostile.entry_paths import entry_paths
from bench.hostile.exchange import Answer, _received
from bench.hostile.generator import generated_files, generated_requests
from bench.hostile.item import CLOSED, HostileFile, HostileRequest
from bench.hostile.judgement import Judge, reading_of
from bench.hostile.result import HostileResult
from bench.hostile.seeds import seeds
from bench.report.document import read_documents
from tests.bench.broken_server import broken, reply
from tests.conftest import Service

PAGE = {"text": "fine", "lines": []}
JUDGE = Judge(reading_of({"pages": [PAGE]}), 1000)
PROBLEM = {"type": "about:blank", "title": "Bad Request", "status": 400, "code": "broken_image", "detail": "it is"}
QUICK = ("--settle", "0.1", "--passes", "1")


def refusal(status: int = 400, code: str = "broken_image", kind: str = "application/problem+json") -> Answer:
    """A problem document that came back."""
    return Answer(status, code, kind, PROBLEM | {"status": status, "code": code})


def test_the_same_bytes_each_time():
    """The generator is deterministic: a finding can be had again by its name."""
    again = [file.data for file in generated_files.__wrapped__()]
    assert [file.data for file in generated_files()] == again
    assert [r.data for r in generated_requests()] == [r.data for r in generated_requests.__wrapped__()]


def test_names_are_unique_and_say_what_is_allowed():
    """Each item has a name of its own and at least one right answer; every file is small."""
    items: list[HostileFile | HostileRequest] = [*generated_files(), *generated_requests()]
    assert len({(type(item), item.name) for item in items}) == len(items)
    assert all(item.allowed for item in items)
    assert all(len(file.data) < 2 << 20 for file in generated_files())
    kinds = {file.kind for file in generated_files()}
    assert kinds == {"whole", "nothing", "truncated", "overwritten", "noise", "lying", "bomb", "polyglot", "foreign"}


def test_every_served_format_is_bent_in_every_way():
    """Good files of all formats are cut, overwritten and lied about."""
    for kind in ("truncated", "overwritten", "lying", "bomb"):
        names = " ".join(file.name for file in generated_files() if file.kind == kind)
        for name in ("jpeg", "png", "webp", "bmp", "gif", "tiff"):
            assert name in names, kind


def test_every_way_in_carries_the_file():
    """Each way's request holds the file, as it is, in chunks or as base64, and names its own length."""
    data, good = seeds()["gif"], seeds()["png"]
    ways = {path.name: path.build(data, good) for path in entry_paths()}
    assert len(ways) == len(set(ways.values())) == 13
    for name, request in ways.items():
        head, _, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /ocr"), name
        if name == "chunks":
            assert data[:4000] in body
        else:
            assert f"Content-Length: {len(body)}".encode() in head
            assert data in body or b'"' in body
    assert b"autorotate" not in b"".join(p.build(data, good) for p in entry_paths(can_turn=False))


@pytest.mark.parametrize(
    ("answer", "allowed", "fault"),
    [
        (refusal(), {"broken_image"}, ""),
        (refusal(), {"400"}, ""),
        (refusal(), {"ok"}, "allowed: ok"),
        (Answer(200, "ok"), {"ok"}, ""),
        (Answer(200, "ok"), {"broken_image"}, "allowed: broken_image"),
        (refusal(500, "internal_error"), {"internal_error"}, "a failure of the server"),
        (refusal(503, "queue_full"), {"broken_image"}, "a failure of the server"),
        (refusal(kind="text/html"), {"broken_image"}, "no problem document, but text/html"),
        (Answer(400, "", "application/problem+json", {}), {"400"}, "no problem document"),
        (Answer(0, CLOSED), {"broken_image"}, "connection lost"),
        (Answer(0, CLOSED), {CLOSED}, ""),
        (Answer(0, "timeout"), {CLOSED}, "timeout"),
        (refusal(413, "body_too_large"), {"ok"}, "allowed: ok"),
    ],
)
def test_judgement(answer: Answer, allowed: set[str], fault: str):
    """Right is only what is allowed, is no failure of the server and is a problem document where it refuses."""
    assert JUDGE.fault(answer, allowed, 100).startswith(fault)
    assert bool(JUDGE.fault(answer, allowed, 100)) == bool(fault)


def test_a_body_beyond_the_limit_may_always_be_refused():
    """A service with a small limit is not wrong to hold to it."""
    assert JUDGE.fault(refusal(413, "body_too_large"), {"ok"}, 1001) == ""


@pytest.mark.parametrize(
    ("results", "fault"),
    [
        ([{"error": {"code": "broken_image"}}, {"pages": [PAGE]}], ""),
        ([{"pages": []}, {"pages": [PAGE]}], "ok beside a good picture"),
        ([{"error": {"code": "broken_image"}}, {"pages": [PAGE | {"text": "other"}]}], "the good picture beside it"),
        ([{"error": {"code": "broken_image"}}, {"error": {"code": "broken_image"}}], "the good picture beside it"),
        ([{"pages": [PAGE]}], "not a result an image"),
        (None, "not a result an image"),
    ],
)
def test_the_good_picture_beside_a_bad_one(results: object, fault: str):
    """With two images in a request the good one must be read as it is alone, and the bad one's error be right."""
    said = JUDGE.fault_beside_good(Answer(200, "ok", document={"results": results}), {"broken_image"}, 10)
    assert said.startswith(fault)
    assert bool(said) == bool(fault)


def test_the_good_picture_must_not_fall_with_the_bad_one():
    """A request refused for its bad image is wrong: the other one has no answer."""
    assert JUDGE.fault_beside_good(refusal(), {"broken_image"}, 10)


def test_what_follows_an_answer_is_not_of_it():
    """Bytes behind a request's end are answered, too: the first answer alone is the request's."""
    near, far = socket.socketpair()
    with near, far:
        far.sendall(reply(400, b'{"code": "one"}') + reply(400, b"<html>"))
        assert _received(near, time.monotonic() + 10)[1] == b'{"code": "one"}'


def hostile(folder: Path, *arguments: str) -> int:
    """Run the command, writing every kind of report."""
    out = [word for suffix in ("json", "md", "html") for word in ("--out", str(folder / f"out.{suffix}"))]
    return main(["hostile", *QUICK, *arguments, *out])


@pytest.mark.parametrize("fault", ["breaks", "hangs up", "speaks no HTTP", "dies"])
def test_a_bad_server_is_told(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A 500, a lost connection, nonsense and a server that is gone each end in status 1, named with the file."""
    good = reply(200, json.dumps({"pages": [PAGE]}).encode(), "Content-Type: application/json")
    with broken(fault, lambda number: number == 3, good) as server:
        assert hostile(tmp_path, "--url", server.url, "--only", "whole/png", "--files", str(tmp_path)) == 1
    result = read_documents(tmp_path / "out.json")[0].result_as(HostileResult)
    assert result.faults
    assert all(fault.name.startswith("whole/png") for fault in result.faults)
    assert "answers were wrong, 0 are allowed" in capsys.readouterr().out


def test_a_server_that_reads_nothing_is_no_subject(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Where the good picture cannot be read there is nothing to hold it against: status 2."""
    with broken("breaks", lambda _: True) as server:
        assert hostile(tmp_path, "--url", server.url, "--files", str(tmp_path)) == 2
    assert "does not read the good picture" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--files", "nowhere"), "cannot read nowhere"),
        (("--only", "nothing like it"), "nothing is named like"),
        (("--url", "http://127.0.0.1:1"), "no service at"),
    ],
)
def test_impossible_runs(arguments: Sequence[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What cannot be measured ends in status 2 and one line."""
    assert hostile(tmp_path, *arguments) == 2
    assert message in capsys.readouterr().err


def test_complaints(monkeypatch: pytest.MonkeyPatch, null_service: Service, tmp_path: Path, capsys):
    """A process lost, memory grown and a good picture read otherwise are each a line and status 1."""
    bad = HostileResult(1, 1, 2, (), (), (), (100, 100, 200), ("gunicorn",), ("ocr-decoder",), reads_same=False)
    monkeypatch.setattr("bench.hostile.command.measure", lambda *_: bad)
    assert hostile(tmp_path, "--url", null_service.url) == 1
    out = capsys.readouterr().out
    assert "processes of the service were lost: gunicorn" in out
    assert "memory grew by 100.0 %, 5 % are allowed" in out
    assert "a good picture is not read as before" in out


def test_the_service_stands_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The service itself, with real processes, answers a share of everything rightly by every way in."""
    shared = Path(__file__).parents[3] / "shared" / "hostile"
    folder = shared if shared.is_dir() else tmp_path
    settings = ("--setting", "OCR_ENGINE=null", "--max-growth", "1000")
    status = hostile(tmp_path, *settings, "--files", str(folder), "--every", "15")
    assert status == 0, capsys.readouterr().out
    result = read_documents(tmp_path / "out.json")[0].result_as(HostileResult)
    assert result.requests > 1000
    assert not result.ended
    assert {"200 ok", "400 broken_image", "413 image_too_large"} <= {count.outcome for count in result.counts}
