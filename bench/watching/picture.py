"""The dashboard as a picture: a page in its own grid, which a headless Chromium shows."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped] # it has no types

from bench.errors import BenchError
from bench.watching.answers import Answered, Span
from bench.watching.drawing import MARKS, drawn

_FOLDER = Path(__file__).parent / "page"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_DRAWING_MS = 30_000
_BROWSER_S = 120.0
_WIDTH = 1440
_ROW, _GAP, _AROUND = 22, 8, 66
"""Pixels, as the style sheet has them."""

_COLOURS = 256
_REFINED = 3
"""Rounds in which the colours that are kept come nearer to those that there are."""


def dashboard_page(title: str, panels: Sequence[Answered], span: Span, marks: Mapping[str, Sequence[float]]) -> str:
    """Return the page, which needs nothing else."""
    folder = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    first, last = (datetime.fromtimestamp(at, UTC).strftime("%H:%M") for at in (span.start, span.end))
    script = (_FOLDER / "dashboard.js").read_text(encoding="utf-8")
    return folder.get_template("dashboard.html.jinja").render(
        title=title,
        about=f"{first} to {last} UTC",
        marks=MARKS,
        panels=[(answered.panel, drawn(answered, span, marks)) for answered in panels],
        style=Markup((_FOLDER / "dashboard.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        scripts=[Markup(get_plotlyjs()), Markup(script)],  # noqa: S704 - plotly's file, and our own
    )


def height(panels: Sequence[Answered]) -> int:
    """Return how many pixels high the page is."""
    rows = max(answered.panel.place.y + answered.panel.place.height for answered in panels)
    return rows * (_ROW + _GAP) - _GAP + _AROUND


def write_picture(page: str, pixels: int, path: Path) -> None:
    """Write the page, so many *pixels* high, as a PNG file of few colours; raises BenchError without a browser."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise BenchError("no Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "dashboard.html", Path(folder) / "dashboard.png"
        source.write_text(page, encoding="utf-8")
        command = [
            browser,
            *_FLAGS,
            f"--user-data-dir={folder}/profile",
            f"--window-size={_WIDTH},{pixels}",
            f"--virtual-time-budget={_DRAWING_MS}",
            f"--screenshot={shot}",
            source.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_BROWSER_S, check=False)
        if done.returncode or not shot.exists():
            raise BenchError(f"the browser made no picture:\n{done.stderr[-500:]}")
        picture = Image.open(io.BytesIO(shot.read_bytes())).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    # By coverage, so that a thin line keeps its colour beside large faint areas.
    few = picture.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, _REFINED, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True)
