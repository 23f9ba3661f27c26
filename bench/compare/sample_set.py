"""The pictures of this repository's tests as a labelled set, for whoever has no corpus at hand."""

from __future__ import annotations

import json

from bench.accuracy.corpus import Sample, TruthLine
from bench.service_process import ROOT

IMAGES = ROOT / "tests" / "images"
NAME = "own samples"


def own_samples() -> list[Sample]:
    """Return each picture of ``tests/images`` with the lines that stand on it; they have no outlines."""
    labels = json.loads((IMAGES / "labels.json").read_text(encoding="utf-8"))
    return [
        Sample(NAME, f"tests/images/{name}", IMAGES / name, "", tuple(TruthLine(line) for line in lines))
        for name, lines in labels.items()
    ]
