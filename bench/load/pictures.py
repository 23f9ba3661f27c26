"""The picture files that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def read_pictures(paths: Sequence[Path]) -> list[bytes]:
    """Return the content of each file, folders standing for all pictures below them in order of their names.

    Raises BenchError where a path is missing, cannot be read, or there is no picture at all.
    """
    files = [file for path in paths for file in (_pictures_below(path) if path.is_dir() else [path])]
    if not files:
        raise BenchError(f"no picture in {', '.join(map(str, paths))}")
    try:
        return [file.read_bytes() for file in files]
    except OSError as error:
        raise BenchError(f"cannot read {error.filename}: {error.strerror}") from error


def _pictures_below(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()]
