"""Real instances of the service on the null engine: started, asked, killed, and gone."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench.burst.fleet import Fleet
from bench.burst.instance import InstancePlan
from bench.burst.limits import Usable, usable_hierarchies
from bench.burst.measurement import Trial, try_start
from bench.burst.member import DIED, OUT_OF_MEMORY, InstanceEndedError
from bench.burst.sandbox import Bounds
from bench.dialects import dialect_named
from bench.errors import BenchError
from tests.conftest import IMAGES, ROOT

MIB = 1 << 20
NULL = {"OCR_ENGINE": "null"}
MakeFleet = Callable[..., Fleet]


@pytest.fixture(scope="session")
def usable() -> Usable:
    """What can be limited here."""
    return usable_hierarchies(f"test-burst-{os.getpid()}-try", 64 * MIB, 0.5)


@pytest.fixture
def make_fleet(tmp_path: Path, usable: Usable) -> MakeFleet:
    """Return what makes fleets of the null engine; ``is_limited=False``: without control groups."""

    def make(memory_mib: int = 512, settings: dict[str, str] = NULL, *, is_limited: bool = True) -> Fleet:
        body = dialect_named("native").encode_request([(IMAGES / "latin.png").read_bytes()], {})
        bounds = Bounds(memory_mib * MIB, 1.0, usable.hierarchies if is_limited else ())
        return Fleet(f"test-burst-{os.getpid()}", InstancePlan((body,), bounds, settings, tmp_path))

    return make


def processes_of(logs: Path) -> list[psutil.Process]:
    """Return the running processes that write into this folder, the oldest first."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(f"/proc/{process.pid}/fd/1").readlink().parent == logs:
                found.append(process)
        except OSError:
            continue  # gone, or nobody waits for it
    return sorted(found, key=psutil.Process.create_time)


def are_gone(logs: Path) -> bool:
    """Whether no process writes into this folder, or will not in a moment: the kernel takes its time to end one."""
    for _ in range(500):
        if not processes_of(logs):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("is_limited", [True, False])
def test_an_instance_is_ready_answers_and_goes(make_fleet: MakeFleet, tmp_path: Path, *, is_limited: bool) -> None:
    """Ready means that it answers; its memory was seen with and without a control group; nothing of it is left."""

    async def run(fleet: Fleet) -> None:
        instance = fleet.launch()
        await instance.start()
        answer = await instance.send(0)
        assert answer.cause == ""
        assert answer.server.seconds is not None
        assert len(processes_of(tmp_path)) >= 2
        await asyncio.sleep(0.3)
        await instance.close()
        assert instance.peak_memory_bytes > 20 * MIB

    with make_fleet(is_limited=is_limited) as fleet:
        asyncio.run(run(fleet))
    assert are_gone(tmp_path)


@pytest.mark.parametrize("which", [0, 1], ids=["arbiter", "worker"])
def test_a_killed_process_is_a_dead_instance(make_fleet: MakeFleet, tmp_path: Path, which: int) -> None:
    """SIGKILL in the midst of a request: the request fails with its cause, whichever of the processes it was."""

    async def run(fleet: Fleet) -> None:
        instance = fleet.launch()
        await instance.start()
        sending = asyncio.create_task(instance.send(0))
        await asyncio.sleep(0.1)
        victims = processes_of(tmp_path)
        victims[which].kill()
        assert (await sending).cause == DIED
        assert (await instance.ended()).cause == DIED
        await instance.close()

    with make_fleet(settings=NULL | {"OCR_NULL_DELAY_SECONDS": "0.5"}) as fleet:
        asyncio.run(run(fleet))
    assert are_gone(tmp_path)


def test_too_little_memory_is_told_from_a_crash(make_fleet: MakeFleet, usable: Usable) -> None:
    """24 MiB do not hold a Python with gunicorn: the start ends as out of memory, which a trial start survives."""
    if not usable.limits.memory:
        pytest.skip(f"memory cannot be limited here: {usable.limits.reason}")

    async def run(fleet: Fleet) -> Trial:
        instance = fleet.launch()
        with pytest.raises(InstanceEndedError, match=OUT_OF_MEMORY):
            await instance.start()
        await instance.close()
        assert instance.peak_memory_bytes == 24 * MIB
        return await try_start(fleet.launch())

    with make_fleet(24) as fleet:
        assert asyncio.run(run(fleet)).start_s is None


def test_a_service_that_cannot_start_shows_its_log(make_fleet: MakeFleet) -> None:
    """The user reads which setting it was, and the bench ends with one clear error; a fleet knows its dead's words."""

    async def run(fleet: Fleet) -> None:
        await try_start(fleet.launch())

    with (
        make_fleet(settings={"OCR_ENGINE": "steam"}) as fleet,
        pytest.raises(BenchError, match=r"(?s)does not start.*OCR_ENGINE"),
    ):
        asyncio.run(run(fleet))
    assert "OCR_ENGINE" in fleet.last_words()


INTERRUPTED = """
import asyncio, sys
from pathlib import Path
from bench.burst.fleet import Fleet
from bench.burst.instance import InstancePlan
from bench.burst.limits import usable_hierarchies
from bench.burst.sandbox import Bounds

async def run(fleet):
    instance = fleet.launch()
    await instance.start()
    print((await instance.info())["engine"])
    raise KeyboardInterrupt

name, folder = sys.argv[1], Path(sys.argv[2])
bounds = Bounds(512 << 20, 1.0, usable_hierarchies(name, 512 << 20, 1.0).hierarchies)
with Fleet(name, InstancePlan((), bounds, {"OCR_ENGINE": "null"}, folder)) as fleet:
    asyncio.run(run(fleet))
"""


def test_an_instance_that_cannot_be_ended_does_not_keep_the_others(make_fleet: MakeFleet) -> None:
    """Every one is killed whatever becomes of the first and the last, and the error is not swallowed."""
    killed = []

    def stuck() -> None:
        killed.append("stuck")
        raise BenchError("cannot remove the control group")

    async def run(fleet: Fleet) -> None:
        for kill in (stuck, lambda: killed.append("killed"), stuck):
            fleet.launch().sandbox.kill = kill  # type: ignore[method-assign, assignment]

    fleet = make_fleet()
    with pytest.raises(BenchError, match="cannot remove"), fleet:
        asyncio.run(run(fleet))
    assert sorted(killed) == ["killed", "stuck", "stuck"]


def test_a_fleet_ends_what_an_interrupted_loop_has_left(tmp_path: Path, usable: Usable) -> None:
    """Nothing was closed; still processes and control groups are gone when the fleet's context is left."""
    name = f"test-burst-{os.getpid()}-interrupted"
    command = [sys.executable, "-c", INTERRUPTED, name, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.stdout == b"null\n"
    assert b"KeyboardInterrupt" in done.stderr
    assert are_gone(tmp_path)
    for hierarchy in usable.hierarchies:
        assert not list(hierarchy.folder.glob(f"{name}*"))
