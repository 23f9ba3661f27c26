"""The file that keeps a reference engine's answers: JSON lines, a header and then one record an image.

The header is ``{"reference": {...}}``: engine, tier, det_max_side, sha256 of the weights, versions. A record is that of
``paddleocr_predict.py`` with ``image`` (the sample's key) in place of ``path``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.json_lines import json_lines
from bench.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference engine's answers by sample key, and how they were made."""

    header: dict[str, Any]
    predictions: dict[str, Prediction]


def write_reference(path: Path, header: dict[str, Any], records: Iterable[dict[str, Any]]) -> None:
    """Write a reference file as the records arrive; it takes its name only when all of them are in it."""
    partial = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("w", encoding="utf-8") as stream:
        for record in chain(({"reference": header},), records):
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            stream.flush()
    partial.replace(path)


def read_reference(path: Path) -> Reference:
    """Read a reference file; images the engine failed on are left out. Raises BenchError when it is broken."""
    header: dict[str, Any] | None = None
    predictions: dict[str, Prediction] = {}
    for place, record in json_lines(path):
        try:
            if header is None:
                header = dict(record["reference"])
            elif "error" not in record:
                predictions[record["image"]] = Prediction.from_reference(record)
        except (KeyError, TypeError, ValueError) as error:
            raise BenchError(f"{place}: not a reference record: {type(error).__name__}: {error}") from error
    if header is None:
        raise BenchError(f"{path} is empty")
    return Reference(header, predictions)
