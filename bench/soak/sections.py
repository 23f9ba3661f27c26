"""Soaks as tables and charts, several services side by side."""

from __future__ import annotations

from collections.abc import Sequence

from bench.load.named_run import NamedRun
from bench.load.sections import latency_table, throughput_table
from bench.report.content import Chart, Figure, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MIB, MISSING, mebibytes
from bench.soak.result import SoakResult


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench soak``."""
    soaks = [(document.label, document.result_as(SoakResult)) for document in documents]
    runs = [NamedRun(name, name, soak.run) for name, soak in soaks]
    parts = (_growth_table(soaks), _memory_chart(soaks), throughput_table(runs), latency_table(runs))
    figures = tuple(Figure(f"growth, {name}", _growth(soak.growth, " %")) for name, soak in soaks)
    return [Section("Soak", parts, figures=figures)]


def _growth_table(soaks: Sequence[tuple[str, SoakResult]]) -> Table:
    columns = (
        "service",
        "requests",
        "settled after",
        "settled MiB",
        "end MiB",
        "growth %",
        "peak MiB",
        "descriptors",
        "threads",
        "ended",
    )
    rows = []
    for name, soak in soaks:
        used = soak.run.consumption
        peaks = (
            (MISSING,) * 4
            if used is None
            else (mebibytes(used.peak_pss_bytes), str(used.descriptors), str(used.threads), str(used.ended))
        )
        memory = (mebibytes(soak.settled_bytes), mebibytes(soak.final_bytes), _growth(soak.growth))
        rows.append((name, str(soak.run.summary.requests), str(soak.settle), *memory, *peaks))
    note = (
        "PSS of the server's process tree; settled and end are medians of a tenth of the run each. ended: processes of "
        "the service that ended meanwhile; with one, growth says nothing."
    )
    return Table("Memory", columns, tuple(rows), note)


def _growth(share: float | None, unit: str = "") -> str:
    return MISSING if share is None else f"{100 * share:+.1f}{unit}"


def _memory_chart(soaks: Sequence[tuple[str, SoakResult]]) -> Chart:
    series = tuple(
        Series(name, tuple(float(p.requests) for p in used.memory), tuple(p.pss_bytes / MIB for p in used.memory))
        for name, soak in soaks
        for used in (soak.run.consumption,)
        if used is not None
    )
    return Chart("Memory over requests", "requests", "PSS, MiB", series)
