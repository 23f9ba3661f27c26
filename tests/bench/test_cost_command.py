"""``bench cost`` from result files to tables."""

import argparse
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bench.cost import command
from bench.cost.result import CostResult
from bench.cost.sections import sections
from bench.errors import BenchError
from bench.load.result import LoadResult
from bench.report.content import Chart, Section, Table
from bench.report.document import read_documents, write_documents
from tests.bench.load_samples import answered, load_run
from tests.bench.test_cost_usage import BURST, document


def run(*argv: object) -> int:
    """Run ``bench cost`` as the command line does."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["cost", *map(str, argv)])
    return int(arguments.run(arguments))


@pytest.fixture
def burst(tmp_path: Path) -> Path:
    """A file of one burst with no and with two prewarmed instances."""
    path = tmp_path / "burst.json"
    write_documents(path, [document("burst", BURST)])
    return path


def test_burst_to_report(burst: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A burst comes out as a bill for each platform and P, break-even rates and a chart, and reads back the same."""
    out = tmp_path / "cost.json"
    assert run(burst, "--platform", "aws_lambda", "--platform", "vm", "--out", out) == 0
    printed = capsys.readouterr().out
    assert "AWS Lambda, P = 2" in printed
    assert "Break-even" in printed
    found = read_documents(out)
    result = found[0].result_as(CostResult)
    cold = result.bills[0].bill
    assert cold is not None
    assert cold.total == 8 * Decimal("0.0000166667") + 4 * Decimal("0.0000002")
    parts = [part for section in sections(found) for part in section.parts]
    charts = [part for part in parts if isinstance(part, Chart)]
    assert {series.name for series in charts[0].series} >= {"AWS Lambda, on demand", "Plain VM"}
    tables = [part for part in parts if isinstance(part, Table)]
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_side_by_side(burst: Path, tmp_path: Path):
    """Several documents stand in one table of bills, each row named by its document."""
    out = tmp_path / "cost.json"
    run(burst, "--platform", "aws_lambda", "--out", out)
    (one,) = read_documents(out)
    both = [one, document("cost", one.result, "peer")]
    bills = next(part for section in sections(both) for part in section.parts if part.title == "What each run costs")
    assert isinstance(bills, Table)
    assert [row[0] for row in bills.rows][::2] == ["service: AWS Lambda, P = 0", "peer: AWS Lambda, P = 0"]


def reported(out: Path, *argv: object) -> tuple[CostResult, list[Section]]:
    """Run ``bench cost``, and return its only result with the sections made of it."""
    assert run(*argv, "--out", out) == 0
    found = read_documents(out)
    return found[0].result_as(CostResult), sections(found)


def note_under_bills(found: list[Section]) -> str:
    """The note of the table of bills."""
    tables = (part for section in found for part in section.parts if isinstance(part, Table))
    return next(table.note for table in tables if table.title == "What each run costs")


@pytest.mark.parametrize("platform", ["cloud_run", "aws_lambda", "tencent_scf", "alibaba_fc"])
def test_curve_agrees_with_bill(tmp_path: Path, platform: str):
    """Requests of 0.1304 s cost as much by use in the curve as in the bill, whatever the platform rounds them to."""
    results = tmp_path / "load.json"
    runs = (load_run([answered(0.2, 0.1304, queue=0.0)] * 10, clients=1),)
    write_documents(results, [document("load", msgspec.to_builtins(LoadResult(runs)))])
    size = ("--memory-gb", 0.5, "--cpus", 1, "--platform", platform)
    result, _ = reported(tmp_path / "cost.json", results, *size)
    bill, rate = result.bills[0].bill, result.curves[0].table[-1]
    assert bill is not None
    assert rate.on_demand / (rate.rate * 3600) == pytest.approx(float(bill.total) / 10, rel=1e-9)


def test_curve_rounds_each_execution(tmp_path: Path, burst: Path):
    """Of a burst each busy period is rounded up, not their mean: 0.25 s and 0.75 s are 0.3 s and 0.8 s on Cloud Run."""
    result, _ = reported(tmp_path / "cost.json", burst, "--init-seconds", 0, "--platform", "cloud_run")
    point = result.curves[0].table[-1]
    billed_s = (0.5 + 0.5 + 0.3 + 0.8 + 1.3 + 3 * 0.3) / 8
    second = 0.5 * 0.000024 + 0.0000025
    assert point.on_demand / (point.rate * 3600) == pytest.approx(billed_s * second + 0.4e-6, rel=1e-9)


