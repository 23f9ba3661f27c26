"""What the settings' engine, precision and parity come to on this machine or that."""

import platform
from pathlib import Path

import pytest

from app.engines.choice import EngineChoice, choose_engine
from app.errors import ConfigurationError
from app.settings import Settings

PREPARED, OTHER = "pp-ocrv6-small", "pp-ocrv4-mobile"


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be an architecture with or without bf16 and int8."""

    def pretend(architecture, *, bf16, int8=False):
        monkeypatch.setattr(platform, "machine", lambda: architecture)
        monkeypatch.setattr("app.engines.choice.has_bf16", lambda: bf16)
        monkeypatch.setattr("app.engines.choice.has_int8", lambda: int8)

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


@pytest.mark.parametrize(
    ("cpu", "settings", "model", "precision"),
    [
        ((True, True), {}, PREPARED, "int8"),
        ((True, False), {}, PREPARED, "int8"),
        ((True, True), {"engine": "openvino", "parity": "close"}, PREPARED, "int8"),
        ((False, True), {}, PREPARED, "bf16"),  # without VNNI it saves no time
        ((False, False), {}, PREPARED, "f32"),
        ((True, True), {}, OTHER, "bf16"),  # a model of which no ranges are known
        ((True, False), {}, OTHER, "f32"),
        ((True, True), {"model_dir": Path("/mine") / PREPARED}, PREPARED, "bf16"),  # somebody's own, whatever its name
        ((True, True), {"parity": "exact"}, PREPARED, "bf16"),
        ((True, False), {"parity": "exact"}, PREPARED, "f32"),
        ((True, True), {"precision": "bf16"}, PREPARED, "bf16"),
        ((True, True), {"precision": "f32"}, PREPARED, "f32"),
        ((True, True), {"engine": "onnxruntime"}, PREPARED, "f32"),
        ((True, True), {"engine": "paddle"}, PREPARED, "f32"),
        ((False, False), {"precision": "int8"}, PREPARED, "int8"),  # slow, but asked for
    ],
)
def test_int8_is_for_prepared_models_where_the_cpu_has_it(machine, cpu, settings, model, precision):
    """By ``auto`` only with the CPU's instructions, a prepared tier and no exact parity; else bf16 or f32.

    cpu: whether it has int8, and whether it has bf16.
    """
    machine("x86_64", int8=cpu[0], bf16=cpu[1])
    choice = choose_engine(Settings(**settings), model)
    assert choice.precision == precision
    assert choice.exact is (settings.get("parity") == "exact" or precision == "f32")


@pytest.mark.parametrize(
    ("precision", "bf16", "arithmetic"),
    [
        ("int8", True, "bf16"),
        ("int8", False, "f32"),
        ("bf16", False, "bf16"),
        ("f32", True, "f32"),
        ("none", True, "none"),
    ],
)
def test_what_is_not_int8_is_in_the_best_floating_point(machine, precision, bf16, arithmetic):
    """Beside int8 it is bf16 where the CPU has that; any other precision is that of all."""
    machine("x86_64", bf16=bf16)
    assert EngineChoice("openvino", precision, exact=False).arithmetic == arithmetic


@pytest.mark.parametrize(
    ("settings", "model", "message"),
    [
        ({"precision": "int8"}, OTHER, r"OCR_PRECISION=int8: this model is not prepared for it, so use bf16 or f32"),
        ({"precision": "int8", "model_dir": Path("/mine") / PREPARED}, PREPARED, "OCR_PRECISION=int8: this model"),
        ({"precision": "int8", "parity": "exact"}, PREPARED, "OCR_PARITY=exact: it needs OCR_PRECISION=f32 or bf16"),
        ({"precision": "int8", "engine": "onnxruntime"}, PREPARED, "OCR_PRECISION=int8: engine onnxruntime computes"),
        ({"precision": "int8", "engine": "paddle"}, PREPARED, "OCR_PRECISION=int8: engine paddle computes in f32"),
    ],
)
def test_int8_that_cannot_be_is_refused(machine, settings, model, message):
    """Asked for by name it is never replaced by something else: the start ends with what to do instead."""
    machine("x86_64", bf16=True, int8=True)
    with pytest.raises(ConfigurationError, match=message):
        choose_engine(Settings(**settings), model)


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
