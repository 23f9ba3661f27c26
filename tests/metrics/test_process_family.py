"""Memory, processor time and files of the service's processes, held against what the kernel says elsewhere."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from app.metrics.process_family import ProcessFamilyCollector, started_seconds_ago

ROOT = Path(__file__).parents[2]


def family():
    """Return this process and what it has started; other tests' services may run."""
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def own_resident_bytes():
    """Return their share of resident memory by another file than the collector reads."""
    lines = [line for one in family() for line in Path(f"/proc/{one.pid}/smaps").read_text().splitlines()]
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


@pytest.fixture
def collect():
    """The figures of this process and what it has started, by name."""

    def run():
        families = ProcessFamilyCollector(under_arbiter=False).collect()
        return {family.name: family.samples[0].value for family in families}

    return run


def test_resident_memory_is_this_processes(collect):
    """Within five percent of the shares that smaps has of each mapping, in bytes."""
    assert collect()["process_resident_memory_bytes"] == pytest.approx(own_resident_bytes(), rel=0.05)


def test_resident_memory_grows_with_use(collect):
    """Sixty-four megabytes that are written to show up."""
    before = collect()["process_resident_memory_bytes"]
    block = bytearray(os.urandom(1 << 20) * 64)
    assert collect()["process_resident_memory_bytes"] - before > 0.8 * len(block)


def test_processor_time_is_what_the_kernel_counts(collect):
    """In seconds, with that of children that ended, between two readings of it elsewhere, within its ticks."""

    def used():
        return sum(sum(one.cpu_times()[:4]) for one in family())

    before = used()
    figure = collect()["process_cpu_seconds"]
    assert before - 0.1 <= figure <= used() + 0.1


def test_time_of_a_process_that_ended_is_kept(collect):
    """A counter that fell would look like a start, and all of it like time that was just used."""
    spend = "import time\nwhile time.process_time() < 0.3: pass"
    before = collect()["process_cpu_seconds"]
    subprocess.run([sys.executable, "-c", spend], check=True)
    assert collect()["process_cpu_seconds"] - before >= 0.25  # the kernel counts in ticks


def test_the_start_is_that_of_the_process(collect):
    """In seconds since 1970, as another reader of the kernel's figures has it, and the same whenever it is asked."""
    assert collect()["process_start_time_seconds"] == pytest.approx(psutil.Process().create_time(), abs=2)


def test_memory_is_told_by_role():
    """A process with a name of the service's is told apart; together the roles are all of the memory."""
    name = "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'ocr-engine'); print(flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        child.stdout.readline()
        families = {family.name: family for family in ProcessFamilyCollector(under_arbiter=False).collect()}
    finally:
        child.communicate(b"")
    roles = {sample.labels["role"]: sample.value for sample in families["ocr_resident_memory_bytes"].samples}
    assert set(roles) >= {"server", "engine"}  # other tests may have left processes of their own
    assert min(roles["server"], roles["engine"]) > 1e6
    assert sum(roles.values()) == families["process_resident_memory_bytes"].samples[0].value


def test_open_files_are_counted(collect, tmp_path):
    """Five files more are five more."""
    before = collect()["process_open_fds"]
    files = [(tmp_path / str(number)).open("w") for number in range(5)]
    try:
        assert collect()["process_open_fds"] - before == 5
    finally:
        for file in files:
            file.close()


def test_a_processes_age_is_that_of_its_start():
    """A child is at least as old as since it was started, at most as since before; the kernel's ticks are 10 ms."""
    before = time.monotonic()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    after = time.monotonic()
    try:
        time.sleep(0.05)
        least = time.monotonic() - after
        age = started_seconds_ago(child.pid)
        assert least - 0.05 <= age <= time.monotonic() - before + 0.05
        assert started_seconds_ago(os.getpid()) > age
    finally:
        child.communicate(b"\n")


FAMILY = """
import os, sys
from pathlib import Path
from app.metrics.process_family import ProcessFamilyCollector

def resident(pid):
    lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))

begin, end, answer = os.pipe(), os.pipe(), os.pipe()
big = os.fork()
if not big:                                   # a sibling, and what it started, which is large
    if os.fork():
        os.read(end[0], 1)
        os._exit(0)
    block = bytearray(os.urandom(1 << 20) * 48)
    os.write(begin[1], str(os.getpid()).encode())
    os.read(end[0], 1)
    os._exit(0)
large = int(os.read(begin[0], 10))
worker = os.fork()
if not worker:                                # the worker that is scraped
    figure = next(iter(ProcessFamilyCollector(under_arbiter=True).collect())).samples[0].value
    expected = sum(resident(pid) for pid in (os.getppid(), os.getpid(), big, large))
    os.write(answer[1], f"{figure} {expected} {resident(large)}".encode())
    os._exit(0)
print(os.read(answer[0], 1000).decode())
os.write(end[1], b"xx")
os.waitpid(big, 0), os.waitpid(worker, 0)
"""


def test_a_worker_counts_its_arbiter_and_its_siblings():
    """Under an arbiter the figure is that of all processes together, and of those that they started in their turn."""
    finished = subprocess.run(
        [sys.executable, "-c", FAMILY], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    figure, expected, sibling = map(float, finished.stdout.split())
    assert figure == pytest.approx(expected, rel=0.05)
    assert sibling > 40e6
