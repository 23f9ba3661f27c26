"""Where the service runs, and where its load comes from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.burst.hierarchy import CPU, MEMORY, Hierarchy
from bench.burst.limits import usable_hierarchies
from bench.errors import BenchError
from bench.scaling.placement import (
    Place,
    cores_first,
    cpu_hierarchies,
    entered,
    load_from,
    pinned,
    pinned_places,
    quota_places,
)

WHERE = "import os; print(sorted(os.sched_getaffinity(0)))"


def test_two_processors_share_the_load_as_one_does() -> None:
    """With none left over, each place pays for its own load: else two would look worth less than they are."""
    one, two = pinned_places([[0], [1]])
    assert (one.name, one.service, one.generator, one.shares) == ("1 processor", (0,), (0,), True)
    assert (two.name, two.service, two.generator, two.shares) == ("2 processors", (0, 1), (0, 1), True)
    assert (one.cpus, two.cpus) == (1, 2)


def test_what_is_left_over_is_the_loads_in_every_place() -> None:
    """Of six processors four are measured; the load comes from the other two, whatever the place."""
    places = pinned_places([[0], [1], [2], [3], [4], [5]])
    assert [place.service for place in places] == [(0,), (0, 1), (0, 1, 2, 3)]
    assert {place.generator for place in places} == {(4, 5)}
    assert not any(place.shares for place in places)


def test_threads_of_one_core_come_last(tmp_path: Path) -> None:
    """Two threads of a core are worth less than two cores."""
    for processor, siblings in {0: "0,4", 1: "1,5", 4: "0,4", 5: "1,5"}.items():
        folder = tmp_path / f"cpu{processor}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(siblings + "\n")
    cores = cores_first([0, 1, 4, 5], tmp_path)
    assert cores == [[0, 4], [1, 5]]
    assert [place.service for place in pinned_places(cores)] == [(0,), (0, 1), (0, 1, 4, 5)]
    assert cores_first([2, 3], tmp_path) == [[2], [3]]


def test_quotas_run_anywhere() -> None:
    """From the smallest to the largest; more than there is cannot be given."""
    half, one = quota_places([1.0, 0.5, 1.0], [0, 1])
    assert [(place.name, place.cpus, place.service) for place in (half, one)] == [
        ("quota 0.5", 0.5, (0, 1)),
        ("quota 1", 1.0, (0, 1)),
    ]
    with pytest.raises(BenchError, match="--cpus 4: there are 2 processors"):
        quota_places([4.0], [0, 1])


def test_only_groups_that_limit_processors_serve() -> None:
    """A group for memory alone gives no quota."""
    both = Hierarchy(2, (MEMORY, CPU), Path("both"))
    assert cpu_hierarchies([Hierarchy(1, (MEMORY,), Path("memory")), both]) == [both]
    with pytest.raises(BenchError, match="none may be made here"):
        cpu_hierarchies([Hierarchy(1, (MEMORY,), Path("memory"))])


def test_a_pinned_command_runs_where_it_is_told_to() -> None:
    """And so does whatever it starts."""
    processor = max(os.sched_getaffinity(0))
    done = subprocess.run(pinned([sys.executable, "-c", WHERE], [processor]), capture_output=True, check=True)
    assert done.stdout.decode().strip() == f"[{processor}]"


def test_the_load_goes_back_to_where_it_was() -> None:
    """Also after an error."""
    before = os.sched_getaffinity(0)
    processor = min(before)

    def send() -> None:
        with load_from(Place("x", (processor,), (processor,))):
            assert os.sched_getaffinity(0) == {processor}
            raise KeyError

    with pytest.raises(KeyError):
        send()
    assert os.sched_getaffinity(0) == before


def test_within_a_quota_the_service_finds_it() -> None:
    """For real: half a processor, on a machine with more."""
    usable = usable_hierarchies(f"test-scaling-{os.getpid()}-try", 1 << 30, 0.5)
    if not usable.limits.cpu:
        pytest.skip(f"processors cannot be limited here: {usable.limits.reason}")
    (place,) = quota_places([0.5], sorted(os.sched_getaffinity(0)))
    script = "from app.machine import available_cpus; print(available_cpus())"
    with entered(place, f"test-scaling-{os.getpid()}") as entering:
        done = subprocess.run(entering([sys.executable, "-c", script]), capture_output=True, check=True)
    assert done.stdout.decode().strip() == "0.5"
