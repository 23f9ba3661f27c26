"""Sections as Markdown (GitHub's tables). Charts are for HTML and are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bench.report.content import Section, Table
from bench.report.document import Document
from bench.report.plain_text import plain
from bench.report.provenance_tables import provenance_tables

_ACTIVE = re.compile(r"[\\`*\[\]|<~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
"""What Markdown would read as something else than itself; an underscore within a word is none."""
_AT_START = re.compile(r"^(?:[#>+=-]|\d+(?=[.)]))", re.MULTILINE)


def report_markdown(title: str, documents: Sequence[Document], sections: Sequence[Section]) -> str:
    """Return the whole report: the sections, then what was measured with which settings on which machine."""
    provenance = "\n\n".join(_table(table) for table in provenance_tables(documents))
    return (
        "\n\n".join(
            [
                f"# {_line(title)}",
                *(_section(section, "##") for section in sections),
                f"## Machine, versions and settings\n\n{provenance}",
            ]
        )
        + "\n"
    )


def _section(section: Section, heading: str) -> str:
    """Return a heading with its figures, text and tables."""
    parts = [f"{heading} {_line(section.title)}"]
    if section.text:
        parts.append(_paragraph(section.text))
    if section.figures:
        parts.append("\n".join(f"- {_line(figure.label)}: **{_line(figure.value)}**" for figure in section.figures))
    parts += [_table(part) for part in section.parts if isinstance(part, Table)]
    return "\n\n".join(parts)


def _table(table: Table) -> str:
    """Return a table below its title and above its note; totals are bold."""
    first_total = len(table.rows) - table.total_rows
    rule = ["---" if table.is_text(place) else "--:" for place in range(len(table.columns))]
    rows = [
        _row(f"**{cell}**" if place >= first_total and cell else cell for cell in map(_line, row))
        for place, row in enumerate(table.rows)
    ]
    parts = [f"**{_line(table.title)}**"] if table.title else []
    parts.append("\n".join([_row(map(_line, table.columns)), _row(rule), *rows]))
    if table.note:
        parts.append(_paragraph(table.note))
    return "\n\n".join(parts)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _line(text: str) -> str:
    """Return text that shows as itself within one line; line ends become breaks."""
    return _ACTIVE.sub(r"\\\g<0>", plain(text).strip()).replace("\n", "<br>")


def _paragraph(text: str) -> str:
    """Return text that shows as itself and starts no heading, list or quotation."""
    return _AT_START.sub(_escape_start, _ACTIVE.sub(r"\\\g<0>", plain(text).strip()))


def _escape_start(match: re.Match[str]) -> str:
    """Return what opens a line with a backslash where Markdown wants it: after a list's number, before all else."""
    opening = match.group()
    return f"{opening}\\" if opening.isdigit() else f"\\{opening}"
