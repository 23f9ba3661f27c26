"""``python -m bench report``."""

import pytest

from bench import cli
from bench.errors import BenchError
from bench.report.command import read_all, report_sections
from bench.report.content import Section, Table
from bench.report.document import read_documents, write_documents
from tests.bench.report_samples import document


def listing(documents):
    """Return a section that lists labels: a stand-in for a command's own."""
    rows = tuple((one.label,) for one in documents)
    return [Section(f"{documents[0].command} section", (Table("Labels", ("label",), rows),))]


@pytest.fixture
def files(tmp_path):
    """Two files: load of one service and soak, load of another."""
    contents = {"first": [document("load", "a"), document("soak", "a")], "second": [document("load", "b")]}
    for name, documents in contents.items():
        write_documents(tmp_path / f"{name}.json", documents)
    return [tmp_path / f"{name}.json" for name in contents]


def test_documents_of_a_command_are_shown_side_by_side(files):
    """Each command has one turn, in the order in which they appear first, with its documents of all files."""
    sections = report_sections(read_all(files), {"soak": listing, "load": listing})

    assert [section.title for section in sections] == ["load section", "soak section"]
    assert sections[0].parts[0].rows == (("a",), ("b",))


def test_the_same_label_in_two_files_gets_the_files_names(files, tmp_path):
    """Before and after a change can be told apart, even where the files have the same name in two folders."""
    again = tmp_path / "other" / "first.json"
    write_documents(again, [document("load", "b")])

    assert [one.label for one in read_all([*files, again])] == ["a", "a", "b (second)", "b (first 3)"]


def test_a_command_without_a_report_is_named(files):
    """A result that nothing here can show is an error that lists what can be shown."""
    with pytest.raises(BenchError, match="there is no report of 'soak', only of load"):
        report_sections(read_all(files), {"load": listing})


def test_files_without_a_measurement_are_an_error(tmp_path):
    """An empty report is of no use to anybody."""
    write_documents(tmp_path / "empty.json", [])

    with pytest.raises(BenchError, match="no measurement"):
        read_all([tmp_path / "empty.json"])


@pytest.fixture
def known(monkeypatch):
    """Let the command line know two commands, which list labels."""

    class Command:
        sections = staticmethod(listing)

        def __init__(self, name):
            self.name = name

        def add_parser(self, subparsers):
            """Add no more than the name."""
            subparsers.add_parser(self.name)

    monkeypatch.setattr(cli, "SUBCOMMANDS", (Command("load"), Command("soak")))


def test_the_command_prints_or_writes(files, tmp_path, known, capsys):
    """Without ``--out`` the tables are printed; with it each file is written, JSON with all documents in one."""
    arguments = ["report", *map(str, files)]
    assert cli.main(arguments) == 0
    assert "load section" in capsys.readouterr().out

    outs = [tmp_path / "new" / f"all{suffix}" for suffix in (".json", ".md", ".html")]
    assert cli.main([*arguments, "--title", "Spring", *(f"--out={out}" for out in outs)]) == 0

    assert "load section" not in capsys.readouterr().out
    assert read_documents(outs[0]) == read_all(files)
    assert outs[1].read_text().startswith("# Spring\n")
    assert "<h1>Spring</h1>" in outs[2].read_text()


def test_every_command_that_leaves_documents_can_be_reported():
    """What a command shows of its documents is known to the report by the command's own name."""
    renderers = cli.build_parser().parse_args(["report", "a.json"]).renderers

    assert {"load", "sweep", "soak"} <= set(renderers)
    assert all(renderers[name].__module__.startswith("bench.") for name in renderers)


def test_a_broken_file_ends_the_command_with_one_line(tmp_path, known, capsys):
    """The status is 2 and the file is named."""
    (tmp_path / "broken.json").write_text("{")

    assert cli.main(["report", str(tmp_path / "broken.json")]) == 2
    assert "broken.json is no result" in capsys.readouterr().err.replace("\n", " ")
