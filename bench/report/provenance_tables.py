"""What a report says about its documents: which machine, which versions, which settings, which service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.report.content import Table
from bench.report.document import Document

ABSENT = "-"


def provenance_tables(documents: Sequence[Document]) -> list[Table]:
    """Return the tables, of which those without a row are left out; documents that agree share a column."""
    commands = dict.fromkeys(document.command for document in documents)
    tables = [
        _runs(documents),
        _comparison("Machine", documents, lambda document: document.machine),
        _comparison("Versions", documents, lambda document: document.versions),
        _comparison("Service", documents, lambda document: document.service),
    ]
    for command in commands:
        chosen = [document for document in documents if document.command == command]
        tables.append(_comparison(f"Settings of {command}", chosen, lambda document: document.settings))
    return [table for table in tables if table.rows]


def _runs(documents: Sequence[Document]) -> Table:
    """Return what was run when."""
    rows = tuple((document.label, document.command, document.started_at) for document in documents)
    return Table("Runs", ("measured", "command", "started (UTC)"), rows, text_columns=(1, 2))


def _comparison(title: str, documents: Sequence[Document], part: Callable[[Document], Mapping[str, Any]]) -> Table:
    """Return one part of the documents side by side; a column is named after what was measured, or all."""
    columns: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for document in documents:
        columns.setdefault(tuple(_flatten(part(document))), []).append(document.label)
    everyone = len(columns) == 1 and len(documents) > 1
    headings = ["all" if everyone else ", ".join(dict.fromkeys(labels)) for labels in columns.values()]
    values = [dict(column) for column in columns]
    names = dict.fromkeys(name for column in values for name in column)
    rows = tuple((name, *(column.get(name, ABSENT) for column in values)) for name in names)
    return Table(title, ("name", *headings), rows, text_columns=tuple(range(1, len(headings) + 1)))


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and text of each value; nested names are joined by dots, lists of plain values by commas."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(value)


def _text(value: Any) -> str:
    """Return a JSON value as a person writes it."""
    match value:
        case None:
            return ABSENT
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case [[str(), str()], *_] if all(isinstance(item, (list, tuple)) for item in value):
            return ", ".join("=".join(map(_text, item)) for item in value)  # the parsed form of NAME=VALUE options
        case list() | tuple() if not any(isinstance(item, (Mapping, list, tuple)) for item in value):
            return ", ".join(map(_text, value)) or ABSENT
        case _:
            return json.dumps(value, ensure_ascii=False)
