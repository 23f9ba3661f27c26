"""Which models the settings come to, and where they lie."""

from pathlib import Path

import pytest

from app.errors import ConfigurationError, WeightsError
from app.settings import Settings
from app.weights.manifest import read_manifest
from app.weights.selection import model_directory, model_name


@pytest.fixture
def folder(tmp_path):
    """A folder with an empty file in the place of each of every tier."""
    for tier in read_manifest().tiers.values():
        for file in tier.files:
            path = tmp_path / tier.name / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("engine", "tier"),
    [("openvino", "pp-ocrv6-small"), ("onnxruntime", "pp-ocrv6-small"), ("paddle", "pp-ocrv4-mobile")],
)
def test_auto_is_the_engines_default(folder, engine, tier):
    """Who names no model gets one that the engine runs and that the package index has."""
    settings = Settings(weights_dir=folder)
    assert model_name(settings, engine) == tier
    assert model_directory(settings, engine) == folder / tier


def test_a_tier_is_taken_by_its_name(folder):
    """Whatever the default is."""
    settings = Settings(weights_dir=folder, model="pp-ocrv6-tiny")
    assert model_name(settings, "onnxruntime") == "pp-ocrv6-tiny"
    assert model_directory(settings, "onnxruntime") == folder / "pp-ocrv6-tiny"


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime", "paddle"])
def test_your_own_directory_is_taken_as_it_is(engine):
    """It goes before OCR_MODEL, and its last part is what it is called."""
    settings = Settings(model_dir=Path("/models/mine"), model="pp-ocrv6-tiny")
    assert model_name(settings, engine) == "mine"
    assert model_directory(settings, engine) == Path("/models/mine")


@pytest.mark.parametrize(
    ("engine", "model", "offered"),
    [
        ("paddle", "pp-ocrv6-small", "pp-ocrv4-mobile"),
        ("openvino", "pp-ocrv4-mobile", "pp-ocrv6-small, pp-ocrv6-tiny"),
        ("onnxruntime", "PP-OCRv5_server", "pp-ocrv6-small, pp-ocrv6-tiny"),
    ],
)
def test_models_of_another_engine_are_refused(folder, engine, model, offered):
    """The error names the setting, and what the engine serves instead."""
    with pytest.raises(ConfigurationError, match=f"OCR_MODEL={model}.*{offered}"):
        model_directory(Settings(weights_dir=folder, model=model), engine)


def test_official_models_lie_below_their_names(folder):
    """Before they are fetched the error says how, afterwards the directory has them."""
    settings = Settings(weights_dir=folder, model="PP-OCRv5_server")
    with pytest.raises(WeightsError, match=r"PP-OCRv5_server_det and PP-OCRv5_server_rec .*fetch PP-OCRv5_server"):
        model_directory(settings, "paddle")
    for part in ("det", "rec"):
        (folder / "PP-OCRv5_server" / part).mkdir(parents=True)
        for name in ("inference.json", "inference.pdiparams", "inference.yml"):
            (folder / "PP-OCRv5_server" / part / name).touch()
    assert model_directory(settings, "paddle") == folder / "PP-OCRv5_server"
    assert model_name(settings, "paddle") == "PP-OCRv5_server"


@pytest.mark.parametrize("model", ["pp-ocrv6", "nonsense", "../elsewhere"])
def test_an_unknown_model_is_refused(folder, model):
    """The error names those that there are."""
    with pytest.raises(WeightsError, match="known are pp-ocrv6-small"):
        model_directory(Settings(weights_dir=folder, model=model), "openvino")


def test_without_an_engine_there_is_no_model():
    """The null engine is not said to serve a model that it has not."""
    assert model_name(Settings(), "null") == "null"
