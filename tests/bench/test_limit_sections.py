"""What a person reads of the limit."""

from dataclasses import replace

import pytest

from bench.limit.result import LimitResult, ModelsRun, SetTurn
from bench.limit.sections import sections
from bench.report.content import Section, Table
from bench.report.provenance import new_document
from tests.bench.limit_samples import TURN


def section_of(*rounds: tuple[SetTurn, ...]) -> Section:
    """Return the section of a document with these rounds."""
    result = LimitResult(4, 2, rounds)
    (section,) = sections([new_document("limit", "label", settings={}, service={}, result=result, started_at="")])
    return section


def rows(section: Section, title: str) -> dict[str, dict[str, str]]:
    """Return a table as cells by row and column."""
    found = next(part for part in section.parts if isinstance(part, Table) and part.title == title)
    return {row[0]: dict(zip(found.columns[1:], row[1:], strict=True)) for row in found.rows}


def test_the_limit_is_that_of_the_fastest_layout() -> None:
    """9.0 of 10.0 images/s, though the service's own layout reads 9.5."""
    row = rows(section_of((TURN,)), "How far the models alone would go")["pages"]
    assert row["of the limit, %"] == "90.0"
    assert row["models as the service has them, images/s"] == "9.50"
    assert row["models a stream a processor, images/s"] == "10.0"
    assert row["lines"] == "12"
    assert row["of it the models', %"] == "93.3"
    assert row["others, cores"] == "0.25"


def test_the_fastest_layout_is_that_of_all_rounds() -> None:
    """One lucky round of the other does not make it the limit: shares of 0.9, 0.9 and 9 of 10."""
    lucky = (ModelsRun("as the service has them", 30.0, 0.28), ModelsRun("a stream a processor", 10.0, 0.27))
    result = LimitResult(4, 2, ((TURN,), (TURN,), (replace(TURN, models=lucky),)))
    assert result.share_of_limit("pages").high == pytest.approx(0.9)


def test_ratios_are_formed_within_a_round() -> None:
    """A machine half as fast in the second round leaves the share as it is."""
    slow = replace(
        TURN,
        many=replace(TURN.many, images_per_s=4.5),
        models=(ModelsRun("as the service has them", 4.75, 0.28), ModelsRun("a stream a processor", 5.0, 0.27)),
    )
    section = section_of((TURN,), (slow,))
    row = rows(section, "How far the models alone would go")["pages"]
    assert row["of the limit, %"] == "90.0"
    assert row["4 clients, images/s"] == "6.75 (4.50 to 9.00)"
    assert [(figure.label, figure.value) for figure in section.figures] == [
        ("of the models' throughput", "90 %"),
        ("of one client's time beside the models", "15 %"),
    ]


def test_what_is_beside_the_models_is_all_that_the_client_waits_for_and_they_do_not_take() -> None:
    """200 ms, of which the models alone take 170."""
    row = rows(section_of((TURN,)), "One client: work beside the models")["pages"]
    assert (row["client, ms"], row["models, ms"], row["beside, ms"], row["beside, %"]) == (
        "200",
        "170",
        "30.0",
        "15.0",
    )


def test_the_parts_of_a_request_add_up() -> None:
    """What the service names, what it names no stage for, and what lies outside of it."""
    table = rows(section_of((TURN,)), "Where a request's time goes: one client")
    assert {part: cells["pages"] for part, cells in table.items()} == {
        "HTTP and JSON": "10.0 (5.0 %)",
        "detect": "100 (50.0 %)",
        "recognise": "80.0 (40.0 %)",
        "between stages": "10.0 (5.0 %)",
        "client": "200 (100.0 %)",
    }


def test_one_thread_step_by_step() -> None:
    """All but the models is what the models do not take: 30 of 300 ms."""
    table = rows(section_of((TURN,)), "One thread, step by step")
    assert table["decode"]["pages"] == "30.0 (10.0 %)"
    assert table["all but the models"]["pages"] == "30.0 (10.0 %)"


def test_nothing_measured_is_said() -> None:
    """An interruption before the first set was done."""
    assert section_of(()).text == "Nothing was measured."
