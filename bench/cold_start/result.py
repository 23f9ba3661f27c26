"""Cold starts as they were measured, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.report.content import Section, Table
from bench.report.document import Document
from bench.spread import Spread, ranged

KEPT, ANEW = "kept", "none"
"""Of compiled models: taken from the compile cache, or compiled at the start."""

COLD, WARM = "cold", "warm"
"""Of the page cache."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start, in seconds. The parts are the service's own, ``interpreter`` that of Python running nothing."""

    interpreter: float
    imports: float
    load: float
    warm_up: float
    ready: float
    first_answer: float


@dataclass(frozen=True, slots=True)
class StartRow:
    """The starts of one kind: with which page cache, and with which compiled models."""

    page_cache: str
    compiled: str
    starts: tuple[Start, ...]

    def spread(self, part: Callable[[Start], float]) -> Spread | None:
        """Return the median of a part, and its ends."""
        return Spread.of(part(start) for start in self.starts)


@dataclass(frozen=True, slots=True)
class ColdStartResult:
    """The rows of one run."""

    rows: tuple[StartRow, ...]


_PARTS: tuple[tuple[str, Callable[[Start], float]], ...] = (
    ("interpreter", lambda start: start.interpreter),
    ("imports", lambda start: start.imports - start.interpreter),
    ("load", lambda start: start.load),
    ("warm-up", lambda start: start.warm_up),
    ("exec to ready", lambda start: start.ready),
    ("exec to first answer", lambda start: start.first_answer),
)


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench cold-start``."""
    several = len(documents) > 1
    cells = tuple(
        (
            f"{document.label}, {row.page_cache}" if several else row.page_cache,
            row.compiled,
            str(len(row.starts)),
            *(ranged(row.spread(part), lambda seconds: f"{seconds:.2f}") for _, part in _PARTS),
        )
        for document in documents
        for row in document.result_as(ColdStartResult).rows
    )
    note = (
        "Seconds, the median and its ends. interpreter: Python that runs nothing; imports: from there to where the "
        "models are loaded, gunicorn's own start included; load: the models, compiled where none are kept, so that "
        "the difference of the two rows is the compilation; warm-up: one run of each. The port is bound before the "
        "models are loaded; ready is when /readyz says so, and the first answer that of a picture sent then."
    )
    columns = ("page cache", "compiled models", "starts", *(f"{name} s" for name, _ in _PARTS))
    return [Section("Cold start", (Table("Parts", columns, cells, note),))]
