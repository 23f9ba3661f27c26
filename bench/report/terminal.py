"""Sections on a terminal: figures and tables. Charts are for HTML and are left out."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from bench.report.content import Figure, Section, Table
from bench.report.plain_text import plain

PIPED_WIDTH = 2000
"""Columns where the output is no terminal: no table is so wide that it would be folded."""


def result_console() -> Console:
    """Return a console on standard output, wide enough for every table where that is not a terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPED_WIDTH)


def print_sections(sections: Sequence[Section], console: Console) -> None:
    """Print the sections one below the other; cells and titles are shown as they are, never read as markup."""
    for section in sections:
        if not (section.text or section.figures or any(isinstance(part, Table) for part in section.parts)):
            continue  # charts alone
        _print_text(console, section.title, "bold cyan")
        if section.text:
            _print_text(console, section.text)
        if section.figures:
            console.print(_figures(section.figures))
        for part in section.parts:
            if isinstance(part, Table):
                console.print()
                _print_table(console, part)
        console.print()


def _figures(figures: Sequence[Figure]) -> Grid:
    """Return the figures side by side, each above its label."""
    grid = Grid.grid(padding=(0, 4, 0, 0))
    for _ in figures:
        grid.add_column()
    grid.add_row(*(Text(plain(figure.value), style="bold") for figure in figures))
    grid.add_row(*(Text(plain(figure.label), style="dim") for figure in figures))
    return grid


def _print_table(console: Console, table: Table) -> None:
    """Print a table below its title and above its note."""
    _print_text(console, table.title, "bold")
    grid = Grid(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for place, heading in enumerate(table.columns):
        grid.add_column(Text(plain(heading)), justify="left" if table.is_text(place) else "right", overflow="fold")
    first_total = len(table.rows) - table.total_rows
    for place, row in enumerate(table.rows):
        if place == first_total and place:
            grid.add_section()
        grid.add_row(*(Text(plain(cell)) for cell in row), style="bold" if place >= first_total else None)
    console.print(grid)
    if table.note:
        _print_text(console, table.note, "dim")


def _print_text(console: Console, text: str, style: str = "") -> None:
    """Print a line that the terminal itself wraps, so that piped text keeps its lines."""
    console.print(Text(plain(text), style=style), soft_wrap=not console.is_terminal)
