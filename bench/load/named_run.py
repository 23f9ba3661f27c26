"""Runs by the names that tables and charts have for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.load.result import LoadResult, LoadRun
from bench.report.document import Document


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A run and what tables call it."""

    name: str
    service: str
    run: LoadRun


def named_runs(documents: Sequence[Document]) -> list[NamedRun]:
    """Return every run with its name: its schedule, behind its service where there are several."""
    several = len(documents) > 1
    return [
        NamedRun(f"{document.label}, {run.name}" if several else run.name, document.label, run)
        for document in documents
        for run in document.result_as(LoadResult).runs
    ]
