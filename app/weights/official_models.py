"""Models by the names under which PaddleOCR publishes them, brought here by PaddleOCR's own downloader.

They come in Paddle's format, for engine paddle. Their checksums are not pinned: they are what their authors publish.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import WeightsError
from app.weights.store import locked

ENGINE = "paddle"
"""What runs them."""

_STEM = re.compile(r"PP-OCRv\d+_(?!\w*(det|rec)(_|$))\w+", re.ASCII)
_PAIR = re.compile(r"(?P<detector>\w[\w.-]*_det)\+(?P<recognizer>\w[\w.-]*_rec(_[a-z]+)?)", re.ASCII)
_GRAPHS = ("inference.json", "inference.pdmodel")
_NEEDED = ("inference.pdiparams", "inference.yml")

# Runs in a process of its own: the import of PaddleX takes seconds and leaves handlers and folders behind.
_DOWNLOAD = """
import sys
from paddlex.inference.utils.official_models import official_models
official_models.get_model_path(sys.argv[1], model_formats=("paddle",))
"""


@dataclass(frozen=True, slots=True)
class OfficialPair:
    """A detector and a recogniser by their official names. name: as it was asked for, and of the pair's directory."""

    name: str
    detector: str
    recognizer: str

    @classmethod
    def parse(cls, name: str) -> "OfficialPair | None":
        """``PP-OCRv5_server`` (its ``_det`` and ``_rec``), or ``X_det+Y_rec``; None where *name* is neither."""
        if found := _PAIR.fullmatch(name):
            return cls(name, found["detector"], found["recognizer"])
        if _STEM.fullmatch(name):
            return cls(name, f"{name}_det", f"{name}_rec")
        return None

    def parts(self, weights_dir: Path) -> Iterator[tuple[str, Path]]:
        """Each model's name, and where it lies."""
        yield self.detector, weights_dir / self.name / "det"
        yield self.recognizer, weights_dir / self.name / "rec"


def missing_models(weights_dir: Path, pair: OfficialPair) -> list[str]:
    """Names of the models of *pair* that are not here."""
    return [name for name, directory in pair.parts(weights_dir) if not _is_whole(directory)]


def fetch_official(weights_dir: Path, pair: OfficialPair) -> list[Path]:
    """Bring what is missing of *pair*; returns the directories that were written.

    Safe to interrupt: a directory takes its name only once everything is in it.

    Raises:
        WeightsError: PaddleX is not installed or found no such model, or the folder cannot be written.
    """
    written = []
    with locked(weights_dir):
        for name, directory in pair.parts(weights_dir):
            if not _is_whole(directory):
                _fetch(name, directory, weights_dir)
                written.append(directory)
    return written


def _is_whole(directory: Path) -> bool:
    readable = [os.access(directory / name, os.R_OK) for name in _NEEDED]
    return all(readable) and any(os.access(directory / name, os.R_OK) for name in _GRAPHS)


def _fetch(name: str, directory: Path, weights_dir: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix=".downloading-", dir=weights_dir) as scratch:
            whole = _download(name, Path(scratch))
            directory.parent.mkdir(exist_ok=True)
            shutil.rmtree(directory, ignore_errors=True)
            whole.rename(directory)
    except OSError as error:
        raise WeightsError(f"{directory} cannot be written: {error.strerror}") from error


def _download(name: str, scratch: Path) -> Path:
    """The directory in *scratch* that holds model *name*, and nothing but it."""
    if importlib.util.find_spec("paddlex") is None:
        raise WeightsError(f"{name} comes with PaddleOCR's downloader, which is missing: pip install -r requirements.txt")
    print(f"fetching {name} with PaddleOCR's downloader", flush=True)
    caches = {"HOME": str(scratch), "PADDLE_PDX_CACHE_HOME": str(scratch)}
    finished = subprocess.run(
        [sys.executable, "-c", _DOWNLOAD, name],
        env={**os.environ, **caches},
        stdout=sys.stderr,
        check=False,
    )
    came = scratch / "official_models" / name
    if finished.returncode or not _is_whole(came):
        raise WeightsError(
            f"PaddleOCR's downloader could not bring {name}: its message is above. Where no hub is within reach, "
            "PADDLE_PDX_HUGGING_FACE_ENDPOINT names a mirror, and OCR_MODEL_DIR serves files that you have"
        )
    model = scratch / "model"
    model.mkdir()
    for file in (*_GRAPHS, *_NEEDED):
        if (came / file).exists():
            (came / file).rename(model / file)
    return model
