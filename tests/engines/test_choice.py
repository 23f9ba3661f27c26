"""What the settings' engine, precision and parity come to on this machine or that."""

import platform

import pytest

from app.engines.choice import EngineChoice, choose_engine
from app.errors import ConfigurationError
from app.settings import Settings


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be an architecture with or without bf16."""

    def pretend(architecture, *, bf16):
        monkeypatch.setattr(platform, "machine", lambda: architecture)
        monkeypatch.setattr("app.engines.choice.has_bf16", lambda: bf16)

    return pretend


@pytest.mark.parametrize(
    ("architecture", "bf16", "choice"),
    [
        ("x86_64", True, ("openvino", "bf16", False)),
        ("AMD64", True, ("openvino", "bf16", False)),
        ("x86_64", False, ("openvino", "f32", True)),
        ("aarch64", True, ("onnxruntime", "f32", True)),
        ("ppc64le", False, ("onnxruntime", "f32", True)),
    ],
)
def test_auto_is_decided_by_the_machine(machine, architecture, bf16, choice):
    """Openvino on x86-64, onnxruntime elsewhere; bf16 where the CPU computes in it and the engine can; exact at f32."""
    machine(architecture, bf16=bf16)
    assert choose_engine(Settings()) == EngineChoice(*choice)


@pytest.mark.parametrize(
    ("engine", "precision", "choice"),
    [
        ("openvino", "f32", ("openvino", "f32", True)),
        ("openvino", "bf16", ("openvino", "bf16", False)),
        ("onnxruntime", "f32", ("onnxruntime", "f32", True)),
        ("onnxruntime", "auto", ("onnxruntime", "f32", True)),
        ("paddle", "auto", ("paddle", "f32", True)),
    ],
)
def test_what_is_asked_for_is_taken(machine, engine, precision, choice):
    """An engine or a precision that the settings name is not second-guessed by the machine."""
    machine("x86_64", bf16=precision != "bf16")
    assert choose_engine(Settings(engine=engine, precision=precision)) == EngineChoice(*choice)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("precision", ["bf16", "f32"])
@pytest.mark.parametrize(("parity", "exact"), [("exact", True), ("close", False)])
def test_the_parity_that_is_asked_for_is_taken(machine, engine, precision, parity, exact):
    """At either precision lines are padded as the settings say, where they say."""
    machine("x86_64", bf16=precision == "bf16")
    precision = precision if engine == "openvino" else "f32"
    settings = Settings(engine=engine, precision=precision, parity=parity)
    assert choose_engine(settings) == EngineChoice(engine, precision, exact)


def test_the_null_engine_computes_in_nothing():
    """Its precision is called none, whatever was asked for."""
    choice = choose_engine(Settings(engine="null", precision="bf16"))
    assert (choice.name, choice.precision) == ("null", "none")


@pytest.mark.parametrize("engine", ["onnxruntime", "paddle"])
def test_a_precision_that_the_engine_has_not_is_refused(engine):
    """bf16 on an engine without it stops the start with a line that names the variable."""
    with pytest.raises(ConfigurationError, match=f"OCR_PRECISION.*{engine}"):
        choose_engine(Settings(engine=engine, precision="bf16"))


def test_paddle_cannot_be_made_to_pad_otherwise():
    """PaddleOCR pads as it does: ``close`` is refused, rather than ignored."""
    with pytest.raises(ConfigurationError, match=r"OCR_PARITY.*paddle"):
        choose_engine(Settings(engine="paddle", parity="close"))
