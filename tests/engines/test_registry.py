"""Which engine the settings come to, and what is said where none can be had."""

import importlib
import json
import platform

import pytest

from app.engines.model_files import read_model_files
from app.engines.registry import EngineChoice, choose_engine, load_engine
from app.errors import ConfigurationError, EngineError, WeightsError
from app.settings import Settings
from app.slot_plan import SlotPlan

PLAN = SlotPlan(cpus=1, detector_slots=1, detector_threads=1, recognizer_slots=1)


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be an architecture with or without bf16."""

    def pretend(architecture, *, bf16):
        monkeypatch.setattr(platform, "machine", lambda: architecture)
        monkeypatch.setattr("app.engines.registry.has_bf16", lambda: bf16)

    return pretend


@pytest.mark.parametrize(
    ("architecture", "bf16", "choice"),
    [
        ("x86_64", True, ("openvino", "bf16")),
        ("AMD64", True, ("openvino", "bf16")),
        ("x86_64", False, ("openvino", "f32")),
        ("aarch64", True, ("onnxruntime", "f32")),
        ("ppc64le", False, ("onnxruntime", "f32")),
    ],
)
def test_auto_is_decided_by_the_machine(machine, architecture, bf16, choice):
    """Openvino on x86-64, onnxruntime elsewhere; bf16 where the CPU computes in it and the engine can."""
    machine(architecture, bf16=bf16)
    assert choose_engine(Settings()) == EngineChoice(*choice)


@pytest.mark.parametrize(
    ("engine", "precision", "choice"),
    [
        ("openvino", "f32", ("openvino", "f32")),
        ("openvino", "bf16", ("openvino", "bf16")),
        ("onnxruntime", "f32", ("onnxruntime", "f32")),
        ("onnxruntime", "auto", ("onnxruntime", "f32")),
    ],
)
def test_what_is_asked_for_is_taken(machine, engine, precision, choice):
    """An engine or a precision that the settings name is not second-guessed by the machine."""
    machine("x86_64", bf16=precision != "bf16")
    assert choose_engine(Settings(engine=engine, precision=precision)) == EngineChoice(*choice)


def test_the_null_engine_computes_in_nothing():
    """Its precision is called none, whatever was asked for."""
    assert choose_engine(Settings(engine="null", precision="bf16")) == EngineChoice("null", "none")


def test_a_precision_that_the_engine_has_not_is_refused():
    """bf16 on onnxruntime stops the start with a line that names the variable, rather than computing in another."""
    with pytest.raises(ConfigurationError, match="OCR_PRECISION"):
        choose_engine(Settings(engine="onnxruntime", precision="bf16"))


def test_a_runtime_that_is_not_installed_is_said_so(monkeypatch, tiny_tier):
    """The missing package is named, with the way to get it."""

    def missing(name):
        raise ImportError("No module named 'openvino'")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ConfigurationError, match=r"openvino.*pip install"):
        load_engine(EngineChoice("openvino", "f32"), Settings(), tiny_tier, PLAN)


def test_missing_models_are_named(tmp_path):
    """A directory without models is a weights error that names the first missing file."""
    with pytest.raises(WeightsError, match=r"det/inference\.onnx"):
        load_engine(EngineChoice("onnxruntime", "f32"), Settings(), tmp_path, PLAN)


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_a_damaged_graph_is_the_engines_error(tmp_path, tiny_tier, name):
    """A graph that the runtime refuses is an engine error that names the directory, not the runtime's own exception."""
    for part in ("det", "rec"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "inference.onnx").write_bytes(b"this is no graph")
        (tmp_path / part / "inference.yml").write_bytes((tiny_tier / part / "inference.yml").read_bytes())
    with pytest.raises(EngineError, match=str(tmp_path)):
        load_engine(EngineChoice(name, "f32"), Settings(), tmp_path, PLAN)


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
        load_engine(EngineChoice(name, "f32"), Settings(), tmp_path, PLAN)


def test_the_settings_reach_the_detector(tiny_tier, draw):
    """A box threshold of 1, which no box reaches, leaves nothing of a picture that has text at the default."""
    picture = draw("THRESHOLD")
    choice = EngineChoice("onnxruntime", "f32")
    found = [
        load_engine(choice, Settings(det_max_side=640, det_box_threshold=t), tiny_tier, PLAN).detectors[0]
        for t in (0.6, 1.0)
    ]
    assert [len(detector.detect([picture], 640)[0].scores) for detector in found] == [1, 0]
