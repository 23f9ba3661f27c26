"""What ``bench cost`` takes from the results of ``bench burst`` and ``bench load``."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from bench.burst.result import BurstResult, BurstRun
from bench.cost import burst_usage, load_usage
from bench.cost.sources import measured
from bench.cost.usage import InstanceSize, Measured
from bench.errors import BenchError
from bench.load.result import LoadResult, LoadRun
from bench.load.summary import Summary
from bench.report.document import Document
from tests.bench.load_samples import answered, load_run, outcome

BURST: dict[str, Any] = {
    "memory_gb": 1.0,
    "cpus": 0.5,
    "requests": 4,
    "instance_concurrency": 1,
    "runs": [
        {
            "prewarmed": 0,
            "instances": 2,
            "cold_starts": 2,
            "wall_s": 8.0,
            "init_s": 6.0,
            "reserved_s": 0.0,
            "executions": [0.5, 0.5, 0.25, 0.75],
            "reserved_executions": [],
            "summary": {"requests": 4, "succeeded": 4},
        },
        {
            "prewarmed": 2,
            "instances": 2,
            "cold_starts": 0,
            "wall_s": 1.5,
            "init_s": 0.0,
            "reserved_s": 3.0,
            "executions": [],
            "reserved_executions": [1.25, 0.25, 0.25, 0.25],
            "summary": {"requests": 4, "succeeded": 4, "something_new": True},
        },
    ],
}
"""A burst of four requests that take half a second each in the mean, without and with prewarmed instances."""

SIZE = InstanceSize(memory_gb=0.5, cpus=2.0)
ALONE = [answered(0.5, 0.4, queue=0.1, detect=0.3)] * 4
CROWDED = [answered(0.9, 0.8, queue=0.5, detect=0.3)] * 4


def document(kind: str, result: object, label: str = "service") -> Document:
    """A document of another command, with this result."""
    return Document(kind, label, "2025-01-01T00:00:00Z", {}, {}, {}, {}, result)


def load(*runs: LoadRun, machine: dict[str, str] | None = None) -> Document:
    """A document of a load."""
    return replace(document("load", msgspec.to_builtins(LoadResult(runs))), machine=machine or {})


def burst(**changes: Any) -> Measured:
    """What is taken of the sample burst with these changes."""
    return measured(document("burst", BURST | changes), InstanceSize())


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (burst_usage._Burst, BurstResult),
        (burst_usage._BurstRun, BurstRun),
        (burst_usage._Summary, Summary),
        (load_usage._Load, LoadResult),
        (load_usage._LoadRun, LoadRun),
        (load_usage._Summary, Summary),
    ],
)
def test_members(read: type, written: type):
    """What is read of a burst or a load is there under the same names."""
    assert {field.name for field in fields(read)} <= {field.name for field in fields(written)}


def test_burst_usage():
    """A burst's runs keep their figures, whatever else stands in the file."""
    (cold_name, cold), (warm_name, warm) = burst().runs
    assert (cold_name, warm_name) == ("P = 0", "P = 2")
    assert sum(cold.executions) == Decimal(2)
    assert (cold.init_s, cold.reserved_s, cold.instances) == (Decimal(6), Decimal(0), 2)
    assert (warm.executions, warm.reserved_s) == ((), Decimal(3))
    assert warm.reserved_executions == (Decimal("1.25"), Decimal("0.25"), Decimal("0.25"), Decimal("0.25"))


def test_burst_times():
    """A request takes the mean of all busy periods of all runs, a start the mean of the cold ones."""
    taken = burst()
    assert sum(taken.executions) / len(taken.executions) == Decimal("0.5")
    assert taken.init_seconds == 3.0
    assert not taken.notes


def test_unanswered_requests():
    """Requests that no instance got make the others no shorter, are not billed as requests, and are told of."""
    cold = BURST["runs"][0] | {"executions": [0.5], "summary": {"requests": 4, "succeeded": 1}}
    taken = burst(runs=[cold])
    assert taken.executions == (Decimal("0.5"),)
    assert taken.runs[0][1].requests == 1
    assert "P = 0: 3 of 4 requests failed" in taken.notes[0]


def test_several_requests_in_an_instance():
    """Four requests that overlap in one busy period of 0.4 s do not take 0.1 s each: nothing is said of one request."""
    together = BURST["runs"][0] | {"executions": [0.4]}
    taken = burst(runs=[together], instance_concurrency=4)
    assert not taken.executions
    assert taken.runs[0][1].executions == (Decimal("0.4"),)


