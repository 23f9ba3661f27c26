"""Engine by name. An engine's runtime is imported only when it is chosen: the import is half of a cold start."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from app.engines import null_engine
from app.engines.base import Engine, OrientationSlot
from app.engines.choice import EngineChoice
from app.errors import ConfigurationError, EngineError, OcrError
from app.settings import Settings
from app.slot_plan import SlotPlan

T = TypeVar("T")

_ENGINES = {
    "openvino": "app.engines.openvino_engine",
    "onnxruntime": "app.engines.onnxruntime_engine",
    "paddle": "app.engines.paddle_engine",
}
_ORIENTATION = {
    "openvino": "app.engines.openvino_orientation",
    "onnxruntime": "app.engines.onnxruntime_orientation",
    "paddle": "app.engines.onnxruntime_orientation",  # there are no such models in Paddle's format to be had
}


def load_engine(choice: EngineChoice, settings: Settings, directory: Path | None, plan: SlotPlan) -> Engine:
    """Load the chosen engine with the models in *directory* (None for an engine that has none).

    Raises:
        ConfigurationError: The engine's package is not installed.
        WeightsError: A model file is missing, or does not go with the others.
        EngineError: The runtime refused a model.
    """
    if choice.name == "null" or directory is None:
        return null_engine.load(plan, settings.null_delay_seconds)
    module = import_engine(choice)
    engine: Engine = _loaded(choice, directory, lambda: module.load(directory, plan, choice, settings))
    return engine


def import_engine(choice: EngineChoice) -> Any:
    """Import the chosen engine, with its runtime; without one that is nothing.

    Raises:
        ConfigurationError: The engine's package is not installed.
    """
    return None if choice.name == "null" else _import(choice, _ENGINES[choice.name])


def load_orientation(choice: EngineChoice, directory: Path | None, plan: SlotPlan) -> tuple[OrientationSlot, ...]:
    """Load the orientation models in *directory*, a slot a recogniser slot; none without a directory.

    Raises:
        ConfigurationError: The runtime's package is not installed.
        EngineError: The runtime refused a model.
    """
    if choice.name == "null":
        return null_engine.load_orientation(plan)
    if directory is None:
        return ()
    module = _import(choice, _ORIENTATION[choice.name])
    slots: tuple[OrientationSlot, ...] = _loaded(choice, directory, lambda: module.load(directory, plan))
    return slots


def _import(choice: EngineChoice, module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        file = "requirements.txt" if choice.name == "paddle" else "requirements-slim.txt"
        raise ConfigurationError(f"engine {choice.name}: {error}; pip install -r {file}") from error


def _loaded(choice: EngineChoice, directory: Path, load: Callable[[], T]) -> T:
    try:
        return load()
    except OcrError:
        raise
    except Exception as error:
        raise EngineError(f"engine {choice.name} cannot load the models in {directory}: {error}") from error
