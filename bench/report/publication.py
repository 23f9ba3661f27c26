"""Where a result goes: tables to the terminal, the whole report to files whose suffix says of which kind."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from bench.errors import BenchError
from bench.report.content import Section
from bench.report.document import Document, write_documents
from bench.report.html import report_html
from bench.report.markdown import report_markdown
from bench.report.terminal import print_sections, result_console

__all__ = ["add_out_argument", "publish", "result_console", "write_reports"]

SUFFIXES = (".json", ".md", ".html")


def add_out_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--out PATH``, which may be given several times; it is a list of paths, empty where it is not given."""
    parser.add_argument(
        "--out",
        type=_report_path,
        action="append",
        default=[],
        metavar="PATH",
        help="write the result: .json for all figures, .md for tables, .html with charts (repeatable; makes folders)",
    )


def publish(documents: Sequence[Document], sections: Sequence[Section], out: Sequence[Path], console: Console) -> None:
    """Write each file, then print figures and tables; raises BenchError where one could not be written.

    In this order, so that a reader of the output who goes away (``| head``) does not cost the files; a file that cannot
    be written costs neither the other files nor the tables.
    """
    broken = _write_all(documents, sections, out, _title(documents))
    print_sections(sections, console)
    _conclude(out, broken, console)


def write_reports(
    documents: Sequence[Document], sections: Sequence[Section], out: Sequence[Path], console: Console, title: str = ""
) -> None:
    """Write each file and say so, making a title where none is given; raises BenchError where one could not be."""
    _conclude(out, _write_all(documents, sections, out, title or _title(documents)), console)


def _write_all(
    documents: Sequence[Document], sections: Sequence[Section], out: Sequence[Path], title: str
) -> dict[Path, BenchError]:
    """Write what can be written; return the others with the reason."""
    broken = {}
    for path in out:
        try:
            _write(path, documents, sections, title)
        except BenchError as error:
            broken[path] = error
    return broken


def _conclude(out: Sequence[Path], broken: Mapping[Path, BenchError], console: Console) -> None:
    """Say what was written; raises the first of the errors."""
    for path in out:
        if path not in broken:
            console.print(f"written: {path}", style="dim", markup=False, highlight=False, soft_wrap=True)
    for error in broken.values():
        raise error


def _write(path: Path, documents: Sequence[Document], sections: Sequence[Section], title: str) -> None:
    """Write one file of the kind that its suffix says, making the folder; raises BenchError where that fails."""
    if path.suffix == ".json":
        write_documents(path, documents)
        return
    render = report_html if path.suffix == ".html" else report_markdown
    text = render(title, documents, sections)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from error


def _title(documents: Sequence[Document]) -> str:
    """Return a title that says which command measured what."""
    commands = ", ".join(dict.fromkeys(document.command for document in documents))
    labels = ", ".join(dict.fromkeys(document.label for document in documents))
    title = f"{commands}: {labels}"
    return title[:1].upper() + title[1:]


def _report_path(text: str) -> Path:
    """Parse a path whose suffix is known; argparse reports the ArgumentTypeError."""
    path = Path(text)
    if path.suffix not in SUFFIXES:
        raise argparse.ArgumentTypeError(f"{text!r} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    there = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if path.is_dir() or not os.access(there, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return path
