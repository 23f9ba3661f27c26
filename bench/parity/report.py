"""The result as Markdown, for the documentation, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from bench.parity.causes import MEANINGS, Cause, Difference
from bench.parity.measurement import Measured

_LINES = (
    "| configuration | images | same text | lines | same text | char-F1 | PaddleOCR | difference, points "
    "| mean of sets | mean IoU | same words |"
)
_SETS = "| set | images | char-F1 | PaddleOCR | difference, points | lines | same text | mean IoU |"


def markdown(measured: Sequence[Measured], versions: str) -> str:
    """Return the whole report: figures, causes, what has no cause, and the sets of each configuration."""
    parts = [
        f"PaddleOCR: {versions}",
        _parity_table(measured),
        _cause_table(measured),
        "\n".join(f"- **{cause}**: {meaning}." for cause, meaning in MEANINGS.items()),
        _unexplained(measured),
        *(f"### {one.configuration.name}\n\n{_set_table(one)}" for one in measured),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def document(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return the whole result as JSON values, every line that differs included."""
    return [
        {
            "configuration": one.configuration.name,
            "service": one.info,
            "reference": one.reference,
            "rows": [asdict(row) for row in (*one.rows, one.all_images, one.mean)],
            "words": asdict(one.words),
            "misses": one.misses,
            "differences": [asdict(difference) for difference in one.differences],
        }
        for one in measured
    ]


def _parity_table(measured: Sequence[Measured]) -> str:
    rows = []
    for one in measured:
        row, agreement = one.all_images, one.all_images.agreement
        cells = [
            one.configuration.name,
            str(row.images),
            _percent(agreement.identical_images_share),
            str(agreement.lines),
            _percent(agreement.identical_share),
            _percent(row.char_f1),
            _percent(row.reference_char_f1),
            _points(row.difference),
            _points(one.mean.difference),
            _iou(agreement.mean_iou),
            _percent(one.words.value),
        ]
        rows.append(_row(cells))
    return _table(_LINES, rows)


def _cause_table(measured: Sequence[Measured]) -> str:
    """Return how many lines differ for which reason; each column counts lines."""
    heading = _row(["configuration", "lines that differ", "but for spaces", *Cause])
    rows = []
    for one in measured:
        counts = Counter(difference.cause for difference in one.differences)
        spaces = sum(difference.is_white_space for difference in one.differences)
        figures = (len(one.differences), spaces, *(counts[cause] for cause in Cause))
        rows.append(_row([one.configuration.name, *(str(figure) for figure in figures)]))
    return _table(heading, rows)


def _unexplained(measured: Sequence[Measured]) -> str:
    """Return the lines without a cause, a list item each."""
    return "\n".join(
        f"- {one.configuration.name}, {difference.image}: {_readings(difference)}"
        for one in measured
        for difference in one.differences
        if difference.cause is Cause.OTHER
    )


def _readings(difference: Difference) -> str:
    """Return what both sides read, ours first, and by how much PaddleOCR's was decided."""
    ours, theirs = (f"`{side}`" if side is not None else "nothing" for side in (difference.ours, difference.theirs))
    margin = "" if difference.margin is None else f" (by {difference.margin:.3f})"
    return f"{ours} against {theirs}{margin}"


def _set_table(one: Measured) -> str:
    rows = []
    for row in (*one.rows, one.all_images, one.mean):
        agreement = row.agreement
        figures = [_percent(row.char_f1), _percent(row.reference_char_f1), _points(row.difference)]
        lines = [str(agreement.lines or "-"), _percent(agreement.identical_share), _iou(agreement.mean_iou)]
        rows.append(_row([row.name, str(row.images), *figures, *lines]))
    return _table(_SETS, rows)


def _table(heading: str, rows: Iterable[str]) -> str:
    """Return a Markdown table whose first column is text and whose others are figures."""
    rule = _row(["---", *(["--:"] * (heading.count("|") - 2))])
    return "\n".join([heading, rule, *rows])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _percent(fraction: float | None) -> str:
    return "-" if fraction is None else f"{100 * fraction:.2f}"


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _iou(value: float | None) -> str:
    return "-" if value is None else f"{value:.5f}"
