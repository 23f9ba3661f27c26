"""Driving the reference engine, with a stand-in for the ``paddleocr`` package in a real subprocess."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.cli import main
from bench.errors import BenchError
from bench.peers.paddleocr_models import ModelFiles, TierModels
from bench.peers.paddleocr_run import Job
from bench.peers.reference_file import read_reference, write_reference

PADDLEOCR = '''
"""Prints noise as the real one does, and repeats its settings as recognised text."""
import os, sys

print("noise on standard output")


class Picture:
    shape = (40, 90, 3)


class PaddleOCR:
    def __init__(self, **settings):
        self.settings = settings

    def predict(self, path):
        if path.endswith("broken"):
            raise ValueError("not an image")
        if path.endswith("deadly"):
            print("out of memory", file=sys.stderr, flush=True)
            os._exit(9)
        print("more noise")
        texts = ["one\\u2028two", repr(sorted(self.settings.items()))]
        return [{
            "rec_texts": texts, "rec_scores": [0.5, 1.0], "rec_polys": [[[0, 0], [9, 0], [9, 5], [0, 5]]] * 2,
            "doc_preprocessor_res": {"output_img": Picture()},
        }]
'''


PADDLEX = """
def load_pipeline_config(name):
    return {"pipeline": name, "SubModules": {"TextDetection": {"max_side_limit": 4000, "limit_side_len": 64}}}
"""


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of one tier in the service's layout, and a ``paddleocr`` package for the subprocess to import."""
    package = tmp_path / "packages" / "paddleocr"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PADDLEOCR)
    (package.parent / "paddlex").mkdir()
    (package.parent / "paddlex" / "__init__.py").touch()
    (package.parent / "paddlex" / "inference.py").write_text(PADDLEX)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    folder = tmp_path / "weights"
    for role in ("det", "rec"):
        model = folder / "small" / role
        model.mkdir(parents=True)
        (model / "inference.onnx").write_bytes(role.encode())
        (model / "inference.yml").write_text(f"Global:\n  model_name: official_{role}\n")
    return folder


def make_corpus(tmp_path: Path, *images: str) -> Path:
    """Write a corpus of one set with these images."""
    folder = tmp_path / "corpus" / "set"
    (folder / "images").mkdir(parents=True)
    for image in images:
        (folder / "images" / image).touch()
    rows = [{"image": f"images/{image}", "lang": "en", "lines": []} for image in images]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder.parent


def run(weights: Path, corpus: Path, out: Path) -> int:
    """Run the subcommand with this interpreter in the reference environment's place."""
    options = {"--weights": weights, "--tier": "small", "--corpus": corpus, "--out": out, "--python": sys.executable}
    return main(["reference", "--det-max-side", "960", *(str(part) for item in options.items() for part in item)])


def test_answers_and_settings_reach_the_file(weights: Path, tmp_path: Path) -> None:
    """The file has one record an image under its key, untouched by what the engine prints, and says how it was made.

    The engine gets the service's own weights under their official names, the same detector size, and no optional stage.
    """
    out = tmp_path / "out" / "reference.jsonl"
    assert run(weights, make_corpus(tmp_path, "a.png", "b.png"), out) == 0
    reference = read_reference(out)
    assert list(reference.predictions) == ["set/images/a.png", "set/images/b.png"]
    prediction = reference.predictions["set/images/a.png"]
    assert (prediction.width, prediction.height, prediction.lines[0].text) == (90, 40, "one\u2028two")
    settings = prediction.lines[1].text
    for part in (
        "'pipeline': 'OCR'", "{'max_side_limit': 960, 'limit_side_len': 64}", "('engine', 'onnxruntime')",
        "('text_detection_model_name', 'official_det')", "('text_recognition_model_name', 'official_rec')",
        f"('text_detection_model_dir', '{weights / 'small' / 'det'}')", "('use_textline_orientation', False)",
        "('use_doc_orientation_classify', False)", "('use_doc_unwarping', False)",
    ):  # fmt: skip
        assert part in settings
    assert reference.header["det_max_side"] == 960
    assert reference.header["tier"] == "small"
    assert {model["name"] for model in reference.header["models"].values()} == {"official_det", "official_rec"}


