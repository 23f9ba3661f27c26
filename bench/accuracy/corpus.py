"""Labelled images: a folder a set, each with ``labels.jsonl``, one JSON object an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.accuracy.normalization import without_markers
from bench.errors import BenchError
from bench.json_lines import json_lines
from bench.prediction import Polygon

LABELS = "labels.jsonl"
MARKED_SETS = ("tapuscorpus",)
"""Sets (by the start of their name) whose words carry ``_`` and ``^`` markers of the transcribers."""


@dataclass(frozen=True, slots=True)
class TruthLine:
    """One labelled line; without a quad where the set has page text only.

    ``ignore`` marks what nobody is scored on, ``block`` a quad around several lines of text.
    """

    text: str
    quad: Polygon | None = None
    ignore: bool = False
    block: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled image. ``key`` is its path inside the corpus with forward slashes, the same on every machine."""

    set_name: str
    key: str
    path: Path
    language: str
    lines: tuple[TruthLine, ...]
    full_text: str | None = None
    word_level: bool = False

    @property
    def text(self) -> str:
        """The text a reader is expected to find: the page's own full text, else the lines that are not ignored."""
        if self.full_text is not None:
            return self.full_text
        return "\n".join(line.text for line in self.lines if not line.ignore)

    @property
    def ignored_quads(self) -> tuple[Polygon, ...]:
        """The regions in which nothing is scored, neither missed nor found."""
        return tuple(line.quad for line in self.lines if line.ignore and line.quad is not None)


def load_corpus(folder: Path, sets: tuple[str, ...] = (), limit: int | None = None) -> list[Sample]:
    """Return the samples of a corpus, set by set in name order, images in label order.

    ``sets`` keeps only the named ones; ``limit`` keeps the first images of each set.
    Raises BenchError when the folder, a named set, a label file or an image is missing or broken.
    """
    found = {path.parent.name: path for path in sorted(folder.glob(f"*/{LABELS}"))}
    if not found:
        raise BenchError(f"no labelled sets: {folder} has no */{LABELS} (--corpus; docs/accuracy.md has its layout)")
    if unknown := [name for name in sets if name not in found]:
        raise BenchError(f"no such set: {', '.join(unknown)} (there are: {', '.join(found)})")
    chosen = [name for name in found if name in sets or not sets]
    return [sample for name in chosen for sample in _load_set(found[name])[:limit]]


def _load_set(labels: Path) -> list[Sample]:
    """Return the samples of one set; raises BenchError naming the file and the line that cannot be read."""
    samples = []
    for place, row in json_lines(labels):
        try:
            sample = _sample(row, labels.parent)
        except (KeyError, TypeError, ValueError) as error:
            raise BenchError(f"{place}: not a label: {type(error).__name__}: {error}") from error
        if not sample.path.is_file():
            raise BenchError(f"{place}: no image {sample.path}")
        samples.append(sample)
    return samples


def _sample(row: dict[str, Any], folder: Path) -> Sample:
    """Return one sample; raises KeyError, TypeError or ValueError for a row of another form."""
    clean = without_markers if folder.name.startswith(MARKED_SETS) else str
    full_text = row.get("full_text")
    return Sample(
        set_name=folder.name,
        key=f"{folder.name}/{row['image']}",
        path=folder / row["image"],
        language=row.get("lang", ""),
        lines=tuple(_truth_line(line, clean(line["text"])) for line in row["lines"]),
        full_text=None if full_text is None else clean(full_text),
        word_level=row.get("level") == "word",
    )


def _truth_line(line: dict[str, Any], text: str) -> TruthLine:
    """Return one labelled line; raises TypeError or ValueError for a quad that is not a list of points."""
    quad = line.get("quad")
    polygon = None if quad is None else tuple((float(x), float(y)) for x, y in quad)
    return TruthLine(text, polygon, bool(line.get("ignore", False)), line.get("level") == "block")
