"""The result as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from bench.accuracy.evaluation import ImageResult, Row

SAMPLE_LINES = 3
"""Differing lines that the table shows for an image."""


def score_table(rows: Sequence[Row], totals: Sequence[Row], *, with_reference: bool) -> Table:
    """Return the table of all sets and, below a rule, of the totals; fractions are shown as per cent."""
    table = Table(title="Accuracy (per cent)", title_justify="left")
    table.add_column("set", no_wrap=True)
    headings = ["images", "char-F1", "word-F1", "line recall", "s/image"]
    if with_reference:
        headings += ["reference char-F1", "difference, points", "same lines", "mean IoU"]
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*_cells(row, with_reference=with_reference))
    table.add_section()
    for row in totals:
        table.add_row(*_cells(row, with_reference=with_reference), style="bold")
    return table


def difference_table(results: Sequence[ImageResult]) -> Table:
    """Return the table of the images that differ the most from the reference, with some of their lines."""
    table = Table(title="Images that differ the most from the reference", title_justify="left", show_lines=True)
    table.add_column("image", overflow="fold")
    for heading in ("characters", "lines", "char-F1", "reference"):
        table.add_column(heading, justify="right")
    table.add_column("ours → reference", overflow="fold")
    for result in results:
        if result.comparison is None or result.reference is None:
            continue
        agreement = result.comparison.agreement
        table.add_row(
            result.sample.key,
            str(result.comparison.character_gap),
            f"{agreement.lines - agreement.identical} of {agreement.lines}",
            _percent(result.score.characters.f1),
            _percent(result.reference.characters.f1),
            "\n".join(_differing_lines(result)[:SAMPLE_LINES]),
        )
    return table


def _differing_lines(result: ImageResult) -> list[str]:
    """Return the differing lines, those that only one side has last."""
    if result.comparison is None:
        return []
    changed = [pair for pair in result.comparison.pairs if not pair.is_identical]
    size = [] if result.comparison.same_picture else ["another picture size: turned or scaled"]
    return [
        *size,
        *(f"{pair.ours.text} → {pair.theirs.text}" for pair in changed),
        *(f"{line.text} → (none)" for line in result.comparison.only_ours),
        *(f"(none) → {line.text}" for line in result.comparison.only_theirs),
    ]


def _cells(row: Row, *, with_reference: bool) -> list[str]:
    """Return one row's cells."""
    seconds = "-" if row.seconds is None else f"{row.seconds:.3f}"
    cells = [
        row.name,
        str(row.images),
        _percent(row.char_f1),
        _percent(row.word_f1),
        _percent(row.line_recall),
        seconds,
    ]
    if with_reference:
        difference = "-" if row.difference is None else f"{row.difference:+.2f}"
        iou = "-" if row.agreement.mean_iou is None else f"{row.agreement.mean_iou:.4f}"
        cells += [_percent(row.reference_char_f1), difference, _percent(row.agreement.identical_share), iou]
    return cells


def _percent(fraction: float | None) -> str:
    """Return a fraction as per cent with two digits, or a dash."""
    return "-" if fraction is None else f"{100 * fraction:.2f}"
