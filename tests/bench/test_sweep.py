"""``bench sweep`` and ``bench load`` from end to end, on a service that they start themselves."""

from pathlib import Path

import pytest

from bench.cli import main
from bench.load.result import LoadResult
from bench.report.document import read_documents

NULL = ("--setting", "OCR_ENGINE=null", "--images", "tests/images/latin.png", "--warm-up", "1")


def test_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Every combination of threads and images a request is a row, with CPU and memory of the service."""
    out = tmp_path / "sweep.json"
    arguments = ("--threads", "1,3", "--batches", "1,2", "--requests", "8", "--out", str(out))
    assert main(["sweep", *NULL, *arguments]) == 0
    (document,) = read_documents(out)
    runs = document.result_as(LoadResult).runs
    assert [(run.clients, run.summary.images) for run in runs] == [(1, 1), (3, 1), (1, 2), (3, 2)]
    assert [run.summary.succeeded for run in runs] == [8] * 4
    assert all(run.consumption is not None and run.consumption.processes >= 5 for run in runs)
    assert [run.server_view.request.count if run.server_view else None for run in runs] == [8] * 4
    lines = capsys.readouterr().out.splitlines()
    for name in ("1 x 1", "3 x 1", "1 x 2", "3 x 2"):
        assert any(line.lstrip().startswith(name) for line in lines)
    assert document.label == "null"
    assert document.settings["threads"] == [1, 3]
    assert main(["report", str(out), "--out", str(tmp_path / "again.md")]) == 0
    assert "3 x 2" in (tmp_path / "again.md").read_text()


def test_refused_combination(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A service that takes fewer images a request refuses the rest: counted, shown, status 1."""
    out = tmp_path / "sweep.json"
    arguments = ("--threads", "1", "--batches", "2,3", "--requests", "3", "--setting", "OCR_MAX_IMAGES=2")
    assert main(["sweep", *NULL, *arguments, "--out", str(out)]) == 1
    fits, refused = read_documents(out)[0].result_as(LoadResult).runs
    assert (fits.summary.succeeded, refused.summary.succeeded) == (3, 0)
    ((cause, count),) = refused.summary.causes.items()
    assert (cause[:6], count) == ("http 4", 3)
    assert "0 of 3 succeeded" in capsys.readouterr().out


def test_load(tmp_path: Path):
    """An open loop sends what its seed says, and both of its rates are runs of one document."""
    out = tmp_path / "load.json"
    arguments = ("--rate", "20,40", "--duration", "0.5", "--seed", "3", "--label", "mine", "--retries", "1")
    assert main(["load", *NULL, *arguments, "--option", "det_max_side=320", "--out", str(out)]) == 0
    (document,) = read_documents(out)
    runs = document.result_as(LoadResult).runs
    assert [(run.clients, run.rate, run.name) for run in runs] == [(None, 20, "20/s"), (None, 40, "40/s")]
    assert all(run.summary.succeeded == run.summary.requests for run in runs)
    assert document.label == "mine"
