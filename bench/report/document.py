"""A measurement as it is written to disk, with everything needed to judge and to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bench.errors import BenchError

FORMAT = "ppocr-bench/1"

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Document:
    """One measurement of one service.

    ``command`` is the subcommand, ``label`` names what was measured, ``started_at`` is UTC in ISO 8601 (wall clock, for
    people only: every duration is of a monotonic clock). ``service`` is what ``GET /info`` said. ``result`` is the
    command's own, in JSON's types.
    """

    command: str
    label: str
    started_at: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    service: Mapping[str, Any]
    result: Any

    def result_as(self, kind: type[R]) -> R:
        """Return the result as the dataclass it was made from; raises BenchError where it is of another form."""
        try:
            return msgspec.convert(self.result, kind)
        except msgspec.ValidationError as error:
            raise BenchError(f"{self.command} of {self.label}: not a result of this version: {error}") from error


@dataclass(frozen=True, slots=True)
class _File:
    format: str
    documents: list[Document]


def write_documents(path: Path, documents: Sequence[Document]) -> None:
    """Write measurements as JSON, making the folder; raises BenchError where that cannot be done."""
    content = msgspec.json.format(msgspec.json.encode(_File(FORMAT, list(documents))), indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content + b"\n")
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from error


def read_documents(path: Path) -> list[Document]:
    """Read what :func:`write_documents` wrote; raises BenchError for a file that is missing or of another form."""
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BenchError(f"{path} is no result of python -m bench: {error}") from error
    if file.format != FORMAT:
        raise BenchError(f"{path} is of format {file.format!r}, this reads {FORMAT!r}")
    return file.documents
