"""What the settings come to on this machine, before anything is loaded: engine, models, slots and memory."""

from dataclasses import dataclass
from pathlib import Path

from app.engines.choice import EngineChoice, choose_engine, engine_name
from app.errors import WeightsError
from app.memory_plan import MemoryPlan
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.weights.selection import model_directory, model_name
from app.weights.store import orientation_directory


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """What is to be loaded, and how. model: its name. directory, orientation_models: None where there are none."""

    settings: Settings
    model: str
    choice: EngineChoice
    directory: Path | None
    orientation_models: Path | None
    slots: SlotPlan
    memory: MemoryPlan

    @property
    def can_turn(self) -> bool:
        """Whether there is what tells how pages and lines lie."""
        return self.choice.name == "null" or self.orientation_models is not None

    @property
    def can_doubt(self) -> bool:
        """Whether the engine tells what it nearly read: PaddleOCR itself gives the text alone."""
        return self.choice.name != "paddle"


def plan_engine(settings: Settings) -> EnginePlan:
    """What *settings* come to.

    Raises:
        WeightsError: The models are not there.
        ConfigurationError: The settings contradict each other.
    """
    choice, slots = engine_choice(settings), SlotPlan.for_settings(settings)
    return EnginePlan(
        settings=settings,
        model=model_name(settings, choice.name),
        choice=choice,
        directory=None if choice.name == "null" else model_directory(settings, choice.name),
        orientation_models=_orientation_models(settings, choice),
        slots=slots,
        memory=MemoryPlan.for_settings(settings, slots, choice),
    )


def engine_choice(settings: Settings) -> EngineChoice:
    """What *settings* come to for the models that they ask for.

    Raises:
        ConfigurationError: They contradict each other.
    """
    return choose_engine(settings, model_name(settings, engine_name(settings)))


def _orientation_models(settings: Settings, choice: EngineChoice) -> Path | None:
    directory = orientation_directory(settings.weights_dir)
    if directory is None and settings.autorotate != "off" and choice.name != "null":
        raise WeightsError(
            f"OCR_AUTOROTATE={settings.autorotate}: the orientation models are not in {settings.weights_dir}: "
            "run `make weights` or `python -m app.weights fetch orientation`"
        )
    return directory
