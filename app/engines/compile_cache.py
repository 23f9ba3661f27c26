"""Compiled models on disk, so that a start need not compile them again.

An entry is one file. It is found by its traits, all that the compiled models depend on, and says them in full. It
carries checksums, for a runtime takes damaged weights without a word. It takes its name only when it is complete, so
that several workers may write at once, and is mapped when it is read, so that they share its memory.
"""

import contextlib
import hashlib
import json
import mmap
import operator
import os
import struct
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Blob = npt.NDArray[np.uint8]
Traits = Mapping[str, str]

_MAGIC = b"OCRCACH1"
_PREFIX = struct.Struct("<8sII")  # magic, length and CRC-32 of the header
_PAGE = 4096
_SUFFIX, _PARTIAL = ".compiled", ".partial"
_WRITING_SECONDS = 3600
_KEPT_ENTRIES = 8
"""Enough for the models and precisions that somebody switches between; each takes some 30 MB."""


class CompileCacheError(Exception):
    """An entry cannot be used, or not be kept: no reason not to start."""


@dataclass(frozen=True, slots=True)
class Entry:
    """description: what else a start wants to know of the models, JSON. blobs: mapped, shared until written to."""

    description: Mapping[str, Any]
    blobs: tuple[Blob, ...]


class CompileCache:
    """The entries in one directory, which is made when the first is written."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, traits: Traits) -> Entry | None:
        """The entry with these *traits*; None where there is none.

        Raises:
            CompileCacheError: There is one, but it is damaged or cannot be read.
        """
        path = self._path(traits)
        try:
            with path.open("rb") as file:
                # A copy is made of what is written to, which OpenVINO does not do, but insists that it could.
                content = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY), np.uint8)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise CompileCacheError(f"{path} cannot be read: {error}") from error
        try:
            return _parsed(content, traits)
        except (KeyError, TypeError, ValueError, struct.error) as error:
            raise CompileCacheError(f"{path} is damaged: {error}") from error

    def writable(self) -> bool:
        """Whether it is worth to make an entry at all."""
        existing = next(folder for folder in (self._directory, *self._directory.absolute().parents) if folder.exists())
        return os.access(existing, os.W_OK)

    def write(self, traits: Traits, description: Mapping[str, Any], blobs: Sequence[bytes]) -> None:
        """Keep an entry, in place of one with the same *traits*; the oldest beyond the eighth are deleted.

        Raises:
            CompileCacheError: It cannot be written.
        """
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._write(self._path(traits), _pieces(traits, description, blobs))
            self._prune()
        except OSError as error:
            raise CompileCacheError(f"{self._directory} cannot be written: {error.strerror}") from error

    def _path(self, traits: Traits) -> Path:
        return self._directory / (hashlib.sha256(_json(traits)).hexdigest()[:32] + _SUFFIX)

    def _write(self, path: Path, pieces: Sequence[bytes]) -> None:
        descriptor, partial = tempfile.mkstemp(_PARTIAL, path.stem, self._directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o644)  # who bakes an image is not who runs it
            Path(partial).replace(path)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise

    def _prune(self) -> None:
        """Delete old entries, and what writers left behind that were killed."""
        for path, written in self._ages(_PARTIAL):
            if written < time.time() - _WRITING_SECONDS:
                path.unlink(missing_ok=True)
        for path, _ in self._ages(_SUFFIX)[:-_KEPT_ENTRIES]:
            path.unlink(missing_ok=True)

    def _ages(self, suffix: str) -> list[tuple[Path, float]]:
        """Files and when they were written, the oldest first."""
        ages = []
        for path in self._directory.glob("*" + suffix):
            with contextlib.suppress(FileNotFoundError):  # another writer has renamed or deleted it meanwhile
                ages.append((path, path.stat().st_mtime))
        return sorted(ages, key=operator.itemgetter(1))


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()


def _pieces(traits: Traits, description: Mapping[str, Any], blobs: Sequence[bytes]) -> list[bytes]:
    """What an entry's file consists of: a prefix, a header in JSON, and the blobs, each from a page's beginning."""
    sums = [[len(blob), zlib.crc32(blob)] for blob in blobs]
    header = _json({"traits": dict(traits), "description": dict(description), "blobs": sums})
    pieces = [_PREFIX.pack(_MAGIC, len(header), zlib.crc32(header)) + header]
    for blob in blobs:
        pieces += [bytes(-len(pieces[-1]) % _PAGE), blob]
    return pieces


def _parsed(content: Blob, traits: Traits) -> Entry:
    """The entry in *content*; raises ValueError and others where it is not what was written."""
    magic, length, checksum = _PREFIX.unpack(content[: _PREFIX.size].tobytes())
    end = _PREFIX.size + length
    raw = content[_PREFIX.size : end].tobytes()
    if magic != _MAGIC or zlib.crc32(raw) != checksum:
        raise ValueError("its header's checksum differs")
    header = json.loads(raw)
    if header["traits"] != dict(traits):
        raise ValueError("it is another's")
    blobs = []
    for size, checksum in header["blobs"]:
        start = end + -end % _PAGE
        end = start + size
        blob = content[start:end]
        if zlib.crc32(blob.data) != checksum:
            raise ValueError("a model's checksum differs")
        blobs.append(blob)
    return Entry(header["description"], tuple(blobs))
