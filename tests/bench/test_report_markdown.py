"""Reports as Markdown."""

import re

from bench.report.content import Section, Table
from bench.report.markdown import report_markdown
from tests.bench.report_samples import HOSTILE_SECTION, SECTIONS, TABLE, document, hostile_document


def test_every_cell_title_and_note_is_there():
    """Tables are whole, figures are listed, and totals are bold; charts are left out."""
    text = report_markdown("Title", [document()], SECTIONS)

    assert "# Title\n" in text
    assert "- p99: **212 ms**\n" in text
    assert (
        "| service | p50 | p99 | remark |\n| --- | --: | --: | --- |\n| this service | 85.0 | 212.0 | steady |" in text
    )
    assert "| **both** | **123.2** | **-** |  |" in text
    assert TABLE.note in text


def test_machine_versions_settings_and_service_end_the_report():
    """Nested values are flattened, and documents that agree share a column."""
    other = document(label="the other", settings={"rate": 3, "option": [["a", "1"], ["b", "2"]]})

    text = report_markdown("Title", [document(), other], [])

    assert "| name | all |\n| --- | --- |\n| CPU | Abacus 9 |" in text
    assert "| engine.name | null |\n| tiers | a, b |" in text
    assert "| name | this service | the other |\n| --- | --- | --- |\n| rate | 12.5 | 3 |" in text
    assert "| warm_up | - | - |\n| option | - | a=1, b=2 |" in text


def test_hostile_texts_stay_text():
    """No text opens a tag, a link or a cell of its own."""
    text = report_markdown("Title", [hostile_document()], [HOSTILE_SECTION])

    assert not re.search(r"(?<!\\)<(?!br>)", text)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {3, 4}


def test_what_markdown_reads_as_its_own_is_escaped():
    """Emphasis, code, links, lists, headings and entities stay what they are; names with underscores stay legible."""
    cells = ("*a* _b_ `c` [d](e) &amp; ~~f~~", "det_max_side", "two\nlines")
    section = Section("Section", (Table("", ("a", "b", "c"), (cells,), note="# no heading\n- no item\n1. no number"),))

    text = report_markdown("Title", [], [section])

    assert r"| \*a\* \_b\_ \`c\` \[d\](e) \&amp; \~\~f\~\~ | det_max_side | two<br>lines |" in text
    assert "\\# no heading\n\\- no item\n1\\. no number" in text
