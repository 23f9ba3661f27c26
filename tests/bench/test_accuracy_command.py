"""``python -m bench accuracy`` from its command line to its exit status, against a real HTTP server."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.cli import main
from bench.client import OcrClient
from bench.errors import RequestFailedError
from bench.peers.reference_file import write_reference
from tests.bench.stand_in import POLYGON, Answer, Service, answer


def reference(tmp_path: Path, **texts: str) -> Path:
    """Write a reference file with these texts by image name."""
    path = tmp_path / "reference.jsonl"
    common: dict[str, Any] = {"width": 50, "height": 10, "seconds": 0.1, "scores": [1.0], "polys": [POLYGON]}
    records = [{"image": f"set/images/{name}", "texts": [text], **common} for name, text in texts.items()]
    write_reference(path, {"det_max_side": 1600}, records)
    return path


def test_the_result_file_has_the_scores(service: Service, corpus: Path, tmp_path: Path) -> None:
    """The command posts every image with the detector's side as a query option, and writes the scores it printed."""
    service.answers = {b"one": [answer("one")], b"two": [answer("twX")]}
    out = tmp_path / "result.json"
    assert main(["accuracy", "--url", service.url, "--corpus", str(corpus), "--out", str(out)]) == 0
    (document,) = json.loads(out.read_text())["documents"]
    assert document["service"] == {"model": "fake"}
    assert [row["name"] for row in document["result"]["totals"]] == ["all images", "mean of sets"]
    (row,) = document["result"]["rows"]
    assert row["name"] == "set"
    assert row["char_f1"] == pytest.approx(5 / 6)
    assert row["word_f1"] == pytest.approx(1 / 2)
    assert row["line_recall"] == pytest.approx(1 / 2)
    assert len(document["result"]["images"]) == 2
    assert service.queries == [{"det_max_side": ["1600"]}] * 2


def test_the_reference_decides_the_exit_status(service: Service, corpus: Path, tmp_path: Path) -> None:
    """The command fails when char-F1 is further from the reference than allowed, whichever of the two is better."""
    service.answers = {b"one": [answer("one")], b"two": [answer("two")]}
    command = ["accuracy", "--url", service.url, "--corpus", str(corpus), "--reference"]
    assert main([*command, str(reference(tmp_path, one="one", two="two"))]) == 0
    worse = str(reference(tmp_path, one="one", two="twX"))
    assert main([*command, worse]) == 1
    assert main([*command, worse, "--max-difference", "20"]) == 0
    service.answers[b"one"] = [answer("oXX")]
    assert main([*command, str(reference(tmp_path, one="one", two="two"))]) == 1


def test_the_reference_alone_is_scored_without_a_service(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an address the reference's own scores are printed: 5 of 6 characters here."""
    assert (
        main(["accuracy", "--corpus", str(corpus), "--reference", str(reference(tmp_path, one="one", two="twX"))]) == 0
    )
    assert "83.33" in capsys.readouterr().out


def test_a_failing_image_is_named_and_fails_the_command(
    service: Service, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A problem document ends up as its code in the output, the other images are still read, and the status is 1."""
    problem: Answer = (422, {}, {"code": "bad_option", "detail": "no"})
    service.answers = {b"one": [problem], b"two": [answer("two")]}
    assert main(["accuracy", "--url", service.url, "--corpus", str(corpus)]) == 1
    output = capsys.readouterr().out
    (failed,) = (line for line in output.splitlines() if line.startswith("set/images/one"))
    assert failed.endswith("http 422 bad_option: no")
    assert "66.67" in output


def test_no_service_is_one_line(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A closed port ends with status 2 and one line, not with a traceback."""
    server = Service()
    server.server_close()
    assert main(["accuracy", "--url", server.url, "--corpus", str(corpus)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no service at" in line


def test_a_busy_service_is_asked_again(service: Service, corpus: Path) -> None:
    """503 with Retry-After is waited out, as long as it asks for, and no longer than the limit."""
    waits: list[float] = []
    busy: list[Answer] = [(503, {"Retry-After": "3"}, {}), (429, {"Retry-After": "600"}, {}), (503, {}, {})]
    service.answers = {b"one": [*busy, answer("one")]}
    with OcrClient(service.url, sleep=waits.append) as client:
        assert client.read(corpus / "set" / "images" / "one").lines[0].text == "one"
    assert waits == [3.0, 10.0, 1.0]


def test_a_service_that_stays_busy_is_a_failure(service: Service, corpus: Path) -> None:
    """After the fifth refusal the image counts as failed with the service's own code."""
    service.answers = {b"one": [(503, {}, {"code": "overloaded", "title": "full"})]}
    client = OcrClient(service.url, sleep=lambda _: None)
    with client, pytest.raises(RequestFailedError, match="http 503 overloaded: full"):
        client.read(corpus / "set" / "images" / "one")
    assert len(service.queries) == 5


def test_garbage_is_told_apart_from_an_answer(service: Service, corpus: Path) -> None:
    """200 with anything but the promised document is a failure named malformed."""
    service.answers = {b"one": [(200, {}, ["text"])]}
    with OcrClient(service.url) as client, pytest.raises(RequestFailedError, match="malformed"):
        client.read(corpus / "set" / "images" / "one")
