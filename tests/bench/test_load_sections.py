"""What ``bench load`` and ``bench sweep`` show of their runs."""

import pytest

from bench.calibration.check import CalibrationResult, Check
from bench.calibration.command import sections as calibration_sections
from bench.load.result import LoadResult
from bench.load.scrape import ServerView, StageTime
from bench.load.sections import sections
from bench.report.content import Chart, Table
from bench.report.figures import mebibytes, milliseconds, percent, rate
from bench.report.provenance import new_document
from bench.sweep.sections import sections as sweep_sections
from tests.bench.load_samples import answered, consumption, load_run, outcome

STAGES = (StageTime("detect", 3, 0.3, 0.1, 0.005), StageTime("crop", 3, 0.003, 0.00495, 0.005))
VIEW = ServerView(StageTime("request", 3, 0.6, 0.25, 0.005), STAGES, {"queue_full": 7})
GOOD = load_run([answered(1.0, 0.75, detect=0.5)] * 4, images=2, used=consumption([(0, 100), (4, 300)]), view=VIEW)
FAILED = load_run([outcome(0.25, "connection refused", detail="nobody there")] * 3, clients=None)
MIXED = load_run([outcome(1.0), outcome(0.5, "timeout")], clients=8)


def document(*runs, label="this service", command="load"):
    """A document of these runs, as it is after it was written and read."""
    return new_document(command, label, settings={}, service={}, result=LoadResult(runs), started_at="")


def table(found, title):
    """The table of this title, its cells by row name and column."""
    (part,) = [part for section in found for part in section.parts if part.title == title]
    assert isinstance(part, Table)
    assert all(len(row) == len(part.columns) for row in part.rows)
    return {row[0]: dict(zip(part.columns, row, strict=True)) for row in part.rows}


def test_throughput():
    """Images a second, CPU by wall time and by good image, and memory at its highest stand in one row."""
    row = table(sections([document(GOOD)]), "Throughput")["2 clients"]
    assert (row["requests"], row["succeeded %"], row["images/s"]) == ("4", "100.00", "8.00")
    assert (row["CPU cores"], row["CPU ms/image"]) == ("1.00", "125")
    assert (row["PSS MiB"], row["RSS MiB"]) == ("300", "301")


def test_latency():
    """Client time, function time and overhead are rows; a percentile that is not known is a dash."""
    rows = table(sections([document(GOOD)]), "Latency, ms")
    means = [rows[f"2 clients: {kind}"]["mean"] for kind in ("client", "function", "overhead")]
    assert means == ["1,000", "750", "250"]
    assert rows["2 clients: client"]["p80"] == "-"


def test_failures():
    """Each cause is named with its count and share, and an example."""
    rows = table(sections([document(FAILED, MIXED)]), "Failures by cause")
    refused = rows["5/s: connection refused"]
    assert (refused["requests"], refused["%"], refused["for example"]) == ("3", "100.00", "nobody there")
    assert rows["8 clients: timeout"]["%"] == "50.00"
    assert "Failures by cause" not in [part.title for part in sections([document(GOOD)])[0].parts]


def test_held_back():
    """How late requests left is shown of an open loop, whose generator may fall behind, and of no other."""
    assert "5/s: held back" in table(sections([document(load_run([outcome(1.0)] * 4, clients=None))]), "Latency, ms")
    assert "2 clients: held back" not in table(sections([document(GOOD)]), "Latency, ms")


def test_refusals_of_the_server():
    """What the server itself counted as refused has a table, which is not there where it refused nothing."""
    title = "Refusals and errors, as the server counts them"
    assert table(sections([document(GOOD)]), title)["2 clients: queue_full"]["requests"] == "7"
    assert title not in [part.title for part in sections([document(MIXED)])[0].parts]


def test_a_percentile_in_the_first_bucket_is_only_bounded():
    """A histogram knows no more of it than the bucket's end."""
    row = table(sections([document(GOOD)]), "As the server counts it, mean / p99 ms")["2 clients"]
    assert row["crop"] == "1.00 / <5.00"
    assert row["detect"] == "100 / 100"


def test_where_the_time_goes():
    """The client's mean is network and HTTP, the stages, and what lies between them; the server's view stands apart."""
    found = sections([document(GOOD)])
    row = table(found, "Where the time goes, mean ms")["2 clients"]
    parts = [row[name] for name in ("client", "network and HTTP", "detect", "between stages")]
    assert parts == ["1,000", "250", "500", "250"]
    assert table(found, "As the server counts it, mean / p99 ms")["2 clients"]["request"] == "200 / 250"


def test_side_by_side():
    """Of several documents each row names its own; curves over clients are drawn where there are several."""
    more = load_run([outcome(0.5)] * 10, clients=4)
    found = sections([document(GOOD, more), document(FAILED, label="the other")])
    assert list(table(found, "Throughput")) == [
        "this service, 2 clients",
        "this service, 4 clients",
        "the other, 5/s",
    ]
    charts = {part.title: part for part in found[0].parts if isinstance(part, Chart)}
    (series,) = charts["Throughput against clients"].series
    assert (series.name, series.x, series.y) == ("this service", (2.0, 4.0), (8.0, 20.0))


@pytest.mark.parametrize("runs", [(FAILED,), (FAILED, FAILED), (load_run([]),)])
def test_nothing_good(runs):
    """Runs without a good answer are shown, too, in each command."""
    assert table(sections([document(*runs)]), "Throughput")
    assert sweep_sections([document(*runs, command="sweep")])


def test_sweep():
    """A sweep's row has queries and images a second, percentiles, CPU in per cent of a core, memory and success."""
    row = table(sweep_sections([document(GOOD, MIXED)]), "Threads x images a request")["2 x 2"]
    assert (row["qps"], row["images/s"], row["mean ms"], row["median"]) == ("4.00", "8.00", "1,000", "1,000")
    assert (row["CPU %"], row["PSS MiB"], row["ok %"]) == ("100", "300", "100.0")


def test_calibration():
    """Each check is a row that says whether it holds; notes are shown."""
    checks = (Check("loop", "mean", "ms", 100, 101, 0.02), Check("loop", "p99", "ms", 100, 110, 0.02))
    result = CalibrationResult(checks, ("note",))
    calibrated = new_document("calibrate", "generator", settings={}, service={}, result=result, started_at="")
    (section,) = calibration_sections([calibrated])
    rows = table([section], "Known figures, measured")
    assert rows["loop: mean"]["off by %"] == "+1.00"
    assert [row[""] for row in rows.values()] == ["ok", "WRONG"]
    assert section.text == "note"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "0.00"),
        (1.234, "1.23"),
        (9.99, "9.99"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (99.96, "100"),
        (123.4, "123"),
        (12345.6, "12,346"),
        (-0.5, "-0.50"),
        (-250.0, "-250"),
    ],
)
def test_figures(value: float | None, text: str):
    """Rates and milliseconds have the digits that count, negative ones as well."""
    assert rate(value) == text
    assert milliseconds(None if value is None else value / 1000) == text


def test_shares_and_memory():
    """Shares are per cent, memory MiB, and what is not known is a dash."""
    assert (percent(0.995), percent(0.995, 2), percent(None)) == ("99.5", "99.50", "-")
    assert (mebibytes(2048 << 20), mebibytes(None)) == ("2,048", "-")
