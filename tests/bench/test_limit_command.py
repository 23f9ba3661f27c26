"""``bench limit`` with the real service and its real models, and where there is no limit to find."""

import argparse
import os
from pathlib import Path

import pytest
from rich.console import Console

from app.slot_plan import SlotPlan
from bench import sample_choice
from bench.cli import main
from bench.errors import BenchError
from bench.limit import command
from bench.limit.models import OWN, STREAMS, layouts
from bench.limit.models_process import started_models
from bench.limit.result import LimitResult
from bench.report.document import read_documents
from tests.bench.limit_samples import TURN

WEIGHTS = os.environ.get("OCR_WEIGHTS_DIR", "weights")


def test_the_service_and_its_models_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One picture, two rounds: every part has a time."""
    monkeypatch.setattr(sample_choice, "CORPUS", tmp_path / "no corpus")
    out = tmp_path / "out.json"
    arguments = ["--weights", WEIGHTS, "--tier", "pp-ocrv6-tiny", "--det-max-side", "320", "--limit", "1"]
    arguments += ["--rounds", "2", "--seconds", "0.01", "--clients", "2", "--out", str(out)]
    assert main(["limit", "--setting", "OCR_ENGINE=openvino", *arguments]) == 0
    (document,) = read_documents(out)
    result = document.result_as(LimitResult)
    assert document.label.startswith("pp-ocrv6-tiny openvino")
    assert [len(turns) for turns in result.rounds] == [1, 1]
    for turns in result.rounds:
        (turn,) = turns
        assert (turn.images, turn.one.clients, turn.many.clients, turn.one.failed) == (1, 1, 2, 0)
        assert turn.lines >= 1
        assert turn.models[0].layout == OWN
        assert turn.models_latency_s > 0
        assert turn.one.latency_s > turn.one.function_s > 0
        assert turn.steps["detector: model"] > 0
        assert turn.steps["recogniser: model"] > 0
    assert "How far the models alone would go" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("bounds", "status", "words"),
    [
        ((0.0, 100.0), 0, ""),
        ((89.0, 16.0), 0, ""),
        ((91.0, 100.0), 1, "pages: 90.0 % of the models' throughput, not 91"),
        ((0.0, 10.0), 1, "pages: 15.0 % of one client's time beside the models, not 10"),
    ],
)
def test_a_bound_that_was_missed_is_said(
    bounds: tuple[float, float], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures of the sample are 90 and 15 %."""
    arguments = argparse.Namespace(min_share=bounds[0], max_beside=bounds[1])
    assert command._status(LimitResult(4, 2, ((TURN,),)), arguments, Console(width=200)) == status
    assert capsys.readouterr().out.strip() == words


def test_an_engine_without_openvino_has_no_limit(tmp_path: Path) -> None:
    """Nothing that it does is handed to OpenVINO."""
    with (
        pytest.raises(BenchError, match="engine null: the limit is that of OpenVINO"),
        started_models(tmp_path / "log", {"OCR_ENGINE": "null"}),
    ):
        pass


def test_models_that_cannot_be_loaded_are_told(tmp_path: Path) -> None:
    """With the loader's own words."""
    environment = {"OCR_ENGINE": "openvino", "OCR_MODEL": "pp-ocrv6-tiny", "OCR_WEIGHTS_DIR": str(tmp_path)}
    with pytest.raises(BenchError, match="is missing or unreadable"), started_models(tmp_path / "log", environment):
        pass


def test_a_stream_a_processor_is_tried_where_the_service_has_another_layout() -> None:
    """The same twice would be measured for nothing."""
    two = SlotPlan(cpus=2.0, detector_slots=1, detector_threads=2, recognizer_slots=2)
    assert layouts(two, 2) == {OWN: two, STREAMS: SlotPlan(2.0, 2, 1, 2)}
    one = SlotPlan(cpus=1.0, detector_slots=1, detector_threads=1, recognizer_slots=1)
    assert layouts(one, 1) == {OWN: one}
