"""Sections as one HTML file that needs nothing else: style, plots and the library that draws them are inside.

plotly.js comes whole with plotly's package and makes up nearly all of the 5 MB; a page without a chart goes without it.
The page's policy lets no script run but these, and lets nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped] # it has no types

from bench.report.chart_table import chart_description, chart_table
from bench.report.colours import series_colours
from bench.report.content import Chart, Section, Table
from bench.report.document import Document
from bench.report.plain_text import plain
from bench.report.plot import plot
from bench.report.provenance_tables import provenance_tables

FOLDER = Path(__file__).parent / "page"


def report_html(title: str, documents: Sequence[Document], sections: Sequence[Section]) -> str:
    """Return the whole page; nothing in titles, labels and cells is taken for HTML."""
    charts = [part for section in sections for part in section.parts if isinstance(part, Chart)]
    colours = series_colours(charts)
    scripts = _scripts() if charts else []
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            title=title,
            about=_about(documents),
            sections=sections,
            provenance=provenance_tables(documents),
            style=_inline((FOLDER / "report.css").read_text(encoding="utf-8")),
            scripts=scripts,
            policy=_policy(scripts),
            plot=lambda chart: plot(chart, colours),
        )
    )


def _about(documents: Sequence[Document]) -> dict[str, str]:
    """Return what the page says above everything else: what was measured, when and where, each once."""
    about = {
        "Measured": " · ".join(dict.fromkeys(document.label for document in documents)),
        "Started": _span(sorted(document.started_at for document in documents)),
        "Machine": " · ".join(dict.fromkeys(_machine(document.machine) for document in documents)),
    }
    return {name: value for name, value in about.items() if value}


def _span(times: Sequence[str]) -> str:
    """Return the first and the last of some times, to the minute."""
    if not times:
        return ""
    first, last = (time[:16].replace("T", " ") for time in (times[0], times[-1]))
    same_day = first[:10] == last[:10]
    return f"{first} UTC" if first == last else f"{first} to {last[11:] if same_day else last} UTC"


def _machine(machine: Mapping[str, str]) -> str:
    """Return the processor's name, how much of it counts, and the memory."""
    parts = (("CPU", "{}"), ("CPUs usable", "{} CPUs"), ("memory", "{} of memory"))
    return ", ".join(text.format(machine[name]) for name, text in parts if name in machine)


def _environment() -> Environment:
    """Return an environment that escapes all that is text, and knows a table from a chart."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["chart"] = lambda part: isinstance(part, Chart)
    environment.globals |= {"Table": Table, "chart_table": chart_table, "chart_description": chart_description}
    return environment


def _shown(value: Any) -> Any:
    """Return what a template writes; text that is not yet HTML loses what would steer the page."""
    return plain(value) if type(value) is str else value


def _scripts() -> list[Markup]:
    """Return what the page runs, in order."""
    return [_inline(get_plotlyjs()), _inline((FOLDER / "report.js").read_text(encoding="utf-8"))]


def _inline(source: str) -> Markup:
    """Return a file of our own, or plotly's, as it is: neither holds anything from outside."""
    return Markup(source)  # noqa: S704 -- see above


def _policy(scripts: Sequence[str]) -> str:
    """Return the page's content security policy; plotly.js needs to set styles, and pictures to save a plot as one."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    sources = " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {sources}",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
