"""Accuracy as tables and a chart, several services side by side."""

from __future__ import annotations

from collections.abc import Sequence

from bench.accuracy.result import AccuracyResult, ScoreRow
from bench.report.content import Chart, Figure, Mark, Section, Series, Table
from bench.report.document import Document
from bench.report.figures import MISSING, percent

COLUMNS = ("set", "images", "char-F1", "word-F1", "line recall", "s/image")
REFERENCE_COLUMNS = ("reference char-F1", "difference, points", "same lines", "mean IoU")
NOTE = (
    "Per cent. char-F1: the characters of both sides as bags, without case and white space; word-F1 likewise by words; "
    "line recall: labelled lines that were read; s/image: wall time of one client."
)


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench accuracy``."""
    results = [(document.label, document.result_as(AccuracyResult)) for document in documents]
    found = [_section(name, result) for name, result in results]
    if len(results) > 1:
        bars = tuple(_bars(name, result) for name, result in results)
        chart = Chart("char-F1", "set", "char-F1, %", bars, Mark.BARS)
        found.append(Section("Accuracy side by side", (chart,)))
    return found


def _section(name: str, result: AccuracyResult) -> Section:
    has_reference = any(row.reference_char_f1 is not None for row in result.totals)
    columns = COLUMNS + (REFERENCE_COLUMNS if has_reference else ())
    rows = tuple(_cells(row, has_reference=has_reference) for row in (*result.rows, *result.totals))
    parts = [Table("Accuracy", columns, rows, NOTE, total_rows=len(result.totals))]
    if result.failures:
        parts.append(Table("Images that failed", ("image", "why"), tuple(result.failures.items()), text_columns=(1,)))
    if result.different:
        parts.append(_difference_table(result))
    whole = result.totals[0]
    figures = [Figure(f"char-F1 over {whole.images} images", f"{percent(whole.char_f1, 2)} %")]
    if whole.difference is not None:
        figures.append(Figure("points against the reference", f"{whole.difference:+.3f}"))
    return Section(f"Accuracy: {name}", tuple(parts), figures=tuple(figures))


def _cells(row: ScoreRow, *, has_reference: bool) -> tuple[str, ...]:
    shares = (percent(share, 2) for share in (row.char_f1, row.word_f1, row.line_recall))
    cells = (row.name, str(row.images), *shares, MISSING if row.seconds is None else f"{row.seconds:.3f}")
    if not has_reference:
        return cells
    difference = MISSING if row.difference is None else f"{row.difference:+.2f}"
    iou = MISSING if row.mean_iou is None else f"{row.mean_iou:.4f}"
    return (*cells, percent(row.reference_char_f1, 2), difference, percent(row.identical_lines, 2), iou)


def _difference_table(result: AccuracyResult) -> Table:
    rows = tuple(
        (
            one.image,
            str(one.characters),
            one.lines,
            percent(one.char_f1, 2),
            percent(one.reference_char_f1, 2),
            "; ".join(one.examples),
        )
        for one in result.different
    )
    columns = ("image", "characters", "lines", "char-F1", "reference", "for example, ours → reference")
    return Table("Images that differ the most from the reference", columns, rows, text_columns=(5,))


def _bars(name: str, result: AccuracyResult) -> Series:
    return Series(name, tuple(row.name for row in result.rows), tuple(100 * row.char_f1 for row in result.rows))
