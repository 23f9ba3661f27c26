"""``bench scaling`` with real services that have no model, and what a person reads of it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bench import sample_choice
from bench.cli import main
from bench.report.content import Table
from bench.report.document import read_documents
from bench.report.provenance import new_document
from bench.scaling.result import PROCESSORS, QUOTA, Placed, ScalingResult, SetTurn, gain
from bench.scaling.sections import sections
from bench.spread import Spread


def placed(cpus: float, *rates: float, kind: str = PROCESSORS) -> Placed:
    """A placement with a round a rate."""
    rounds = tuple((SetTurn("pages", rate, 0.5, 0.2, 0.001, 0.0, 0),) for rate in rates)
    info = {"cpus": cpus, "threads": {"detector_slots": 1, "detector_threads": 2, "recognizer_slots": 2}}
    return Placed(f"{kind} {cpus:g}", kind, cpus, 4, shares=True, info=info, start_s=5.0, rounds=rounds)


def test_services_are_placed_asked_and_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each finds as many processors as its place has; a gain that nobody reaches is status 1."""
    monkeypatch.setattr(sample_choice, "CORPUS", tmp_path / "no corpus")
    out = tmp_path / "out.json"
    arguments = ["--setting", "OCR_ENGINE=null", "--limit", "2", "--rounds", "2", "--seconds", "0.01"]
    status = main(["scaling", *arguments, "--min-gain", "1000", "--out", str(out)])
    (document,) = read_documents(out)
    result = document.result_as(ScalingResult)
    assert status == (1 if len(result.placed) > 1 else 0)
    assert [one.info["cpus"] for one in result.placed] == [one.cpus for one in result.placed]
    assert result.placed[-1].cpus <= len(os.sched_getaffinity(0))
    assert all(len(one.rounds) == 2 for one in result.placed)
    assert result.failed == 0
    assert "What the service found" in capsys.readouterr().out


def test_a_gain_is_formed_within_a_round() -> None:
    """A machine half as fast in the second round leaves it at 1.9."""
    assert gain(placed(2, 19.0, 9.5), placed(1, 10.0, 5.0), "pages") == Spread(1.9, 1.9, 1.9)


def test_a_placement_is_held_against_the_next_smaller_of_its_kind() -> None:
    """Two processors against one, a quota against the quota below it."""
    result = ScalingResult(
        (placed(1, 10.0), placed(2, 19.0), placed(0.5, 4.0, kind=QUOTA), placed(1, 8.0, kind=QUOTA)), ("A remark.",)
    )
    document = new_document("scaling", "label", settings={}, service={}, result=result, started_at="")
    (section,) = sections([document])
    tables = {part.title: part for part in section.parts if isinstance(part, Table)}
    assert [row[3] for row in tables["pages"].rows] == ["-", "1.90", "-", "2.00"]
    assert [row[1:4] for row in tables["What the service found"].rows][:2] == [("1", "1 x 2", "2"), ("2", "1 x 2", "2")]
    assert section.text == "A remark."
    assert [(figure.label, figure.value) for figure in section.figures] == [("2 processors against 1", "1.90 x")]


def test_failed_requests_have_no_rate_and_no_gain() -> None:
    """They are counted instead."""
    one, two = placed(1, 10.0), placed(2, 0.0)
    assert gain(two, one, "pages") is None
    broken = replace(two, rounds=((replace(two.rounds[0][0], failed=3),),))
    assert ScalingResult((one, broken), ()).failed == 3
