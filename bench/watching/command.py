"""``python -m bench watching``: a picture of the dashboard, from a real run or of a Prometheus that there is.

Starts Prometheus with the configuration and the rules that are shipped, and instances of the service which it scrapes.
They are sent calm and busy traffic, a second instance starts, there is too much to do, large pictures come, an engine
is killed, and in the end pictures lie on their sides. Every panel is then drawn from what its queries come to.

With ``--prometheus URL`` nothing is started: the last ``--seconds`` of that one are drawn.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from rich.console import Console

from bench.command_line import address, positive_number
from bench.load.arguments import IMAGES
from bench.load.pictures import read_pictures
from bench.watching.answers import Span, answered, marked
from bench.watching.dashboard import Dashboard
from bench.watching.picture import dashboard_page, height, write_picture
from bench.watching.prometheus import JOB, Prometheus, started_prometheus
from bench.watching.scenario import play, staged

NAME = "watching"
SECONDS = 600.0
POINTS = 200
SCRAPE_S = 5.0
INTERVALS = {"evaluation_interval": "5s"}
PICTURE = Path("build/dashboard.png")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``watching``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="a picture of the dashboard over a run", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("--seconds", type=positive_number, default=SECONDS, help="of the run (default: %(default)g)")
    parser.add_argument(
        "--images", nargs="+", type=Path, default=[IMAGES], metavar="PATH", help="what is sent (default: tests/images)"
    )
    parser.add_argument("--prometheus", type=address, metavar="URL", help="draw what this one has seen instead")
    parser.add_argument("--job", default=JOB, help="what it calls the service (default: %(default)s)")
    parser.add_argument("--picture", type=Path, default=PICTURE, metavar="FILE.png", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 0, for there is no limit to hold."""
    dashboard = Dashboard.read(arguments.job)
    if arguments.prometheus:
        end = time.time()
        draw(dashboard, Prometheus(arguments.prometheus, Path()), end - arguments.seconds, end, arguments.picture)
        return 0
    pictures = read_pictures(arguments.images)
    with tempfile.TemporaryDirectory() as name, started_prometheus(Path(name), (), INTERVALS) as prometheus:
        start = time.time()
        with staged(Path(name), prometheus) as stage:
            play(stage, pictures, arguments.seconds)
            draw(dashboard, prometheus, start, time.time(), arguments.picture)
    return 0


def draw(dashboard: Dashboard, prometheus: Prometheus, start: float, end: float, path: Path) -> None:
    """Write the picture of what *prometheus* has seen from *start* to *end*, seconds since 1970."""
    step = max(SCRAPE_S, (end - start) / POINTS)
    span = Span(start, end, step, f"{max(step + SCRAPE_S, 4 * SCRAPE_S):.0f}s")
    panels = answered(dashboard, prometheus, span)
    page = dashboard_page(dashboard.title, panels, span, marked(dashboard, prometheus, span))
    write_picture(page, height(panels), path)
    Console().print(f"written: {path}", style="dim", markup=False, highlight=False, soft_wrap=True)
