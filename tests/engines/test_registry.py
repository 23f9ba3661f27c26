"""Loading an engine by its name, and what is said where none can be had."""

import importlib
import json

import pytest

from app.engines.choice import EngineChoice
from app.engines.model_files import read_model_files
from app.engines.registry import load_engine, load_orientation
from app.errors import ConfigurationError, EngineError, WeightsError
from app.settings import Settings
from app.slot_plan import SlotPlan

PLAN = SlotPlan(cpus=1, detector_slots=1, detector_threads=1, recognizer_slots=1)


def test_a_runtime_that_is_not_installed_is_said_so(monkeypatch, tiny_tier):
    """The missing package is named, with the way to get it."""

    def missing(name):
        raise ImportError("No module named 'openvino'")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ConfigurationError, match=r"openvino.*pip install"):
        load_engine(EngineChoice("openvino", "f32", exact=True), Settings(), tiny_tier, PLAN)


def test_missing_models_are_named(tmp_path):
    """A directory without models is a weights error that names the first missing file."""
    with pytest.raises(WeightsError, match=r"det/inference\.onnx"):
        load_engine(EngineChoice("onnxruntime", "f32", exact=True), Settings(), tmp_path, PLAN)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_a_damaged_graph_is_the_engines_error(tmp_path, tiny_tier, name):
    """A graph that the runtime refuses is an engine error that names the directory, not the runtime's own exception."""
    for part in ("det", "rec"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "inference.onnx").write_bytes(b"this is no graph")
        (tmp_path / part / "inference.yml").write_bytes((tiny_tier / part / "inference.yml").read_bytes())
    with pytest.raises(EngineError, match=str(tmp_path)):
        load_engine(EngineChoice(name, "f32", exact=True), Settings(), tmp_path, PLAN)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("change", [-1, 1])
def test_a_dictionary_that_does_not_fit_its_graph_is_refused(tmp_path, tiny_tier, name, change):
    """With one character too few or too many every text would be wrong, or a request fail: the load fails instead."""
    for part in ("det", "rec"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "inference.onnx").symlink_to(tiny_tier / part / "inference.onnx")
    (tmp_path / "det" / "inference.yml").write_bytes((tiny_tier / "det" / "inference.yml").read_bytes())
    characters = list(read_model_files(tiny_tier).recognizer.alphabet[1:-1])
    characters = characters[:-1] if change < 0 else ["?", *characters]
    (tmp_path / "rec" / "inference.yml").write_text(
        json.dumps({"PostProcess": {"character_dict": characters}}, ensure_ascii=False)
    )
    with pytest.raises((WeightsError, EngineError), match="character"):
        load_engine(EngineChoice(name, "f32", exact=True), Settings(), tmp_path, PLAN)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime", "null"])
def test_there_is_an_orientation_slot_a_recogniser_slot(name, orientation_models):
    """Lines are looked at as many at a time as they are read."""
    plan = SlotPlan(cpus=3, detector_slots=1, detector_threads=3, recognizer_slots=3)
    assert len(load_orientation(EngineChoice(name, "f32", exact=True), orientation_models, plan)) == 3


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_without_orientation_models_there_are_no_slots(name):
    """They are optional: without them nothing is loaded and nothing fails."""
    assert load_orientation(EngineChoice(name, "f32", exact=True), None, PLAN) == ()


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_a_damaged_orientation_model_is_the_engines_error(tmp_path, name):
    """A graph that the runtime refuses is an engine error that names the directory."""
    for part in ("page", "line"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "inference.onnx").write_bytes(b"this is no graph")
    with pytest.raises(EngineError, match=str(tmp_path)):
        load_orientation(EngineChoice(name, "f32", exact=True), tmp_path, PLAN)