def test_several_requests_in_an_instance(tmp_path: Path):
    """Instances that took several requests at a time are billed, but strategies want to be told what one takes."""
    results = tmp_path / "burst.json"
    write_documents(results, [document("burst", BURST | {"instance_concurrency": 4})])
    result, found = reported(tmp_path / "cost.json", results, "--platform", "aws_lambda")
    assert (len(result.bills), result.traffic, result.curves) == (2, None, ())
    assert "No strategies are compared" in note_under_bills(found)
    told, found = reported(tmp_path / "cost.json", results, "--platform", "aws_lambda", "--seconds", 0.4)
    assert told.traffic is not None
    assert told.traffic.seconds == 0.4
    assert "No strategies" not in note_under_bills(found)


def test_more_vcpus_than_measured(burst: Path, tmp_path: Path):
    """A platform that brings more vCPUs than were measured is named, with both numbers; others are not."""
    results = tmp_path / "large.json"
    write_documents(results, [document("burst", BURST | {"memory_gb": 2.0})])
    _, found = reported(tmp_path / "cost.json", results)
    assert "Measured at 0.5 vCPU, AWS Lambda brings 1.158 with 2 GB" in note_under_bills(found)
    assert "Cloud Run brings" not in note_under_bills(found)
    _, found = reported(tmp_path / "cost.json", burst, "--platform", "cloud_run", "--platform", "tencent_scf")
    assert "Measured at" not in note_under_bills(found)


def test_notes_without_bills(capsys: pytest.CaptureFixture[str]):
    """Where there are no bills to stand under, notes stand with the strategies."""
    assert run("--seconds", 1, "--memory-gb", 4, "--cpus", 1, "--platform", "aws_lambda") == 0
    assert "AWS Lambda brings 2.315" in " ".join(capsys.readouterr().out.split())


def test_published(capsys: pytest.CaptureFixture[str]):
    """``--published`` prints the sum by the formula, and the one that was printed."""
    assert run("--published") == 0
    printed = capsys.readouterr().out
    assert "0.544903023676416" in printed
    assert "0.5448" in printed


def test_assumed(capsys: pytest.CaptureFixture[str]):
    """Without a result, seconds and memory are enough to look for break-even rates."""
    assert run("--seconds", 0.4, "--memory-gb", 1, "--platform", "cloud_run") == 0
    assert "Cloud Run: USD an hour" in capsys.readouterr().out


def test_too_large(capsys: pytest.CaptureFixture[str]):
    """A platform that has no instance so large is named, not left out without a word."""
    assert run("--seconds", 1, "--memory-gb", 20, "--platform", "tencent_scf", "--platform", "cloud_run") == 0
    assert "Without an instance so large: Tencent SCF." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "nothing to bill"),
        (("--seconds", 1), "--memory-gb"),
        (("--seconds", 1, "--memory-gb", 1, "--platform", "vm", "--platform", "vm"), "two price lists"),
        (("--seconds", 500, "--memory-gb", 1, "--rates", "1,50"), "more than the 10,000"),
        (("--seconds", 1, "--memory-gb", 1, "--rates", "2,2"), "two different"),
    ],
)
def test_unusable_arguments(argv: tuple[object, ...], message: str):
    """What cannot be worked out is said in one line."""
    with pytest.raises(BenchError, match=message):
        run(*argv)


@pytest.mark.parametrize("blocked", ["0", "1", "1.5", "nan"])
def test_blocked(blocked: str):
    """A share of 1 would want no instance at all, and a share of 0 no end of them."""
    with pytest.raises(SystemExit):
        run("--seconds", 1, "--memory-gb", 1, "--blocked", blocked)


@pytest.mark.parametrize("rates", ["0,1", "1,inf", "1,,2"])
def test_rates(rates: str):
    """Rates are finite and above 0."""
    with pytest.raises(SystemExit):
        run("--seconds", 1, "--memory-gb", 1, "--rates", rates)