def test_burst_has_its_size():
    """A size given with a burst is refused: it would be ignored."""
    for size in (InstanceSize(memory_gb=2.0), InstanceSize(cpus=1.0)):
        with pytest.raises(BenchError, match="leave out --memory-gb and --cpus"):
            measured(document("burst", BURST), size)


def test_load_without_queue():
    """A load is billed by the function time beside the wait for a turn, in instances of the given size."""
    taken = measured(load(load_run(CROWDED, clients=8)), SIZE)
    ((name, used),) = taken.runs
    assert name == "8 clients"
    assert [float(seconds) for seconds in used.executions] == pytest.approx([0.3] * 4)
    assert taken.executions == used.executions[:1]
    assert (used.memory_gb, used.cpus) == (Decimal("0.5"), Decimal("2.0"))


def test_load_with_the_fewest_clients():
    """Of several runs that with the fewest clients is billed, closed loops before open ones; and that is told."""
    opened, crowded, alone = (load_run(CROWDED, clients=clients) for clients in (None, 8, 1))
    taken = measured(load(opened, crowded, alone), SIZE)
    assert [name for name, _ in taken.runs] == ["1 client"]
    assert "1 client, the fewest of 3 runs" in taken.notes[0]
    assert "shared the processors" not in taken.notes[0]
    taken = measured(load(opened, crowded), SIZE)
    assert [name for name, _ in taken.runs] == ["8 clients"]
    assert "shared the processors" in taken.notes[0]


@pytest.mark.parametrize("clients", [8, None])
def test_load_without_a_known_queue(clients: int | None):
    """Where requests may have waited for each other and nothing tells how long, no bill is made up."""
    for outcomes in ([outcome(0.5)], [answered(0.5, 0.4, detect=0.3)]):
        with pytest.raises(BenchError, match="take a run with one client"):
            measured(load(load_run(outcomes, clients=clients)), SIZE)


def test_load_of_one_client():
    """One client waits for nobody else: without function time what it waited is billed."""
    taken = measured(load(load_run([outcome(0.25)], clients=1)), SIZE)
    assert taken.executions == (Decimal("0.25"),)
    assert "as the client waited" in taken.notes[0]


def test_failed_requests_of_a_load():
    """Failed requests are not billed at the mean of the good ones; a run without a good one is passed over."""
    dead, half = load_run([outcome(cause="refused")], clients=1), load_run([*ALONE, outcome(cause="refused")])
    taken = measured(load(dead, half), SIZE)
    ((name, used),) = taken.runs
    assert (name, used.requests, len(used.executions)) == ("2 clients", 4, 4)
    assert "1 of its 5 requests failed and are not billed" in taken.notes[0]


@pytest.mark.parametrize("size", [InstanceSize(), InstanceSize(memory_gb=1.0), InstanceSize(cpus=1.0)])
def test_load_wants_a_size(size: InstanceSize):
    """Memory and vCPUs must be given, and the message tells how many processors there were."""
    with pytest.raises(BenchError, match=r"--memory-gb, and --cpus .* 2 of 8"):
        measured(load(load_run(ALONE, clients=1), machine={"CPUs usable": "2 of 8"}), size)


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("clients", [1, 3, None])
def test_names(clients: int | None, *, is_whole: bool):
    """A run is called as the load's own tables call it."""
    run = replace(load_run(ALONE, clients=clients), is_whole=is_whole)
    assert measured(load(run), SIZE).runs[0][0] == run.name


@pytest.mark.parametrize(
    ("source", "size", "message"),
    [
        (document("accuracy", {}), SIZE, "reads burst and load"),
        (document("burst", {"runs": []}), InstanceSize(), "not a result of this version"),
        (document("burst", BURST | {"runs": []}), InstanceSize(), "no instance of this burst"),
        (load(load_run([outcome(cause="refused")])), SIZE, "no request of this load"),
        (load(load_run([answered(0.1, 0.0, queue=0.0)])), SIZE, "took no time"),
    ],
)
def test_unusable_results(source: Document, size: InstanceSize, message: str):
    """A result that cannot be billed is refused in one line that says why."""
    with pytest.raises(BenchError, match=message):
        measured(source, size)
