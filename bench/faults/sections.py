"""Faults as a table, several services side by side."""

from __future__ import annotations

from collections.abc import Sequence

from bench.faults.result import FaultsResult, Played
from bench.report.content import Figure, Section, Table
from bench.report.document import Document
from bench.report.figures import MISSING, milliseconds


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench faults``."""
    results = [(document.label, document.result_as(FaultsResult)) for document in documents]
    several = len(results) > 1
    tables = tuple(
        table
        for label, result in results
        for table in (_heard(label if several else "", result), _done(label if several else "", result))
    )
    figures = tuple(
        Figure(f"lost where there was grace{f', {label}' if several else ''}", str(_lost(result)))
        for label, result in results
    )
    return [Section("Faults", tables, figures=figures)]


def _lost(result: FaultsResult) -> int:
    return sum(one.heard.lost for one in result.played if one.heard is not None and one.has_grace)


def _heard(label: str, result: FaultsResult) -> Table:
    columns = (
        *("fault", "requests", "200", "503, Retry-After", "503 without", "no connection", "broken off", "lost"),
        *("p99 ms", "longest gap s", "other answers"),
    )
    rows = tuple(_row(one) for one in result.played if one.heard is not None)
    note = (
        f"What {result.clients} clients heard, each sending its next request when it has its answer, and a tenth of a "
        "second after a failure. no connection: refused; broken off: before the whole request was sent; lost: the "
        "connection broke, or no answer came, after it was. longest gap: without an answer 200 to anybody."
    )
    return Table(f"What clients heard{label and ', '}{label}", columns, rows, note, text_columns=(len(columns) - 1,))


def _row(one: Played) -> tuple[str, ...]:
    heard = one.heard
    if heard is None:
        raise AssertionError("only what was played has a row")
    refused = (heard.refused, heard.rude, heard.unconnected)
    counts = (heard.requests, heard.answered, *refused, heard.broken_off, heard.lost)
    p99 = MISSING if heard.times is None else milliseconds(heard.times.p99_s)
    others = ", ".join(f"{count} {cause}" for cause, count in heard.others.items())
    return (one.name, *map(str, counts), p99, f"{heard.gap_s:.1f}", others)


def _done(label: str, result: FaultsResult) -> Table:
    rows = tuple(
        (
            one.name,
            f"skipped: {one.skipped}" if one.skipped else one.done or MISSING,
            "yes" if one.has_grace else "no",
            one.after or MISSING,
            "; ".join(one.faults) or ("-" if one.skipped else "nothing"),
        )
        for one in result.played
    )
    note = "grace: whether the service could finish what it had accepted, so that nothing may be lost."
    columns = ("fault", "what was done", "grace", "the service then", "not as it must be")
    return Table(f"What was done{label and ', '}{label}", columns, rows, note, text_columns=(1, 2, 3, 4))
