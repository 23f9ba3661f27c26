"""``bench compare`` from its command line to its report, with contenders that only pretend."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import sample_choice
from bench.compare import command
from bench.compare.result import ComparisonResult
from bench.errors import BenchError
from bench.report.document import read_documents
from tests.bench.compare_stand_ins import LABELS, FakePeer, interrupt_at

Parse = Callable[..., argparse.Namespace]


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Parse:
    """Return what parses the arguments behind ``bench compare`` where there is no corpus."""
    monkeypatch.setattr(sample_choice, "CORPUS", tmp_path / "no corpus")
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return lambda *arguments: parser.parse_args(["compare", *arguments])


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, parse: Parse) -> Callable[..., int]:
    """Return what runs the command with these contenders, known by their names."""

    def run(peers: list[FakePeer], *arguments: str) -> int:
        makers = {peer.name: lambda peer=peer: peer for peer in peers}
        monkeypatch.setattr(command, "contenders", lambda *_: makers)
        parsed = parse(*arguments)
        return int(parsed.run(parsed))

    return run


def test_contenders_are_compared_over_the_pictures_of_the_tests(
    play: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every picture, every round, in JSON, Markdown and on the terminal; which pictures is said; [x] is no markup."""
    out, page = tmp_path / "out.json", tmp_path / "out.md"
    ours, theirs = FakePeer("ours [x] 1", info={"model": "m"}), FakePeer("theirs [/y] 2")
    assert play([ours, theirs], "--rounds", "2", "--clients", "2", "--out", str(out), "--out", str(page)) == 0
    (document,) = read_documents(out)
    result = document.result_as(ComparisonResult)
    assert (document.command, document.label, document.service) == ("compare", "2 contenders, 1 sets", {"model": "m"})
    assert [len(one.rounds) for one in result.contenders] == [2, 2]
    figures = [turn.sets[0] for one in result.contenders for turn in one.rounds if turn is not None]
    assert [(one.images, one.char_f1, one.failures) for one in figures] == [(len(LABELS), 1.0, {})] * 4
    printed, notes = capsys.readouterr()
    assert "throughput against theirs [/y] 2" in printed
    assert "throughput against theirs" in page.read_text()
    assert f"pictures: {len(LABELS)} of own samples (tests/images, there being no corpus" in notes


def test_who_cannot_be_installed_does_not_end_the_comparison(
    play: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are measured and shown, the reason is said, and the status is 1."""
    assert play([FakePeer("ours"), FakePeer("theirs", install="no wheel")], "--rounds", "1", "--limit", "1") == 1
    printed = capsys.readouterr().out
    assert "theirs: not installed: no wheel" in printed
    assert "At a glance" in printed


def test_who_reads_nothing_makes_the_status_1(play: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """It lived through its rounds, and yet there is nothing to compare."""
    assert play([FakePeer("ours", failure="timeout")], "--rounds", "1", "--limit", "1") == 1
    assert "nothing was read" in capsys.readouterr().out


def test_ctrl_c_is_status_130_and_a_report(
    play: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the first had measured by then is published."""
    out = tmp_path / "out.json"
    peers = [FakePeer("ours"), FakePeer("theirs", deed=interrupt_at(5))]
    assert play(peers, "--rounds", "1", "--limit", "1", "--out", str(out)) == 130
    (document,) = read_documents(out)
    first, second = document.result_as(ComparisonResult).contenders
    assert (len(first.rounds), first.failure, len(second.rounds)) == (1, "", 0)
    assert "theirs: interrupted in round 1 of 1" in capsys.readouterr().out


def test_sets_without_a_corpus_are_refused(play: Callable[..., int]) -> None:
    """They would be overlooked, and other pictures compared than were asked for."""
    with pytest.raises(BenchError, match="--sets wants a --corpus"):
        play([FakePeer("ours")], "--sets", "funsd_forms_en", "--rounds", "1")


def test_a_corpus_has_its_default_sets_and_the_document_names_them(
    play: Callable[..., int], corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named sets that the corpus has not are an error; '' stands for all that it has."""
    with pytest.raises(BenchError, match="no such set"):
        play([FakePeer("ours")], "--corpus", str(corpus))
    out = tmp_path / "out.json"
    assert play([FakePeer("ours")], "--corpus", str(corpus), "--sets", "", "--rounds", "1", "--out", str(out)) == 0
    assert "pictures: 2 of set" in capsys.readouterr().err
    (document,) = read_documents(out)
    assert document.settings["sets"] == ""


@pytest.mark.parametrize("names", ["ours,nobody", "nobody"])
def test_a_contender_that_nobody_knows_is_refused(play: Callable[..., int], names: str) -> None:
    """With the names that there are."""
    with pytest.raises(BenchError, match=r"no contender nobody \(there are: ours\)"):
        play([FakePeer("ours")], "--contenders", names)


def test_a_contender_named_twice_plays_once(play: Callable[..., int]) -> None:
    """Its rounds would be counted as one contender's."""
    log: list[str] = []
    assert play([FakePeer("ours", log)], "--contenders", "ours,ours", "--rounds", "1", "--limit", "1") == 0
    assert log == ["ours"]


def test_only_who_runs_the_services_models_wants_them(parse: Parse, tmp_path: Path) -> None:
    """RapidOCR API has its own; the others say what is missing before anything is installed."""
    weights = ("--weights", str(tmp_path))
    assert len(command._chosen(parse("--contenders", "this,rapidocr-api", *weights))) == 2
    with pytest.raises(BenchError, match="no model"):
        command._chosen(parse(*weights))
