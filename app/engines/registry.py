"""Engine by name. An engine's runtime is imported only when it is chosen: the import is half of a cold start."""

import importlib
import platform
from dataclasses import dataclass
from pathlib import Path

from app.engines import null_engine
from app.engines.base import Engine
from app.engines.db_postprocess import DbThresholds
from app.engines.model_files import read_model_files
from app.engines.shape_buckets import DetectorBuckets
from app.errors import ConfigurationError, EngineError, OcrError
from app.machine import has_bf16
from app.settings import Settings
from app.slot_plan import SlotPlan

_GRAPH_ENGINES = {
    "openvino": "app.engines.openvino_engine",
    "onnxruntime": "app.engines.onnxruntime_engine",
}


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the settings come to on this machine: an engine's name and the arithmetic it computes in."""

    name: str
    precision: str


def choose_engine(settings: Settings) -> EngineChoice:
    """Resolve ``auto`` in the settings' engine and precision.

    Raises:
        ConfigurationError: The engine does not compute in the precision that is asked for.
    """
    name = settings.engine
    if name == "auto":
        name = "openvino" if platform.machine() in {"x86_64", "AMD64"} else "onnxruntime"
    if name == "null":
        return EngineChoice(name, "none")
    if name == "onnxruntime":
        if settings.precision == "bf16":
            raise ConfigurationError("OCR_PRECISION=bf16: engine onnxruntime computes in f32 on a CPU")
        return EngineChoice(name, "f32")
    if settings.precision == "auto":
        return EngineChoice(name, "bf16" if has_bf16() else "f32")
    return EngineChoice(name, settings.precision)


def load_engine(choice: EngineChoice, settings: Settings, directory: Path | None, plan: SlotPlan) -> Engine:
    """Load the chosen engine with the models in *directory* (None for an engine that has none).

    Raises:
        ConfigurationError: The engine's package is not installed.
        WeightsError: A model file is missing, or does not go with the others.
        EngineError: The runtime refused a model.
    """
    if choice.name == "null" or directory is None:
        return null_engine.load(plan, settings.null_delay_seconds)
    files = read_model_files(directory)
    limits = DbThresholds(
        settings.det_threshold,
        settings.det_box_threshold,
        settings.det_unclip_ratio,
        files.detector.max_candidates,
    )
    try:
        module = importlib.import_module(_GRAPH_ENGINES[choice.name])
    except ImportError as error:
        raise ConfigurationError(f"engine {choice.name}: {error}; pip install -r requirements.txt") from error
    buckets = DetectorBuckets.up_to(settings.det_max_side)
    try:
        engine: Engine = module.load(files, plan, choice.precision, limits, buckets)
    except OcrError:
        raise
    except Exception as error:
        raise EngineError(f"engine {choice.name} cannot load the models in {directory}: {error}") from error
    return engine
