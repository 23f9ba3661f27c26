"""Which models the settings ask for, and where they lie: a tier, official models by name, or the user's own."""

from pathlib import Path

from app.errors import ConfigurationError, WeightsError
from app.settings import Settings
from app.weights.manifest import read_manifest
from app.weights.official_models import ENGINE, OfficialPair, missing_models
from app.weights.store import find_tier, installed_directory


def model_name(settings: Settings, engine: str) -> str:
    """What the models are called that *settings* ask for, on the engine of that name."""
    if settings.model_dir is not None:
        return settings.model_dir.name
    if settings.model != "auto":
        return settings.model
    return read_manifest().defaults.get(engine, engine)


def model_directory(settings: Settings, engine: str) -> Path:
    """Where the models lie that *settings* ask for, on the engine of that name: a directory with ``det/`` and ``rec/``.

    Raises:
        WeightsError: They are unknown, or not fetched.
        ConfigurationError: The engine does not run models of their format.
    """
    if settings.model_dir is not None:
        return settings.model_dir
    name = model_name(settings, engine)
    if pair := OfficialPair.parse(name):
        return _official_directory(settings.weights_dir, pair, engine)
    tier = find_tier(read_manifest(), name)
    if engine not in tier.engines:
        raise _mismatch(name, " and ".join(tier.engines), engine)
    return installed_directory(settings.weights_dir, name)


def _official_directory(weights_dir: Path, pair: OfficialPair, engine: str) -> Path:
    if engine != ENGINE:
        raise _mismatch(pair.name, ENGINE, engine)
    if missing := missing_models(weights_dir, pair):
        raise WeightsError(
            f"{' and '.join(missing)} not in {weights_dir}: run `make weights` or "
            f"`python -m app.weights fetch {pair.name}`"
        )
    return weights_dir / pair.name


def _mismatch(model: str, engines: str, engine: str) -> ConfigurationError:
    names = ", ".join(tier.name for tier in read_manifest().tiers.values() if engine in tier.engines)
    return ConfigurationError(f"OCR_MODEL={model} is for engine {engines}, not for {engine}, which serves {names}")
