"""``python -m bench report``: one report of measurements made before, those of one command side by side.

Reads what the other commands wrote with ``--out RESULT.json``. Without ``--out`` the tables are printed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.errors import BenchError
from bench.report.content import Section
from bench.report.document import Document, read_documents
from bench.report.publication import add_out_argument, result_console, write_reports
from bench.report.terminal import print_sections

Renderer = Callable[[Sequence[Document]], list[Section]]
"""What turns all documents of one command into sections."""


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], renderers: Mapping[str, Renderer]
) -> None:
    """Add the subcommand ``report``; *renderers* are those of the other commands, by name."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "report", help="one report of earlier results", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="RESULT.json", help="results of the other commands")
    parser.add_argument("--title", default="", help="the report's title (default: the commands and what they measured)")
    add_out_argument(parser)
    parser.set_defaults(run=run, renderers=renderers)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; the status is 0, whatever the measurements found."""
    documents = read_all(arguments.files)
    sections = report_sections(documents, arguments.renderers)
    console = result_console()
    if not arguments.out:
        print_sections(sections, console)
    write_reports(documents, sections, arguments.out, console, arguments.title)
    return 0


def read_all(files: Sequence[Path]) -> list[Document]:
    """Return the documents of all files; where two files measured what has the same label, the files' names are added.

    Raises BenchError where a file cannot be read, or none has a measurement.
    """
    read = [(name, read_documents(path)) for name, path in zip(_names(files), files, strict=True)]
    sources = Counter(key for _, documents in read for key in {(one.command, one.label) for one in documents})
    documents = [
        one if sources[one.command, one.label] == 1 else replace(one, label=f"{one.label} ({name})")
        for name, documents in read
        for one in documents
    ]
    if not documents:
        raise BenchError("there is no measurement in these files")
    return documents


def report_sections(documents: Sequence[Document], renderers: Mapping[str, Renderer]) -> list[Section]:
    """Return the sections, command by command in the order in which they appear first."""
    sections: list[Section] = []
    for command in dict.fromkeys(document.command for document in documents):
        if command not in renderers:
            raise BenchError(f"there is no report of {command!r}, only of {', '.join(sorted(renderers))}")
        sections += renderers[command]([document for document in documents if document.command == command])
    return sections


def _names(files: Sequence[Path]) -> list[str]:
    """Return a name for each file, short and its own."""
    counts = Counter(path.stem for path in files)
    return [
        path.stem if counts[path.stem] == 1 else f"{path.stem} {place}" for place, path in enumerate(files, start=1)
    ]
