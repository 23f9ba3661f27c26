"""Scaling as tables and a chart."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.content import Chart, Figure, Mark, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MISSING, milliseconds, rate
from bench.scaling.result import LEAST_GAIN, PROCESSORS, Placed, ScalingResult, gain
from bench.spread import Spread, ranged

GAIN_NOTE = (
    "images/s with several clients, the beginning and the end of a run left out. gain: against the next smaller of its "
    f"kind, formed within a round; two processors are to bring {LEAST_GAIN:g} times one. Median of the rounds (least "
    "to greatest). CPU ms: of the service, and of the load generator, for one image. others: processors that other "
    "programs kept busy meanwhile; from a tenth on, rates and gains say little."
)
FOUND_NOTE = (
    "What the service says in /info: it was told nothing. processors: it may run on so many; quota: on all, for so "
    "many seconds a second. detector: slots x threads. start: from exec to the first answer with text in it."
)


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench scaling``."""
    return [_section(document.label, document.result_as(ScalingResult)) for document in documents]


def _section(label: str, result: ScalingResult) -> Section:
    parts: list[Table | Chart] = [
        *(_set_table(result, name) for name in result.set_names),
        _found_table(result),
    ]
    if result.set_names:
        parts.append(_chart(result))
    return Section(f"Scaling: {label}", tuple(parts), " ".join(result.remarks), _figures(result))


def _figures(result: ScalingResult) -> tuple[Figure, ...]:
    """The gain of each doubling of processors, over all sets."""
    figures = []
    for one in result.placed:
        other = result.smaller(one)
        if one.kind != PROCESSORS or other is None:
            continue
        gains = [found.median for name in result.set_names if (found := gain(one, other, name)) is not None]
        if gains:
            low, high = f"{min(gains):.2f}", f"{max(gains):.2f}"
            value = f"{low} x" if low == high else f"{low} to {high} x"
            figures.append(Figure(f"{one.cpus:g} processors against {other.cpus:g}", value))
    return tuple(figures)


def _set_table(result: ScalingResult, name: str) -> Table:
    columns = ("on", "clients", "images/s", "gain", "client, ms", "CPU ms", "generator's CPU ms", "others, cores")
    rows = []
    for one in result.placed:
        other = result.smaller(one)
        rows.append(
            (
                one.name,
                str(one.clients),
                ranged(_throughput(one, name), rate),
                MISSING if other is None else ranged(gain(one, other, name), "{:.2f}".format),
                ranged(Spread.of(one.numbers(name, lambda turn: turn.latency_s)), milliseconds),
                ranged(Spread.of(one.numbers(name, lambda turn: turn.cpu_s)), milliseconds),
                ranged(Spread.of(one.numbers(name, lambda turn: turn.generator_cpu_s)), milliseconds),
                ranged(Spread.of(one.numbers(name, lambda turn: turn.others_cores)), "{:.2f}".format),
            )
        )
    return Table(name, columns, tuple(rows), GAIN_NOTE)


def _found_table(result: ScalingResult) -> Table:
    columns = ("on", "cpus", "detector", "recogniser slots", "start, s")
    rows = tuple((one.name, *_said(one), f"{one.start_s:.1f}") for one in result.placed)
    return Table("What the service found", columns, rows, FOUND_NOTE)


def _said(one: Placed) -> tuple[str, str, str]:
    threads = one.info.get("threads", {})
    detector = f"{threads.get('detector_slots', MISSING)} x {threads.get('detector_threads', MISSING)}"
    return str(one.info.get("cpus", MISSING)), detector, str(threads.get("recognizer_slots", MISSING))


def _chart(result: ScalingResult) -> Chart:
    series = []
    for name in result.set_names:
        found = [(one.name, spread) for one in result.placed if (spread := _throughput(one, name)) is not None]
        series.append(
            Series(
                name,
                tuple(place for place, _ in found),
                tuple(spread.median for _, spread in found),
                tuple(spread.low for _, spread in found),
                tuple(spread.high for _, spread in found),
            )
        )
    return Chart("Throughput", "", "images/s", tuple(series), Mark.BARS, note="Bars: median; lines: all rounds.")


def _throughput(one: Placed, name: str) -> Spread | None:
    return Spread.of(one.numbers(name, lambda turn: turn.images_per_s))
