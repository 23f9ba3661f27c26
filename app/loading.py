"""Loads the engine in a thread of its own while the rest of the service is imported.

Importing is Python's work, one thread at a time, and loading is mostly C++'s: so the engine's runtime is imported
first, alone, and all other imports then cost no time where there is a second processor.
"""

import contextlib
import os
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from app.allocator import return_large_blocks
from app.engines.base import Engine
from app.engines.choice import EngineChoice, choose_engine, engine_name
from app.engines.registry import import_engine, load_engine
from app.errors import WeightsError
from app.memory_plan import MemoryPlan
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.weights.selection import model_directory, model_name
from app.weights.store import orientation_directory

_KEEPS_ACTIVATIONS = "openvino"
"""The engine whose runtime does: what else allocates large blocks are pictures, which come and go."""

_INFERENCE_NICENESS = 10
"""With it the p99 of probes under load halves (28 to 13 ms, /metrics 52 to 19), and as many requests are answered."""


@dataclass(frozen=True, slots=True)
class LoadedEngine:
    """An engine, and how long it took to load."""

    engine: Engine
    seconds: float


@dataclass(frozen=True, slots=True)
class Loading:
    """What is loaded, and where that has got to. directory, orientation_models: None where there are none.

    imported: set once the engine's runtime is imported, or cannot be. engine: set in the end.
    """

    settings: Settings
    choice: EngineChoice
    directory: Path | None
    orientation_models: Path | None
    plan: SlotPlan
    memory: MemoryPlan
    imported: threading.Event = field(default_factory=threading.Event)
    engine: Future[LoadedEngine] = field(default_factory=Future)

    def run(self) -> None:
        """Load, and set :attr:`engine` to it or to why it could not be."""
        begun = time.perf_counter()
        try:
            import_engine(self.choice)
            self.imported.set()
            step_behind()
            engine = load_engine(self.choice, self.settings, self.directory, self.plan)
        except BaseException as error:  # noqa: BLE001 - a thread that dies in silence would leave the start waiting
            self.imported.set()
            self.engine.set_exception(error)
        else:
            self.engine.set_result(LoadedEngine(engine, time.perf_counter() - begun))


def begin_loading(settings: Settings) -> Loading:
    """Begin to load what *settings* ask for; with ``warmup=import`` returns when its runtime is imported, else at once.

    Raises:
        WeightsError: The models are not there.
        ConfigurationError: The settings contradict each other.
    """
    choice = engine_choice(settings)
    directory = None if choice.name == "null" else model_directory(settings, choice.name)
    orientation_models = _orientation_models(settings, choice)
    plan, memory = SlotPlan.for_settings(settings), MemoryPlan.for_settings(settings, exact=choice.exact)
    loading = Loading(settings, choice, directory, orientation_models, plan, memory)
    if choice.name == _KEEPS_ACTIVATIONS:
        return_large_blocks()
    threading.Thread(target=loading.run, name="load", daemon=True).start()
    if settings.warmup == "import":
        loading.imported.wait()
    return loading


def engine_choice(settings: Settings) -> EngineChoice:
    """What *settings* come to for the models that they ask for.

    Raises:
        ConfigurationError: They contradict each other.
    """
    return choose_engine(settings, model_name(settings, engine_name(settings)))


def step_behind() -> None:
    """Let this thread, and every thread that it starts, step behind the HTTP threads.

    A thread that holds the interpreter lock must not wait for a processor while the models keep them all busy: every
    probe would wait with it.
    """
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _INFERENCE_NICENESS)


def _orientation_models(settings: Settings, choice: EngineChoice) -> Path | None:
    directory = orientation_directory(settings.weights_dir)
    if directory is None and settings.autorotate != "off" and choice.name != "null":
        raise WeightsError(
            f"OCR_AUTOROTATE={settings.autorotate}: the orientation models are not in {settings.weights_dir}: "
            "run `make weights` or `python -m app.weights fetch orientation`"
        )
    return directory
