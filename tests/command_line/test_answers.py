"""What is answered about a file: the same as the service answers over HTTP."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.protocols.formats import FORMATS
from tests import pdf_files

LATIN, PHOTO = (Path(__file__).parents[1] / "images" / name for name in ("latin.png", "photo.jpg"))
OPTIONS = [
    {"words": "true"},
    {"min_score": "0.99"},
    {"det_max_side": "320"},
    {"pages": "2"},
    {"dpi": "72"},
    {"text_layer": "auto"},
    {"autorotate": "on"},
    {"picture": "true"},
]


@pytest.fixture(scope="module")
def service(running: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The service without a model."""
    with running(tmp_path_factory.mktemp("service"), wait=True, engine="null", cpus=2) as running_service:
        yield running_service


@pytest.fixture
def document(folder: Path) -> Path:
    """A document of two pages."""
    path = folder / "document.pdf"
    path.write_bytes(pdf_files.scanned("latin.png", "page.png"))
    return path


def without_circumstances(lines: bytes) -> list[dict[str, Any]]:
    """Return JSON objects but for what differs each time, and the file's name."""
    documents = [json.loads(line) for line in lines.splitlines()]
    return [
        {name: value for name, value in each.items() if name not in {"id", "timings_ms", "file"}} for each in documents
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_what_the_service_answers(ocr: Any, service: Any, document: Path, name: str) -> None:
    """To the byte; JSON but for ids and times, and each line of it says first which file it is about."""
    answered = service.client.post("/ocr", content=document.read_bytes(), params={"format": name})
    ran = ocr(document.name, "--format", name)
    remark = b"document.pdf: truncated: 1 of 2 pages were read\n" if "X-Truncated" in answered.headers else b""
    assert (ran.returncode, ran.stderr) == (0, remark)
    if "json" in name:
        assert without_circumstances(ran.stdout) == without_circumstances(answered.content)
        assert all(line.startswith(b'{"file":"document.pdf","') for line in ran.stdout.splitlines())
    else:
        assert ran.stdout == answered.content


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: next(iter(option)))
def test_every_option_is_the_services(ocr: Any, service: Any, document: Path, option: dict[str, str]) -> None:
    """By its name, with its values."""
    ((name, value),) = option.items()
    flag = f"--{name.replace('_', '-')}"
    given = [flag] if name in {"words", "picture"} else [flag, value]
    answered = service.client.post("/ocr", content=document.read_bytes(), params=option)
    ran = ocr(document.name, "--format", "json", *given)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert without_circumstances(ran.stdout) == without_circumstances(answered.content)


def test_text_is_read(ocr: Any, labels: dict[str, list[str]]) -> None:
    """With a model, by nothing but the command, each below its name."""
    ran = ocr(LATIN, PHOTO, engine="auto")
    assert (ran.returncode, ran.stderr) == (0, b"")
    first, second = ran.stdout.decode().split("\n\n")
    assert first.splitlines() == [f"==> {LATIN} <==", *labels["latin.png"]]
    assert second.splitlines()[0] == f"==> {PHOTO} <=="
    assert "".join(second.splitlines()[1:]).replace(" ", "") == "".join(labels["photo.jpg"]).replace(" ", "")


def test_stdin_is_a_file(ocr: Any) -> None:
    """The bytes of one, which has no name but a dash."""
    ran = ocr("-", "--format", "json", data=LATIN.read_bytes())
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["file"] == "-"


def test_json_that_is_a_request_is_no_file(ocr: Any, folder: Path) -> None:
    """What a client may write around an image is not looked for in a file, URLs above all."""
    (folder / "request.json").write_text('{"url": "http://localhost/a.png"}')
    ran = ocr("request.json", url_hosts="*")
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert ran.stderr.startswith(b"request.json: unsupported_media_type: ")


def test_urls_are_fetched_from_allowed_hosts_alone(ocr: Any) -> None:
    """As for the service: from none by default, and never from this machine."""
    url = "http://localhost:1/a.png"
    assert ocr(url).stderr.startswith(f"{url}: url_not_allowed: ".encode())
    assert ocr(url, url_hosts="http://localhost:1").stderr.startswith(f"{url}: url_not_allowed: ".encode())


def test_a_name_that_is_no_utf8_is_told_all_the_same(ocr: Any, picture: Callable[..., Path], folder: Path) -> None:
    """As JSON can tell it, and as it is above a text."""
    name = b"caf\xe9.png"
    picture("a.png").rename(os.fsdecode(bytes(folder) + b"/" + name))
    assert json.loads(ocr(name, "--format", "json").stdout)["file"] == os.fsdecode(name)
    assert b"==> caf\xe9.png <==\n" in ocr(name, "none").stdout


def test_documents_that_outlast_a_request_are_read(ocr: Any, folder: Path) -> None:
    """Neither the time nor the pages of a request bound a file: only what the user says."""
    (folder / "long.pdf").write_bytes(pdf_files.painted(*[200] * 101))
    slow = {"deadline_seconds": 0.05, "null_delay_seconds": 0.01}
    ran = ocr("long.pdf", "--dpi", "20", **slow)
    assert (ran.returncode, ran.stdout.count(b"null-"), ran.stderr) == (0, 101, b"")
    timed = ocr("long.pdf", "--dpi", "20", "--timeout", "0.5", **slow | {"null_delay_seconds": 0.1})
    assert timed.returncode == 1  # ten seconds of work, in pages that take a tenth
    assert timed.stderr.startswith(b"long.pdf: deadline_exceeded: ")


def test_what_was_left_out_is_told(ocr: Any, document: Path) -> None:
    """A document that is longer than its user lets it be is no error, but not silent either."""
    ran = ocr(document.name, max_pages=1)
    assert (ran.returncode, ran.stdout.count(b"null-")) == (0, 1)
    assert ran.stderr == b"document.pdf: truncated: 1 of 2 pages were read\n"
    assert ocr(document.name, "--quiet", max_pages=1).stderr == b""
