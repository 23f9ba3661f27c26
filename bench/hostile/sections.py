"""What hostile input did, as tables, several services one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from bench.hostile.result import HostileResult, OutcomeCount
from bench.report.content import Figure, Section, Table
from bench.report.document import Document
from bench.report.figures import mebibytes

_MOST_FAULTS = 50
_NOT_SERVED = ("501", "505")
"""Answers to transfer codings and versions of HTTP that there are not; no failures."""


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench hostile``."""
    return [_section(document.label, document.result_as(HostileResult)) for document in documents]


def _section(label: str, result: HostileResult) -> Section:
    failed = [count for count in result.counts if count.outcome[:1] == "5" and count.outcome not in _NOT_SERVED]
    figures = (
        Figure("requests", str(result.requests)),
        Figure("wrong answers", str(len(result.faults))),
        Figure("5xx but 501", str(sum(count.requests for count in failed))),
        Figure("processes lost", str(len(result.ended))),
        Figure("memory, second pass", f"{100 * result.growth:+.1f} %"),
    )
    parts = (
        _outcomes(result.counts, "Outcomes by what was sent", "sent", lambda count: count.kind),
        _outcomes(result.counts, "Outcomes by the way in", "way in", lambda count: count.path),
        _state(result),
        _slowest(result),
        *([_faults(result)] if result.faults else []),
    )
    return Section(f"Hostile input: {label}", parts, figures=figures)


def _outcomes(counts: Sequence[OutcomeCount], title: str, first: str, key: Callable[[OutcomeCount], str]) -> Table:
    outcomes = sorted({count.outcome for count in counts})
    cells: Counter[tuple[str, str]] = Counter()
    for count in counts:
        cells[key(count), count.outcome] += count.requests
    names = list(dict.fromkeys(key(count) for count in counts))
    rows = [(name, *(str(cells[name, outcome] or "") for outcome in outcomes)) for name in names]
    total = ("all", *(str(sum(cells[name, outcome] for name in names)) for outcome in outcomes))
    return Table(title, (first, *outcomes), (*rows, total), total_rows=1)


def _state(result: HostileResult) -> Table:
    rows = (
        ("memory before, MiB", mebibytes(result.memory_bytes[0])),
        ("memory after the first pass, MiB", mebibytes(result.memory_bytes[1])),
        (f"memory after pass {result.passes}, MiB", mebibytes(result.memory_bytes[2])),
        ("processes lost", ", ".join(result.ended) or "none"),
        ("decoders replaced", str(len(result.spared))),
        ("good picture read as before", "yes" if result.reads_same else "no"),
    )
    return Table("The service", ("", "value"), rows, "Memory is the PSS of the process tree, idle.")


def _slowest(result: HostileResult) -> Table:
    rows = tuple((one.name, one.path, one.outcome, f"{one.seconds:.2f}") for one in result.slowest)
    return Table("Slowest answers", ("sent", "way in", "outcome", "s"), rows, text_columns=(1, 2))


def _faults(result: HostileResult) -> Table:
    rows = tuple((one.name, one.path, one.outcome, one.reason) for one in result.faults[:_MOST_FAULTS])
    note = f"the first {len(rows)} of {len(result.faults)}" if len(rows) < len(result.faults) else ""
    return Table("Wrong answers", ("sent", "way in", "outcome", "why"), rows, note, text_columns=(1, 2, 3))
