"""Comparisons as tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.compare.charts import charts
from bench.compare.numbers import accuracy, cold_start, latency, memory, throughput
from bench.compare.result import ComparisonResult, ContenderResult, ratio, spread
from bench.report import content
from bench.report.content import Chart, Section, Table
from bench.report.document import Document
from bench.report.figures import MISSING, mebibytes, milliseconds, percent, rate
from bench.spread import Spread, ranged

GLANCE_NOTE = (
    "Median of the rounds (least to greatest). start: from exec to the first answer with text in it; images/s with "
    "several clients, p50 with one; memory: the most that the process tree took, whatever the set."
)
RATIO_NOTE = (
    "How many times better the first contender is: above 1 it starts sooner, answers sooner, reads more a second or "
    "takes less memory. Median of the rounds (least to greatest); a round's runs are a few minutes apart."
)

NOTHING_READ = "nothing was read by one client or by several: the round is left out of the ratios"


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench compare``."""
    return [_section(document.result_as(ComparisonResult)) for document in documents]


def _section(result: ComparisonResult) -> Section:
    if not result.contenders:
        return Section("Comparison", (), "Nobody took part.")
    first, *others = result.contenders
    names = result.set_names
    tables = [
        _glance(result),
        _ratios(first, others, names),
        *(_set_table(result, name) for name in names),
        _failures(result),
    ]
    parts: list[Table | Chart] = [*(table for table in tables if table.rows), *charts(result), _about(result)]
    return Section("Comparison", tuple(parts), figures=_headline(first, others, names))


def _headline(
    first: ContenderResult, others: Sequence[ContenderResult], names: Sequence[str]
) -> tuple[content.Figure, ...]:
    """The range of the throughput ratios over all sets, a figure an opponent."""
    figures = []
    for other in others:
        ratios = [found.median for name in names if (found := ratio(first, other, throughput(name))) is not None]
        if ratios:
            low, high = f"{min(ratios):.1f}", f"{max(ratios):.1f}"
            value = f"{low} x" if low == high else f"{low} to {high} x"
            figures.append(content.Figure(f"throughput against {other.name}", value))
    return tuple(figures)


def _glance(result: ComparisonResult) -> Table:
    """Everything in one table, a column a contender."""
    rows = [
        ("start, s", *(ranged(spread(one, cold_start), "{:.2f}".format) for one in result.contenders)),
        (
            "memory, PSS MiB",
            *(ranged(spread(one, memory), _mebibytes) for one in result.contenders),
        ),
    ]
    for name in result.set_names:
        speed, time, text = throughput(name), latency(name, "p50_s"), accuracy(name, "char_f1")
        rows.append((f"{name}: images/s", *(ranged(spread(one, speed), rate) for one in result.contenders)))
        rows.append((f"{name}: p50, ms", *(ranged(spread(one, time), milliseconds) for one in result.contenders)))
        rows.append((f"{name}: char-F1, %", *(_cell(spread(one, text), _percent) for one in result.contenders)))
    return Table("At a glance", ("", *(one.name for one in result.contenders)), tuple(rows), GLANCE_NOTE)


def _set_table(result: ComparisonResult, name: str) -> Table:
    """One set in full, with the spread of throughput and latency."""
    columns = (
        "contender",
        "images",
        "images/s",
        "mean ms",
        "p50 ms",
        "p90 ms",
        "max ms",
        "char-F1 %",
        "word-F1 %",
        "line recall %",
    )
    rows = []
    for one in result.contenders:
        images = next((found.images for turn in one.rounds if turn and (found := turn.set_named(name))), None)
        times = (
            ranged(spread(one, latency(name, kind)), milliseconds) for kind in ("mean_s", "p50_s", "p90_s", "max_s")
        )
        shares = (spread(one, accuracy(name, kind)) for kind in ("char_f1", "word_f1", "line_recall"))
        rows.append(
            (
                one.name,
                MISSING if images is None else str(images),
                ranged(spread(one, throughput(name)), rate),
                *times,
                *(_cell(share, _percent) for share in shares),
            )
        )
    note = (
        f"images/s with {result.clients} clients, times with one; median of the rounds (least to greatest). recall: "
        "the share of the labelled lines that were read."
    )
    return Table(name, columns, tuple(rows), note)


def _ratios(first: ContenderResult, others: Sequence[ContenderResult], names: Sequence[str]) -> Table:
    """How many times better the first is, a column an opponent; no rows where there is none."""
    if not others:
        return Table("", (), ())
    rows = [
        ("start", *(_times(ratio(other, first, cold_start)) for other in others)),
        ("memory", *(_times(ratio(other, first, memory)) for other in others)),
    ]
    for name in names:
        speed, time = throughput(name), latency(name, "p50_s")
        rows.append((f"{name}: throughput", *(_times(ratio(first, other, speed)) for other in others)))
        rows.append((f"{name}: p50", *(_times(ratio(other, first, time)) for other in others)))
    title = f"{first.name} against each, times better"
    return Table(title, ("", *(other.name for other in others)), tuple(rows), RATIO_NOTE)


def _failures(result: ComparisonResult) -> Table:
    """Requests without an answer, sets of which nothing was read, and rounds that are missing; often no rows."""
    rows: list[tuple[str, ...]] = []
    for one in result.contenders:
        for number, turn in enumerate(one.rounds, start=1):
            for figures in () if turn is None else turn.sets:
                place = (one.name, str(number), figures.name)
                rows += [(*place, cause, str(count)) for cause, count in figures.failures.items()]
        rows += [(one.name, str(number), name, NOTHING_READ, MISSING) for number, name in one.empty_sets]
        if one.failure:
            rows.append((one.name, MISSING, MISSING, f"not measured in every round: {one.failure}", MISSING))
    columns = ("contender", "round", "set", "what", "requests")
    return Table("What failed", columns, tuple(rows), text_columns=(2, 3))


def _about(result: ComparisonResult) -> Table:
    rows = tuple((one.name, one.about) for one in result.contenders)
    return Table("How each was set up", ("contender", "set-up"), rows, text_columns=(1,))


def _cell(found: Spread | None, show: Callable[[float], str]) -> str:
    return MISSING if found is None else show(found.median)


def _times(found: Spread | None) -> str:
    return ranged(found, "{:.2f}".format)


def _mebibytes(value: float) -> str:
    return mebibytes(int(value))


def _percent(value: float) -> str:
    return percent(value, 2)
