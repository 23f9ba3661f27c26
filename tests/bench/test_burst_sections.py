"""What a person reads of a burst."""

from dataclasses import replace

import pytest

from bench.burst.member import DIED
from bench.burst.result import AppliedLimits, BurstResult
from bench.burst.sections import is_overcommitted, sections
from bench.load.schedule import ClosedLoop, OpenLoop
from bench.report.content import Chart, Mark, Section, Table
from bench.report.provenance import new_document
from tests.bench.test_burst_billing import result_of, run_burst


def section_of(result: BurstResult) -> Section:
    """Return the section of a document with this result."""
    document = new_document("burst", "tiny", settings={}, service={}, result=result, started_at="")
    (section,) = sections([document])
    return section


@pytest.fixture
def result() -> BurstResult:
    """Two clients with two requests each, without and with two prewarmed instances of half a GB."""
    return result_of(run_burst(ClosedLoop(2, 4), 0), run_burst(ClosedLoop(2, 4), 2))


def test_a_row_a_number_of_prewarmed_instances(result: BurstResult) -> None:
    """Starts of 10 s, cold requests of 11 s, warm ones of 1 s; with two prewarmed nothing is cold."""
    latency, used, *_ = section_of(result).parts
    assert isinstance(latency, Table)
    assert isinstance(used, Table)
    cold, warm = (dict(zip(latency.columns, row, strict=True)) for row in latency.rows)
    assert (cold["prewarmed"], warm["prewarmed"]) == ("P = 0", "P = 2")
    assert (cold["cold starts"], cold["start p50 s"], cold["cold max ms"], cold["warm p50 ms"]) == (
        *("2", "10.00", "11,000", "1,000"),
    )
    assert (warm["cold starts"], warm["start p50 s"], warm["cold max ms"], warm["max ms"]) == ("0", "-", "-", "1,000")
    figures = [dict(zip(used.columns, row, strict=True)) for row in used.rows]
    assert [row["total GB-s"] for row in figures] == ["12.00", "2.00"]
    assert [(row["on demand GB-s"], row["init GB-s"], row["reserved GB-s"]) for row in figures] == [
        ("2.00", "10.00", "0.00"),
        ("0.00", "0.00", "2.00"),
    ]


def test_charts_show_latencies_and_what_gb_seconds_went_to(result: BurstResult) -> None:
    """A curve a run, and bars for three kinds beside each other."""
    charts = [part for part in section_of(result).parts if isinstance(part, Chart)]
    assert [(chart.mark, [series.name for series in chart.series]) for chart in charts] == [
        (Mark.STEPS, ["P = 0", "P = 2"]),
        (Mark.BARS, ["on demand", "init", "reserved"]),
    ]
    assert charts[1].series[1].y == (10.0, 0.0)
    assert charts[0].series[0].y == (0.25, 0.5, 0.75, 1.0)


def test_the_headline_is_what_prewarming_changes(result: BurstResult) -> None:
    """The slowest answer at both ends."""
    assert [(figure.label, figure.value) for figure in section_of(result).figures] == [
        ("slowest answer, P = 0", "11.00 s"),
        ("slowest answer, P = 2", "1.00 s"),
    ]


def test_failures_are_listed_by_cause() -> None:
    """With nothing answered there are no latencies to show, and no curve."""
    run = run_burst(OpenLoop(1.0, (0.0,)), 0, {"start_failure": DIED})
    section = section_of(result_of(run))
    failures = section.parts[2]
    assert isinstance(failures, Table)
    assert failures.rows == ((f"P = 0: {DIED}", "1", "while it started: told to"),)
    assert not section.figures


def test_failed_starts_are_shown_where_there_are_any(result: BurstResult) -> None:
    """Two prewarmed of which one failed are not two; a run without failures beside it has a 0, and alone no column."""
    run = run_burst(ClosedLoop(2, 4), 2, {"start_failure": DIED}, {})
    latency = section_of(result_of(*result.runs, run)).parts[0]
    assert isinstance(latency, Table)
    place = latency.columns.index("failed starts")
    assert [row[place] for row in latency.rows] == ["0", "0", "1 (1 prewarmed)"]
    plain = section_of(result).parts[0]
    assert isinstance(plain, Table)
    assert "failed starts" not in plain.columns


def test_an_interrupted_measurement_says_what_is_missing(result: BurstResult) -> None:
    """The numbers of prewarmed instances to which it did not come."""
    assert "interrupted" not in section_of(result).text
    assert "interrupted before P = 2, 4 had been" in section_of(replace(result, unmeasured=(2, 4))).text


def test_conditions_that_bend_the_figures_are_said(result: BurstResult) -> None:
    """Limits that did not hold with their reason, and more CPU promised than there is."""
    assert "limited by control groups" in section_of(result).text
    assert "Warning" not in section_of(result).text
    bent = replace(result, limits=AppliedLimits(memory=False, cpu=False, reason="read-only"), cpus=1.5)
    text = section_of(bent).text
    assert "Memory was only watched, not limited." in text
    assert "(read-only.)" in text
    assert "Warning: 2 instances of 1.5 CPUs are more than the 2 of this machine." in text
    assert is_overcommitted(bent)
    assert not is_overcommitted(result)
