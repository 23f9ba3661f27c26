"""Which engine computes, in what arithmetic, and how closely it follows PaddleOCR: what the settings come to here."""

import platform
from dataclasses import dataclass

from app.errors import ConfigurationError
from app.machine import has_bf16
from app.settings import Settings

_F32_ONLY = ("onnxruntime", "paddle")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """name: the engine; precision: the arithmetic it computes in, ``f32`` or ``bf16`` (``none`` without a model).

    exact: the models see what PaddleOCR would show them, each line padded to the widest of its six, so that at f32 the
    same text comes out. Otherwise each line is padded as little as possible: nearly always the same text, in less time.
    """

    name: str
    precision: str
    exact: bool


def choose_engine(settings: Settings) -> EngineChoice:
    """Resolve ``auto`` in the settings' engine, precision and parity.

    Raises:
        ConfigurationError: The engine does not compute in the precision that is asked for.
    """
    name = settings.engine
    if name == "auto":
        name = "openvino" if platform.machine() in {"x86_64", "AMD64"} else "onnxruntime"
    precision = _precision(name, settings.precision)
    # Rounded to bf16, one line in fifty reads differently anyhow: there is no identity to pay for.
    exact = {"exact": True, "close": False, "auto": precision == "f32"}[settings.parity]
    if name == "paddle" and not exact:
        raise ConfigurationError("OCR_PARITY=close: engine paddle is PaddleOCR itself, and pads lines as it does")
    return EngineChoice(name, precision, exact)


def _precision(name: str, wanted: str) -> str:
    if name == "null":
        return "none"
    if name in _F32_ONLY:
        if wanted == "bf16":
            raise ConfigurationError(f"OCR_PRECISION=bf16: engine {name} computes in f32 on a CPU")
        return "f32"
    if wanted == "auto":
        return "bf16" if has_bf16() else "f32"
    return wanted
