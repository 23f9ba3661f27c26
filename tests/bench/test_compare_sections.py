"""Ratios, and what a person reads of a comparison."""

from dataclasses import replace

import msgspec
import pytest

from bench.compare.numbers import cold_start, latency, memory, throughput
from bench.compare.result import ComparisonResult, ContenderResult, Round, SetFigures, ratio, spread
from bench.compare.sections import NOTHING_READ, sections
from bench.load.distribution import Distribution
from bench.report.content import Chart, Section, Table
from bench.report.provenance import new_document
from bench.spread import Spread

MIB = 1 << 20


def turn(speed: float = 1.0, seconds: float = 1.0, start_s: float = 1.0, memory_mib: int = 100) -> Round:
    """A round over one set of ten pictures; without speed nothing was read."""
    times = Distribution.of([seconds] * 9 + [2 * seconds]) if speed else None
    failures = {} if speed else {"timeout": 12}
    return Round(start_s, memory_mib * MIB, (SetFigures("pages", 10, speed, times, 0.9, 0.8, 0.7, failures),))


def contender(name: str, *rounds: Round | None, failure: str = "") -> ContenderResult:
    """A contender with these rounds."""
    return ContenderResult(name, f"about {name}", rounds, failure)


def section_of(*contenders: ContenderResult) -> Section:
    """Return the section of a document with these contenders."""
    result = ComparisonResult(4, contenders)
    document = new_document("compare", "label", settings={}, service={}, result=result, started_at="")
    assert document.result_as(ComparisonResult) == msgspec.convert(msgspec.to_builtins(result), ComparisonResult)
    (section,) = sections([document])
    return section


def table(section: Section, title: str) -> dict[str, dict[str, str]]:
    """Return a table of a section as cells by row and column."""
    found = next(part for part in section.parts if isinstance(part, Table) and part.title == title)
    return {row[0]: dict(zip(found.columns[1:], row[1:], strict=True)) for row in found.rows}


def titles(section: Section) -> list[str]:
    """Return what the parts are called, in order."""
    return [part.title for part in section.parts]


def test_a_ratio_is_formed_within_a_round() -> None:
    """A machine half as fast in the second round leaves both ratios at 2, though the figures themselves spread."""
    ours = contender("ours", turn(speed=8), turn(speed=4))
    theirs = contender("theirs", turn(speed=4), turn(speed=2))
    assert ratio(ours, theirs, throughput("pages")) == Spread(2.0, 2.0, 2.0)
    assert spread(ours, throughput("pages")) == Spread(6.0, 4.0, 8.0)


def test_a_round_that_one_of_both_has_not_is_in_no_ratio_but_is_shown() -> None:
    """Places without a round keep the others in their rounds; the contender's own spread has all that it has."""
    ours = contender("ours", turn(speed=6), turn(speed=100), turn(speed=9))
    theirs = contender("theirs", turn(speed=2), None, turn(speed=9), failure="round 2: died")
    assert ratio(ours, theirs, throughput("pages")) == Spread(2.0, 1.0, 3.0)
    assert spread(ours, throughput("pages")) == Spread(9.0, 6.0, 100.0)
    section = section_of(ours, theirs)
    assert table(section, "At a glance")["pages: images/s"] == {
        "ours": "9.00 (6.00 to 100)",
        "theirs": "5.50 (2.00 to 9.00)",
    }
    assert table(section, "What failed")["theirs"]["what"] == "not measured in every round: round 2: died"


def test_above_1_is_better_whatever_is_compared() -> None:
    """Ours reads three times as much, in half the time, starts four times as soon, and takes a fifth of the memory."""
    ours = contender("ours", turn(speed=9, seconds=0.5, start_s=1, memory_mib=100))
    theirs = contender("theirs", turn(speed=3, seconds=1.0, start_s=4, memory_mib=500))
    cells = {
        row: cell["theirs"] for row, cell in table(section_of(ours, theirs), "ours against each, times better").items()
    }
    assert cells == {"start": "4.00", "memory": "5.00", "pages: throughput": "3.00", "pages: p50": "2.00"}
    assert ratio(theirs, ours, cold_start) == Spread(4.0, 4.0, 4.0)
    assert ratio(theirs, ours, memory) == Spread(5.0, 5.0, 5.0)
    assert ratio(theirs, ours, latency("pages", "p50_s")) == Spread(2.0, 2.0, 2.0)


def test_the_headline_says_against_whom() -> None:
    """So that it reads the same way in a page of Markdown: our throughput by theirs."""
    (figure,) = section_of(contender("ours", turn(speed=9)), contender("theirs", turn(speed=3))).figures
    assert (figure.label, figure.value) == ("throughput against theirs", "3.0 x")


def test_a_round_in_which_nothing_was_read_does_not_just_drop_out() -> None:
    """It has no ratio, its 0 is in the contender's own spread, and the table of failures names round and set."""
    theirs = contender("theirs", turn(speed=2), turn(speed=0))
    section = section_of(contender("ours", turn(speed=4), turn(speed=4)), theirs)
    assert table(section, "ours against each, times better")["pages: throughput"]["theirs"] == "2.00"
    assert table(section, "At a glance")["pages: images/s"]["theirs"] == "1.00 (0.00 to 2.00)"
    failed = next(part for part in section.parts if part.title == "What failed")
    assert isinstance(failed, Table)
    assert failed.rows == (("theirs", "2", "pages", "timeout", "12"), ("theirs", "2", "pages", NOTHING_READ, "-"))
    assert not theirs.is_whole


def test_a_set_has_times_that_ten_pictures_can_tell() -> None:
    """p90 and the slowest; there is no p99 of ten."""
    cells = table(section_of(contender("ours", turn(seconds=0.2))), "pages")["ours"]
    assert (cells["p50 ms"], cells["p90 ms"], cells["max ms"]) == ("200", "200", "400")
    assert (cells["images"], cells["char-F1 %"], cells["word-F1 %"], cells["line recall %"]) == (
        "10",
        "90.00",
        "80.00",
        "70.00",
    )
    assert "p99 ms" not in cells


def test_the_latency_chart_has_every_time_of_every_round() -> None:
    """Milliseconds against the share of pictures that were read by then: the last is all of them."""
    section = section_of(contender("ours", turn(seconds=0.1), turn(seconds=0.3)))
    chart = next(part for part in section.parts if part.title == "Latency of one client: pages")
    assert isinstance(chart, Chart)
    (series,) = chart.series
    assert series.x == pytest.approx((100.0,) * 9 + (200.0,) + (300.0,) * 9 + (600.0,))
    assert series.y == pytest.approx(tuple(place / 20 for place in range(1, 21)))


def test_one_contender_has_nobody_to_be_compared_with() -> None:
    """No ratios and no headline; the rest is there."""
    section = section_of(contender("ours", turn()))
    assert section.figures == ()
    assert titles(section)[:2] == ["At a glance", "pages"]
    assert "What failed" not in titles(section)


def test_nothing_measured_is_still_a_report() -> None:
    """Nobody took part, nobody had a round, or only the second had one: no traceback, and the reasons are there."""
    assert section_of().parts == ()
    idle = contender("ours", failure="not installed: no network")
    empty = section_of(idle, replace(idle, name="theirs"))
    assert table(empty, "What failed")["ours"]["what"].endswith("not installed: no network")
    assert not [part for part in empty.parts if isinstance(part, Chart)]
    half = section_of(idle, contender("theirs", None, turn()))
    assert table(half, "pages")["ours"]["images/s"] == "-"
    assert table(half, "ours against each, times better")["start"]["theirs"] == "-"
