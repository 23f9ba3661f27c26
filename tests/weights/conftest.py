"""A wheel made for the tests, and the manifest that pins it; pip itself fetches it, from a folder."""

import dataclasses
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.weights.inference_config import write_config
from app.weights.manifest import Tier, WeightFile, Wheel

MEMBERS = {
    "fakeocr/det/det.onnx": b"detector graph" * 100,
    "fakeocr/rec/rec.onnx": b"recogniser graph" * 100,
    "fakeocr/rec/inference.yml": b"PostProcess: {character_dict: [a, b]}\n",
    "fakeocr/dict.txt": "a\n\u3000\n中\n".encode(),
}
DETECTOR, RECOGNIZER = "PP-OCRv5_mobile_det", "PP-OCRv5_mobile_rec"
DETECTOR_CONFIG = write_config(DETECTOR, b"")
RECOGNIZER_CONFIG = write_config(RECOGNIZER, MEMBERS["fakeocr/dict.txt"])
DIST_INFO = "fakeocr-1.0.0.dist-info"
METADATA = {
    f"{DIST_INFO}/METADATA": b"Metadata-Version: 2.1\nName: fakeocr\nVersion: 1.0.0\n",
    f"{DIST_INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def sha256(content: bytes) -> str:
    """Return the checksum of *content*."""
    return hashlib.sha256(content).hexdigest()


@dataclasses.dataclass
class Index:
    """The folder in which pip looks for wheels."""

    folder: Path

    @property
    def path(self) -> Path:
        """The wheel's file."""
        return self.folder / "fakeocr-1.0.0-py3-none-any.whl"

    def publish(self, members: dict[str, bytes]) -> Wheel:
        """Put a wheel with *members* into the folder; returns what a manifest would say of it."""
        content = METADATA | members
        record = "".join(f"{name},,\n" for name in (*content, f"{DIST_INFO}/RECORD")).encode()
        with zipfile.ZipFile(self.path, "w") as archive:
            for name, data in (content | {f"{DIST_INFO}/RECORD": record}).items():
                archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
        data = self.path.read_bytes()
        return Wheel("fakeocr", "1.0.0", sha256(data), len(data))

    def withdraw(self) -> None:
        """Take the wheel away: from now on pip fails."""
        self.path.unlink()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Pip's only source, whatever this machine's pip is set to."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return Index(folder)


@pytest.fixture
def members() -> dict[str, bytes]:
    """The model files of the wheel."""
    return dict(MEMBERS)


@pytest.fixture
def tier_of() -> Callable[[Wheel], Tier]:
    """The manifest's entry of a tier with one file of each kind: copied, generated, made from a dictionary."""

    def make(wheel: Wheel, name: str = "fake-tier") -> Tier:
        files = (
            WeightFile("det/inference.onnx", sha256(MEMBERS["fakeocr/det/det.onnx"]), "fakeocr/det/det.onnx"),
            WeightFile("det/inference.yml", sha256(DETECTOR_CONFIG), model=DETECTOR),
            WeightFile("rec/inference.onnx", sha256(MEMBERS["fakeocr/rec/rec.onnx"]), "fakeocr/rec/rec.onnx"),
            WeightFile("rec/inference.yml", sha256(RECOGNIZER_CONFIG), "fakeocr/dict.txt", model=RECOGNIZER),
        )
        return Tier(name, "a fake", "Apache-2.0", "these tests", wheel, files, ("openvino",))

    return make


@pytest.fixture
def tier(index: Index, members: dict[str, bytes], tier_of: Callable[[Wheel], Tier]) -> Tier:
    """A tier whose wheel is published."""
    return tier_of(index.publish(members))


@pytest.fixture
def installed(store: Path, tier: Tier) -> Path:
    """The tier's directory with all its files, as a fetch leaves it."""
    contents = (
        MEMBERS["fakeocr/det/det.onnx"],
        DETECTOR_CONFIG,
        MEMBERS["fakeocr/rec/rec.onnx"],
        RECOGNIZER_CONFIG,
    )
    for file, content in zip(tier.files, contents, strict=True):
        path = store / tier.name / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return store / tier.name


@pytest.fixture
def downloaded(index: Index) -> Callable[[Path], None]:
    """Put the published wheel where an earlier, interrupted run would have left it, so that pip need not run."""

    def put(store: Path) -> None:
        (store / ".downloads").mkdir(parents=True)
        shutil.copy(index.path, store / ".downloads")

    return put


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of weights, which is not there yet."""
    return tmp_path / "somewhere" / "weights"
