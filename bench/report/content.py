"""The parts of a report, free of how they are shown: a terminal, a Markdown page or HTML."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows. The first column names the row and is aligned left, the others are aligned right.

    Cells are shown as they are; ``-`` stands for what was not measured. ``note`` says how to read the table.
    ``total_rows`` rows at the end are set apart. ``text_columns`` are the places (from 0) of further columns that hold
    words and are aligned left.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    total_rows: int = 0
    text_columns: tuple[int, ...] = ()

    def is_text(self, column: int) -> bool:
        """Return whether the column at this place (from 0) holds words."""
        return column == 0 or column in self.text_columns


class Mark(StrEnum):
    """How a chart draws its series."""

    LINE = "line"
    STEPS = "steps"
    POINTS = "points"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: as many ``y`` as ``x``. For bars ``x`` may be names.

    ``low`` and ``high``, given together, are the ends of error bars.
    """

    name: str
    x: tuple[float, ...] | tuple[str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over one pair of axes; labels carry their units. ``note`` says how to read the chart."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    mark: Mark = Mark.LINE
    log_x: bool = False
    log_y: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that the report leads with, such as ``p99`` and ``212 ms``."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it, in order. ``figures`` are shown large, above the parts."""

    title: str
    parts: tuple[Table | Chart, ...]
    text: str = ""
    figures: tuple[Figure, ...] = ()
