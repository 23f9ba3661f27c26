"""Models as PaddleX wants them: a directory a model, in the format of one of two engines."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.errors import BenchError

FORMATS = {
    "onnxruntime": (("inference.onnx",),),
    "paddle_static": (("inference.pdmodel", "inference.pdiparams"), ("inference.json", "inference.pdiparams")),
}
"""By the engine's name in PaddleX: the sets of files, one of which a model consists of."""

DESCRIPTION = "inference.yml"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """One model: its directory, its official name, what runs it (by PaddleX's name), and the sha256 of its files."""

    folder: Path
    name: str
    engine: str
    sha256: str

    @classmethod
    def open(cls, folder: Path) -> ModelFiles:
        """Look which format lies there; raises BenchError when files or ``Global.model_name`` are missing."""
        engine, files = _found(folder)
        description = folder / DESCRIPTION
        document = yaml.safe_load(description.read_text(encoding="utf-8"))
        name = (document.get("Global") or {}).get("model_name")
        if not isinstance(name, str):
            raise BenchError(f"{description} has no Global.model_name")
        content = b"".join((folder / file).read_bytes() for file in files)
        return cls(folder.resolve(), name, engine, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class TierModels:
    """A tier's detector and recogniser, which one engine runs."""

    tier: str
    detector: ModelFiles
    recogniser: ModelFiles

    @classmethod
    def open(cls, weights: Path, tier: str) -> TierModels:
        """Open ``weights/<tier>/{det,rec}``; raises BenchError when they are not there, or in two formats."""
        detector, recogniser = (ModelFiles.open(weights / tier / role) for role in ("det", "rec"))
        if detector.engine != recogniser.engine:
            raise BenchError(f"{weights / tier}: the detector is for {detector.engine}, the recogniser is not")
        return cls(tier, detector, recogniser)

    @property
    def engine(self) -> str:
        """What runs both, by PaddleX's name."""
        return self.detector.engine

    def document(self) -> dict[str, dict[str, str]]:
        """Return both models' names and hashes for a reference file's header."""
        models = {"det": self.detector, "rec": self.recogniser}
        return {role: {"name": model.name, "sha256": model.sha256} for role, model in models.items()}


def _found(folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the engine whose files lie in the directory, and the files; raises BenchError where none does."""
    for engine, formats in FORMATS.items():
        for files in formats:
            if all((folder / file).is_file() for file in (*files, DESCRIPTION)):
                return engine, files
    wanted = " or ".join("{" + ",".join((*files, DESCRIPTION)) + "}" for sets in FORMATS.values() for files in sets)
    raise BenchError(f"no model in {folder}: --weights wants DIR/<tier>/{{det,rec}}/{wanted}")
