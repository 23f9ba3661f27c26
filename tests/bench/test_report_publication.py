"""Where a result goes."""

import argparse
import io
from pathlib import Path

import pytest
from rich.console import Console

from bench.errors import BenchError
from bench.report.content import Section, Table
from bench.report.document import read_documents
from bench.report.publication import add_out_argument, publish, result_console
from tests.bench.report_samples import HOSTILE_SECTION, SECTIONS, TABLE, document


def out(*arguments):
    """Return what ``--out`` is parsed to."""
    parser = argparse.ArgumentParser()
    add_out_argument(parser)
    return parser.parse_args(arguments).out


def printed(sections, capsys, documents=()):
    """Return what is printed of sections where the output is a pipe."""
    publish(documents, sections, [], result_console())
    return capsys.readouterr().out


def test_out_may_be_given_several_times():
    """``--out`` is a list in the order given, and each parse has a list of its own."""
    assert out("--out", "a.json", "--out", "b/c.html") == [Path("a.json"), Path("b/c.html")]
    assert out() == []


@pytest.mark.parametrize("path", ["report.pdf", "report", "json", "report.HTML5"])
def test_an_unknown_suffix_is_refused_at_once(path, capsys):
    """A suffix that names no kind of report ends the command before anything is measured, and the known are named."""
    with pytest.raises(SystemExit):
        out("--out", path)

    assert ".json, .md or .html" in capsys.readouterr().err


def test_every_file_is_written_by_its_suffix(tmp_path):
    """JSON is read back as documents, Markdown and HTML hold the tables; folders are made."""
    paths = [tmp_path / "a" / f"report{suffix}" for suffix in (".json", ".md", ".html")]
    console = Console(file=io.StringIO())

    publish([document()], SECTIONS, paths, console)

    assert read_documents(paths[0]) == [document()]
    assert paths[1].read_text().startswith("# Load: this service\n")
    assert paths[2].read_text().startswith("<!doctype html>")
    assert "212.0" in console.file.getvalue()


@pytest.mark.parametrize("suffix", [".json", ".md", ".html"])
def test_a_file_that_cannot_be_written_is_an_error_of_one_line(tmp_path, suffix):
    """A folder that is a file is named in the error."""
    (tmp_path / "file").touch()

    with pytest.raises(BenchError, match="cannot write"):
        publish([document()], SECTIONS, [tmp_path / "file" / f"report{suffix}"], Console(file=io.StringIO()))


def test_a_file_that_cannot_be_written_costs_nothing_else(tmp_path):
    """The other files are written and the tables printed all the same: a measurement may have taken an hour."""
    (tmp_path / "file").touch()
    good, console = tmp_path / "good.json", Console(file=io.StringIO(), width=200)
    with pytest.raises(BenchError, match="cannot write"):
        publish([document()], SECTIONS, [tmp_path / "file" / "report.json", good], console)
    assert read_documents(good) == [document()]
    assert "212.0" in console.file.getvalue()
    assert f"written: {good}" in console.file.getvalue()


def test_a_folder_is_refused_before_anything_is_measured(tmp_path, capsys):
    """What can never be written is told at once."""
    parser = argparse.ArgumentParser()
    add_out_argument(parser)
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(SystemExit):
        parser.parse_args(["--out", str(tmp_path / "folder.json")])
    assert "cannot be written" in capsys.readouterr().err


def test_a_piped_table_keeps_each_row_on_one_line(capsys):
    """However wide a table is, nothing of it is folded or cut where the output is no terminal."""
    row = tuple(f"cell {place} of a wide table" for place in range(40))
    sentence = "A long sentence on how to read it. " * 20
    wide = Table("Wide", tuple(f"column {place}" for place in range(40)), (row,), note=sentence.strip())

    lines = printed([Section("Section", (wide,))], capsys).splitlines()

    assert any(all(cell in line for cell in row) for line in lines)
    assert sentence.strip() in lines


def test_the_terminal_shows_titles_figures_cells_and_notes(capsys):
    """Everything but charts is printed."""
    text = printed(SECTIONS, capsys)

    shown = ["Load", "Open loop.", "p99", "212 ms", TABLE.title, TABLE.note, *TABLE.columns]
    assert all(part in text for part in [*shown, *(cell for row in TABLE.rows for cell in row)])


def test_texts_from_outside_cannot_steer_the_terminal(capsys):
    """Markup is shown as it is, and of an escape sequence only the harmless rest."""
    steering = Table("[red]title[/red]", ("[bold]a",), (("\x1b[2J[link=x]cell\x07\x9b31m\u202egnp",),))

    text = printed([Section("[x]", (steering,)), HOSTILE_SECTION], capsys)

    assert "[red]title[/red]" in text
    assert "[bold]a" in text
    assert "\N{REPLACEMENT CHARACTER}[2J[link=x]cell" in text
    assert not set(text) & set("\x1b\x07\x9b\u202e")
