"""``python -m bench parity`` from its command line to its exit status, with stand-ins for the service and PaddleOCR."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.accuracy.corpus import load_corpus
from bench.cli import main
from bench.parity import measurement, references
from bench.parity.references import kept_reference, reference_name
from bench.peers.paddleocr_models import TierModels
from bench.peers.paddleocr_run import Job
from bench.peers.reference_file import write_reference
from tests.bench.stand_in import POLYGON, Service, answer

EXACT, BF16, SINGLE = (
    "v6-small-openvino-f32-exact",
    "v6-small-openvino-bf16-close",
    "v6-small-paddleocr-f32-single",
)
INFO = {"engine": "openvino", "precision": "f32", "parity": "exact"}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Models of the tier, as far as they are looked at before PaddleOCR starts."""
    for role in ("det", "rec"):
        folder = tmp_path / "weights" / "pp-ocrv6-small" / role
        folder.mkdir(parents=True)
        (folder / "inference.onnx").write_bytes(role.encode())
        (folder / "inference.yml").write_text(f"Global:\n  model_name: official_{role}\n")
    return tmp_path / "weights"


@pytest.fixture
def paddleocr(monkeypatch: pytest.MonkeyPatch) -> dict[int | None, list[str]]:
    """What PaddleOCR reads in both images, by the lines that it reads together."""
    texts: dict[int | None, list[str]] = {None: ["one", "two"], 1: ["one", "two"]}

    def make(job: Job, samples: list[Any], out: Path, _: Console) -> list[str]:
        common: dict[str, Any] = {"width": 50, "height": 10, "seconds": 0.1, "scores": [1.0], "polys": [POLYGON]}
        second = [{"text": "?", "margin": 0.5}]
        records = [
            {"image": sample.key, "texts": [text], "second_best": second, **common}
            for sample, text in zip(samples, texts[job.rec_batch_size], strict=True)
        ]
        write_reference(out, {"versions": {"paddleocr": "3"}, **job.document()}, records)
        return []

    monkeypatch.setattr(references, "make_reference", make)
    return texts


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, service: Service, corpus: Path, weights: Path, paddleocr: Any) -> Any:
    """Run the subcommand for a configuration, the stand-in in the service's place."""
    service.info = dict(INFO)
    service.answers = {b"one": [answer("one")], b"two": [answer("two")]}

    @contextmanager
    def started(log: Path, settings: dict[str, str]) -> Iterator[str]:
        service.info["settings"] = settings
        yield service.url

    monkeypatch.setattr(measurement, "started_service", started)
    places = {"--corpus": corpus, "--weights": weights, "--references": weights / "kept", "--python": sys.executable}
    common = [str(part) for item in places.items() for part in item]
    return lambda name, *more: main(["parity", "--configurations", name, *common, *(str(part) for part in more)])


def test_the_same_answers_keep_every_promise(
    run: Any, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures stand in the Markdown, on standard output as in the file, and the service ran as the name says."""
    out = tmp_path / "out" / "parity.md"
    assert run(EXACT, "--out", out) == 0
    assert capsys.readouterr().out == out.read_text()
    row = next(line for line in out.read_text().splitlines() if line.startswith(f"| {EXACT}"))
    assert row == f"| {EXACT} | 2 | 100.00 | 2 | 100.00 | 100.00 | 100.00 | +0.000 | +0.000 | 1.00000 | - |"
    assert service.info["settings"]["OCR_PARITY"] == "exact"
    assert service.queries == [{"det_max_side": ["1600"], "words": ["true"]}] * 2


def test_a_line_that_differs_is_named_with_its_cause_and_breaks_the_promise(
    run: Any, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line of two is below 99 %: the status is 1, and the line without a cause is listed with both readings."""
    service.answers[b"two"] = [answer("twX")]
    out = tmp_path / "parity.json"
    assert run(EXACT, "--out", out) == 1
    captured = capsys.readouterr()
    assert "50.00 % of lines are identical" in captured.err
    assert f"- {EXACT}, set/images/two: `twX` against `two` (by 0.500)" in captured.out
    (document,) = json.loads(out.read_text())
    assert document["differences"] == [
        {"image": "set/images/two", "cause": "other", "ours": "twX", "theirs": "two", "margin": 0.5}
    ]


def test_at_bf16_accuracy_is_promised_and_not_identity(
    run: Any, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another text of the same quality is within the promise; a worse one is not."""
    service.info |= {"precision": "bf16", "parity": "close"}
    service.answers[b"two"] = [answer("Two")]
    assert run(BF16) == 0
    service.answers[b"two"] = [answer("twX")]
    assert run(BF16) == 1
    assert "char-F1 differs by -16.667 points" in capsys.readouterr().err


def test_paddleocr_is_measured_against_itself(run: Any, paddleocr: dict[int | None, list[str]]) -> None:
    """The yardstick compares one line at a time with six at a time, starts no service and promises nothing."""
    paddleocr[1] = ["one", "twX"]
    assert run(SINGLE) == 0


def test_a_service_that_runs_otherwise_is_not_measured(
    run: Any, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the processor lacks bf16, say, there are no figures under a wrong name."""
    service.info["precision"] = "bf16"
    assert run(EXACT) == 2
    assert "the service says precision bf16" in capsys.readouterr().err


def test_a_failed_image_breaks_the_promise(run: Any, service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    """An image without an answer is named, and scores as if nothing stood on it."""
    service.answers[b"two"] = [(504, {}, {"code": "deadline_exceeded", "detail": "late"})]
    assert run(EXACT) == 1
    assert "set/images/two: http 504 deadline_exceeded: late" in capsys.readouterr().err


def test_an_answer_is_kept_until_what_decides_it_changes(
    corpus: Path, weights: Path, tmp_path: Path, paddleocr: dict[int | None, list[str]]
) -> None:
    """The second run takes PaddleOCR's answers from the file; whatever else might change them has another file."""
    samples, console = load_corpus(corpus), Console(stderr=True)
    job = Job(Path(sys.executable), TierModels.open(weights, "pp-ocrv6-small"), 1600, details=True)
    first = kept_reference(job, samples, tmp_path, console)
    paddleocr[None] = ["changed", "changed"]
    assert kept_reference(job, samples, tmp_path, console) == first
    name = reference_name(job, samples)
    assert reference_name(Job(job.python, job.models, 1600, threads=2, details=True), samples) == name
    assert reference_name(Job(tmp_path / "python", job.models, 1600, details=True), samples) != name
    assert reference_name(Job(job.python, job.models, 960, details=True), samples) != name
    assert reference_name(job, samples[:1]) != name
    (weights / "pp-ocrv6-small" / "det" / "inference.onnx").write_bytes(b"other")
    other = TierModels.open(weights, "pp-ocrv6-small")
    assert reference_name(Job(job.python, other, 1600, details=True), samples) != name
    samples[0].path.write_bytes(b"another picture")
    assert reference_name(job, samples) != name
