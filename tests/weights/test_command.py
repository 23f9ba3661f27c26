"""``python -m app.weights`` from its arguments to its exit status."""

import dataclasses

import pytest

from app.weights.__main__ import main
from app.weights.manifest import Manifest


@pytest.fixture
def command(monkeypatch, store, tier):
    """Run the command on a manifest that has the fake tier alone."""
    monkeypatch.setenv("OCR_WEIGHTS_DIR", str(store))
    orientation = dataclasses.replace(tier, name="orientation")
    manifest = Manifest({tier.name: tier}, orientation, {"openvino": tier.name}, ("PP-OCRv5_server",))
    monkeypatch.setattr("app.weights.__main__.read_manifest", lambda: manifest)
    return lambda *arguments: main(list(arguments))


def test_fetch_verify_and_list(command, store, capfd):
    """Missing files are a failure that names them; after the fetch of everything all is well, and the list says so."""
    assert command("list") == 0
    assert "not fetched" in capfd.readouterr().out
    assert command("verify") == 1
    assert str(store / "fake-tier" / "det" / "inference.onnx") in capfd.readouterr().err
    assert command("fetch") == 0
    assert command("verify", "fake-tier") == 0
    assert command("verify") == 0
    capfd.readouterr()
    assert command("list") == 0
    assert "ready" in capfd.readouterr().out


def test_errors_are_one_line_with_their_code(command, index, capfd):
    """An unknown tier and a failed download end with status 1 and a line on stderr, no traceback."""
    assert command("fetch", "nonsense") == 1
    assert capfd.readouterr().err.startswith("weights_error: unknown model 'nonsense'")
    index.withdraw()
    assert command("fetch") == 1
    said = capfd.readouterr().err
    assert "weights_error: pip could not download" in said
    assert "Traceback" not in said


def test_a_bad_setting_is_said_so(command, monkeypatch, capfd):
    """The command reads the settings like the service does."""
    monkeypatch.setenv("OCR_PORT", "nonsense")
    assert command("list") == 1
    assert capfd.readouterr().err.startswith("configuration_error: OCR_PORT=")


def test_orientation_is_fetched_by_its_name(command, store):
    """An image may bake it in beside a tier; it is no tier, and brings none."""
    assert command("fetch", "orientation") == 0
    assert [path.name for path in store.iterdir() if not path.name.startswith(".")] == ["orientation"]


def test_the_official_models_of_the_settings_are_asked_for(command, monkeypatch, store, capfd):
    """Without a name the models that OCR_MODEL names belong to what is needed, else they do not."""
    assert command("fetch") == 0
    monkeypatch.setenv("OCR_MODEL", "PP-OCRv5_server")
    assert command("fetch") == 1
    assert "is for engine paddle: set OCR_ENGINE=paddle" in capfd.readouterr().err
    monkeypatch.setenv("OCR_ENGINE", "paddle")
    assert command("verify") == 1
    said = capfd.readouterr().err
    assert "PP-OCRv5_server_det: missing" in said
    assert "PP-OCRv5_server_rec: missing" in said
    for part in ("det", "rec"):
        folder = store / "PP-OCRv5_server" / part
        folder.mkdir(parents=True)
        for name in ("inference.json", "inference.pdiparams", "inference.yml"):
            (folder / name).touch()
    assert command("verify") == 0
