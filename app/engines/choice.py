"""Which engine computes, in what arithmetic, and how closely it follows PaddleOCR: what the settings come to here."""

import platform
from dataclasses import dataclass

from app.engines.int8_ranges import has_ranges
from app.errors import ConfigurationError
from app.machine import has_bf16, has_int8, has_int8_tiles
from app.settings import Settings

_F32_ONLY = ("onnxruntime", "paddle")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """name: the engine. precision: ``f32``, ``bf16``, or ``int8`` where most products are of 8-bit integers.

    Without a model it is ``none``.

    exact: the models see what PaddleOCR would show them, each line padded to the widest of its six, so that at f32 the
    same text comes out. Otherwise each line is padded as little as possible: nearly always the same text, in less time.
    """

    name: str
    precision: str
    exact: bool

    @property
    def arithmetic(self) -> str:
        """What is computed in floating point, and so all that is not int8: ``f32`` or ``bf16``."""
        if self.precision == "int8":
            return "bf16" if has_bf16() else "f32"
        return self.precision

    @property
    def in_tiles(self) -> bool:
        """Whether integers are multiplied in the CPU's tiles."""
        return self.precision == "int8" and has_int8_tiles()


def engine_name(settings: Settings) -> str:
    """The engine that *settings* ask for, ``auto`` resolved."""
    if settings.engine != "auto":
        return settings.engine
    return "openvino" if platform.machine() in {"x86_64", "AMD64"} else "onnxruntime"


def choose_engine(settings: Settings, model: str = "") -> EngineChoice:
    """Resolve ``auto`` in the settings' engine, precision and parity, for *model* as the manifest calls it.

    Raises:
        ConfigurationError: The engine does not compute in the precision that is asked for, or not this model.
    """
    name = engine_name(settings)
    precision = _precision(name, settings, model_has_ranges=settings.model_dir is None and has_ranges(model))
    # Rounded to bf16 one line in forty reads differently anyhow, to int8 one in thirteen, with char-F1 the
    # same within 0.05 points: there is no identity to pay for.
    exact = {"exact": True, "close": False, "auto": precision == "f32"}[settings.parity]
    if name == "paddle" and not exact:
        raise ConfigurationError("OCR_PARITY=close: engine paddle is PaddleOCR itself, and pads lines as it does")
    return EngineChoice(name, precision, exact)


def _precision(name: str, settings: Settings, *, model_has_ranges: bool) -> str:
    wanted = settings.precision
    if name == "null":
        return "none"
    if name in _F32_ONLY:
        if wanted in {"bf16", "int8"}:
            raise ConfigurationError(f"OCR_PRECISION={wanted}: engine {name} computes in f32 on a CPU")
        return "f32"
    if wanted == "int8" and not model_has_ranges:
        raise ConfigurationError("OCR_PRECISION=int8: this model is not prepared for it, so use bf16 or f32")
    if wanted == "int8" and settings.parity == "exact":
        raise ConfigurationError("OCR_PARITY=exact: it needs OCR_PRECISION=f32 or bf16")
    if wanted != "auto":
        return wanted
    if model_has_ranges and settings.parity != "exact" and has_int8():
        return "int8"
    return "bf16" if has_bf16() else "f32"
