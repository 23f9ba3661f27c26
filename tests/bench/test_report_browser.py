"""Reports in a real browser. On Debian and Ubuntu: apt-get install chromium."""

import re
import subprocess

import pytest

from bench.report.html import report_html
from tests.bench.report_samples import CHARTS, HOSTILE, HOSTILE_SECTION, SECTIONS, document, hostile_document
from tests.browser import BROWSER

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
    "--dump-dom",
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")


@pytest.fixture
def browsed(tmp_path):
    """Return a function from a page's source to its document as the scripts leave it, and to their complaints."""

    def browse(source):
        page = tmp_path / "report.html"
        page.write_text(source, encoding="utf-8")
        command = [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return browse


def test_every_chart_is_drawn_without_a_complaint(browsed):
    """Each plot holds its drawing with its series and axes, and the console stays empty: the page's policy lets it."""
    dom, complaints = browsed(report_html("Title", [document()], SECTIONS))

    assert complaints == []
    plots = re.split(r'<div class="plot[ "]', dom)[1:]
    assert len(plots) == len(CHARTS)
    for chart, plot in zip(CHARTS, plots, strict=True):
        drawing = plot.split('<script type="application/json"')[0]
        assert 'class="main-svg"' in drawing
        assert len(re.findall(r'<g class="trace ', drawing)) >= len(chart.series)
        assert chart.y_label in drawing


def test_hostile_texts_stay_text(browsed):
    """Whatever a service calls itself: nothing runs, nothing is even held back, and it is shown as it is."""
    dom, complaints = browsed(report_html("Title", [hostile_document()], [HOSTILE_SECTION]))

    assert complaints == []
    assert "<title>Title</title>" in dom
    assert "<b>x" not in dom
    shown = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    assert shown in dom.split('class="main-svg"')[1]
