"""Soaks as tables and charts, several services side by side."""

from __future__ import annotations

from collections.abc import Sequence

from bench.load.named_run import NamedRun
from bench.load.sections import latency_table, throughput_table
from bench.report.content import Chart, Figure, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MIB, MISSING, mebibytes, milliseconds, percent, rate
from bench.soak.result import SoakResult
from bench.soak.span import Extent


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench soak``."""
    soaks = [(document.label, document.result_as(SoakResult)) for document in documents]
    runs = [NamedRun(name, name, soak.run) for name, soak in soaks]
    timed = [(name, soak) for name, soak in soaks if soak.spans]
    parts: list[Table | Chart] = [_span_table(name, soak) for name, soak in timed]
    parts += [_growth_table(soaks), _memory_chart(soaks), throughput_table(runs), latency_table(runs)]
    figures = tuple(Figure(f"growth, {name}", _growth(soak.growth, " %")) for name, soak in soaks)
    return [Section("Soak", tuple(parts), figures=figures)]


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


def _span_table(name: str, soak: SoakResult) -> Table:
    columns = (
        *("from, min", "requests", "errors", "p50 ms", "p99 ms", "PSS MiB", "RSS MiB"),
        *("descriptors", "threads", "processes", "replaced", "causes"),
    )
    rows = tuple(
        (
            *(f"{span.at_s / 60:.3g}", str(span.requests), str(sum(span.causes.values()))),
            *((MISSING, MISSING) if span.times is None else map(milliseconds, (span.times.p50_s, span.times.p99_s))),
            *(mebibytes(span.pss_bytes), mebibytes(span.rss_bytes)),
            *(_extent(extent) for extent in (span.descriptors, span.threads, span.processes)),
            MISSING if span.replacements is None else str(span.replacements),
            ", ".join(f"{count} {cause}" for cause, count in span.causes.items()),
        )
        for span in soak.spans
    )
    note = (
        f"An open loop at {percent(soak.share, 0)} % of the capacity of {rate(soak.capacity)}/s. Memory: medians of "
        "the process tree; descriptors, threads and processes from the least that was seen to the most. replaced: "
        "processes that the service has replaced so far, by its own count; a dash: it does not count."
    )
    return Table(f"By time, {name}", columns, rows, note, text_columns=(len(columns) - 1,))


def _extent(extent: Extent) -> str:
    return str(extent.least) if extent.least == extent.most else f"{extent.least} to {extent.most}"


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