def test_an_image_the_engine_cannot_take_is_reported(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One bad image is named with its error and the status is 1, while the others are still read."""
    out = tmp_path / "reference.jsonl"
    assert run(weights, make_corpus(tmp_path, "broken", "good.png"), out) == 1
    assert "set/images/broken: ValueError: not an image" in capsys.readouterr().err
    assert list(read_reference(out).predictions) == ["set/images/good.png"]


def test_an_engine_that_dies_leaves_no_reference_file(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the engine dies in mid-run its last words are shown, the status is 2, and no half file takes the name."""
    out = tmp_path / "reference.jsonl"
    assert run(weights, make_corpus(tmp_path, "a.png", "deadly", "b.png"), out) == 2
    assert "out of memory" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("missing", ["inference.onnx", "inference.yml"])
def test_missing_weights_are_named(weights: Path, missing: str) -> None:
    """A model directory without one of its files is refused before anything starts, and what is wanted is said."""
    (weights / "small" / "det" / missing).unlink()
    with pytest.raises(BenchError, match=f"small/det: .*{missing}"):
        ModelFiles.open(weights / "small" / "det")


@pytest.mark.parametrize("program", ["inference.pdmodel", "inference.json"])
def test_models_in_paddles_format_run_on_paddlepaddle(weights: Path, program: str) -> None:
    """What lies in the directory decides the engine, and a graph without its weights is no model."""
    for role in ("det", "rec"):
        folder = weights / "small" / role
        (folder / "inference.onnx").rename(folder / program)
        with pytest.raises(BenchError, match="no model in"):
            ModelFiles.open(folder)
        (folder / "inference.pdiparams").write_bytes(b"weights")
    assert TierModels.open(weights, "small").engine == "paddle_static"


def test_a_page_model_turns_pictures_upright_first(weights: Path) -> None:
    """It is handed over under its official name, and the header says so; without one nothing is turned."""
    models = TierModels.open(weights, "small")
    page = ModelFiles.open(weights / "small" / "det")
    turning, plain = Job(Path("python"), models, 960, page=page), Job(Path("python"), models, 960)
    assert turning.command()[-4:] == ["--page-dir", str(page.folder), "--page-name", "official_det"]
    assert "--page-dir" not in plain.command()
    assert (turning.document()["page"], plain.document()["page"]) == ("official_det", None)


def test_a_tier_in_two_formats_is_refused(weights: Path) -> None:
    """PaddleOCR runs both models on one engine."""
    folder = weights / "small" / "rec"
    (folder / "inference.onnx").rename(folder / "inference.pdmodel")
    (folder / "inference.pdiparams").write_bytes(b"weights")
    with pytest.raises(BenchError, match="the detector is for onnxruntime"):
        TierModels.open(weights, "small")


def test_weights_without_an_official_name_are_refused(weights: Path) -> None:
    """PaddleX chooses its code by the model's name, so a description without one cannot be compared."""
    (weights / "small" / "det" / "inference.yml").write_text("Global: {}\n")
    with pytest.raises(BenchError, match="model_name"):
        ModelFiles.open(weights / "small" / "det")


def test_a_reference_file_takes_its_name_when_complete(tmp_path: Path) -> None:
    """Records that break off leave the earlier file as it was."""
    out = tmp_path / "reference.jsonl"
    write_reference(out, {"run": 1}, [])

    def broken() -> Iterator[dict[str, Any]]:
        yield {"image": "a", "error": "x"}
        raise BenchError("the engine died")

    with pytest.raises(BenchError):
        write_reference(out, {"run": 2}, broken())
    assert read_reference(out).header == {"run": 1}


@pytest.mark.parametrize("text", ["", "{}\n", '{"reference": {}}\n{"image": "a"}\n', "garbage\n"])
def test_a_broken_reference_file_is_an_error(tmp_path: Path, text: str) -> None:
    """An empty, foreign or damaged file is refused instead of comparing with nothing."""
    path = tmp_path / "reference.jsonl"
    path.write_text(text)
    with pytest.raises(BenchError, match=r"reference\.jsonl"):
        read_reference(path)
