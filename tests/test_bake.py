"""``python -m app.bake``: a cache that the service finds, or an exit status that says there is none."""

import pytest

from app.bake import main


@pytest.fixture
def environment(monkeypatch, weights_dir, tmp_path):
    """Set OCR_* for the smallest tier, with a cache that is not there yet; returns the cache's folder."""
    monkeypatch.setenv("OCR_WEIGHTS_DIR", str(weights_dir))
    monkeypatch.setenv("OCR_MODEL", "pp-ocrv6-tiny")
    monkeypatch.setenv("OCR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_leaves_an_entry(environment, capsys):
    """One file, which it names; a second run finds it and leaves it alone."""
    assert main() == 0
    (entry,) = environment.iterdir()
    assert str(entry) in capsys.readouterr().out
    written = entry.stat().st_mtime_ns
    assert main() == 0
    assert entry.stat().st_mtime_ns == written


def test_other_engines_have_nothing_to_keep(environment, monkeypatch):
    """An image for another architecture builds all the same, with an empty folder."""
    monkeypatch.setenv("OCR_ENGINE", "onnxruntime")
    assert main() == 0
    assert list(environment.iterdir()) == []


def test_a_cache_that_cannot_be_made_is_an_error(environment, capsys):
    """A build must not end without what it was to leave."""
    environment.touch()
    assert main() == 1
    assert "cache" in capsys.readouterr().err


def test_nowhere_to_bake_is_an_error(monkeypatch, capsys):
    """Without OCR_CACHE_DIR there is nothing to do."""
    monkeypatch.delenv("OCR_CACHE_DIR", raising=False)
    assert main() == 1
    assert "OCR_CACHE_DIR" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["no-such-tier"])
def test_models_that_are_not_there_are_an_error(environment, monkeypatch, capsys, model):
    """As the service's start would say it."""
    monkeypatch.setenv("OCR_MODEL", model)
    assert main() == 1
    assert model in capsys.readouterr().err
