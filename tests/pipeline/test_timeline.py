"""When the parts of a request were worked on."""

import time

import pytest

from app.pipeline.result import Run
from app.pipeline.timeline import Part, Timeline, timed
from app.scheduling.deadline import Deadline
from tests.options import page_options


def run_of(parts: list[Part] | None) -> Run:
    """A picture under way."""
    return Run(0, Deadline(60), page_options(960, 0.5), parts=parts)


def test_what_fails_has_its_time_as_well() -> None:
    """In the timeline and in the stages, under a name of its own where it has one."""
    timeline, run, begun = Timeline(), run_of([]), time.perf_counter()
    for block in (timed("queue", timeline), run.stage("decode"), run.stage("assemble", "draw")):
        with pytest.raises(KeyError), block:
            raise KeyError
    parts = [*timeline.parts, *(run.parts or [])]
    assert [part.name for part in parts] == ["queue", "decode", "draw"]
    moments = [begun, *(moment for part in parts for moment in part[1:]), time.perf_counter()]
    assert moments == sorted(moments)
    assert run.timings.assemble == pytest.approx(parts[-1].ended - parts[-1].begun)
    assert run.timings.decode > 0


def test_a_stage_that_is_come_to_twice_counts_twice() -> None:
    """Its seconds add up, where nobody asks when they were as well."""
    run = run_of(None)
    with run.stage("orient"):
        pass
    first = run.timings.orient
    with run.stage("orient"):
        pass
    assert run.timings.orient > first > 0
    assert run.parts is None
    with timed("queue", None):
        pass
