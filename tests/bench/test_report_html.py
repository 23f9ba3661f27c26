"""Reports as one HTML file."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs

from bench.report.content import Section
from bench.report.html import report_html
from tests.bench.report_samples import CHARTS, HOSTILE, HOSTILE_SECTION, SECTIONS, TABLE, document, hostile_document

LINKS = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "formaction"}


class Page(HTMLParser):
    """What a page consists of: its tags with their attributes, its text, and its scripts by type."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts, self.scripts, self._inside = [], [], [], None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._inside = tag
            self.scripts.append([dict(attrs).get("type") if tag == "script" else "style", ""])

    def handle_endtag(self, tag):
        """Leave a script."""
        self._inside = None if tag == self._inside else self._inside

    def handle_data(self, data):
        """Keep a text."""
        if self._inside:
            self.scripts[-1][1] += data
        elif data.strip():
            self.texts.append(data.strip())

    def attributes(self, name):
        """Return every value of an attribute."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    def policy(self):
        """Return the content security policy."""
        (policy,) = (attributes["content"] for _, attributes in self.tags if "http-equiv" in attributes)
        return policy

    def of_type(self, kind):
        """Return the scripts of one type; None is what runs."""
        return [script for type_, script in self.scripts if type_ == kind]


@pytest.fixture(scope="module")
def page():
    """The sample report."""
    return Page(report_html("A title", [document()], SECTIONS))


def test_every_cell_title_figure_and_note_is_there(page):
    """Nothing that was measured is lost, and each section can be reached from the contents."""
    expected = ["A title", "Open loop.", "p99", "212 ms", TABLE.title, TABLE.note, *TABLE.columns]
    expected += [cell for row in TABLE.rows for cell in row if cell]
    expected += [chart.title for chart in CHARTS] + ["Abacus 9, 2 of 4 CPUs, 8.0 GiB of memory", "engine.name", "null"]

    assert not [text for text in expected if text not in page.texts]
    targets = {link.removeprefix("#") for link in page.attributes("href")}
    assert {"section-1", "section-2", "section-3", "provenance"} <= targets <= set(page.attributes("id"))


def test_the_page_says_when_it_was_measured():
    """One time where there is one, else the first and the last; the day is said once."""
    times = ["2026-01-02T03:04:05Z", "2026-01-02T05:00:00Z", "2026-01-03T00:00:00Z"]
    documents = [replace(document(), started_at=time) for time in times]

    shown = [Page(report_html("t", documents[:count], [])).texts for count in (1, 2, 3)]

    assert "2026-01-02 03:04 UTC" in shown[0]
    assert "2026-01-02 03:04 to 05:00 UTC" in shown[1]
    assert "2026-01-02 03:04 to 2026-01-03 00:00 UTC" in shown[2]


def test_the_page_refers_to_nothing_outside(page):
    """No attribute and no style names another file, and the policy forbids whatever a script might fetch."""
    links = [value for name in LINKS for value in page.attributes(name)]
    assert not [link for link in links if not link.startswith("#")]
    assert not re.search(r"url\(|@import|https?:", page.of_type("style")[0])
    policy = page.policy()
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


def test_the_drawing_library_is_there_once(page):
    """However many charts there are, plotly.js is inside once, and one script draws them all."""
    library, ours = page.of_type(None)

    assert library == get_plotlyjs()
    assert "Plotly.react" in ours
    assert len(page.of_type("application/json")) == len(CHARTS)


def test_a_page_without_charts_has_no_script():
    """Tables alone need no script: none is inside, and none may run."""
    source = report_html("Title", [document()], [Section("Load", (TABLE,))])

    assert Page(source).of_type(None) == []
    assert "script-src 'none'" in Page(source).policy()
    assert len(source) < 50_000


def test_a_chart_has_a_text_alternative(page):
    """Who does not see a chart is told what it shows, and has its figures in a table."""
    (cost,) = [label for label in page.attributes("aria-label") if "Cost" in label]

    assert cost == "Bar chart: Cost. CNY against platform, for this service."
    assert {"FC", "SCF", "1.5", "2.5"} <= set(page.texts)


def test_hostile_texts_stay_text():
    """Whatever a service calls itself: no tag, no attribute and no script comes of it, in the charts' data neither."""
    hostile = Page(report_html(HOSTILE, [hostile_document()], [HOSTILE_SECTION]))
    harmless = Page(report_html("t", [document()], [SECTIONS[0]]))

    assert {tag for tag, _ in hostile.tags} <= {tag for tag, _ in harmless.tags}
    assert not [attributes for _, attributes in hostile.tags if any(name.startswith("on") for name in attributes)]
    assert len(hostile.of_type(None)) == 2
    assert hostile.texts.count(HOSTILE) > 10
    (plot,) = (json.loads(data) for data in hostile.of_type("application/json"))
    assert "<" not in json.dumps(plot)
    assert "$" not in json.dumps(plot)
