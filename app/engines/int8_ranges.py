"""How large the values are that a model's layers are given: what 8-bit integers must be able to stand for.

Measured by ``python -m bench ranges`` on labelled pictures, for the tiers of the manifest.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

Ranges = Mapping[str, tuple[float, float]]
"""Of a layer, by its name in the graph: the least and the greatest value that it is given."""

FOLDER = Path(__file__).parent / "int8_ranges"


def has_ranges(model: str) -> bool:
    """Whether there are ranges for *model*, a name from the manifest."""
    return _path(model).is_file()


def read_ranges(model: str) -> Ranges:
    """The ranges of the recogniser of *model*."""
    with _path(model).open("rb") as file:
        layers = tomllib.load(file)["recognizer"]
    return {name: (float(least), float(greatest)) for name, (least, greatest) in layers.items()}


def _path(model: str) -> Path:
    return FOLDER / f"{Path(model).name}.toml"
