"""Memory, processor time and files of the service's processes, held against what the kernel says elsewhere."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.metrics.process_family import ProcessFamilyCollector, started_seconds_ago

ROOT = Path(__file__).parents[2]
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def own_resident_bytes():
    """Return this process's resident memory by another file than the collector reads."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


@pytest.fixture
def collect():
    """The figures of this process alone, by name."""

    def run():
        families = ProcessFamilyCollector(under_arbiter=False).collect()
        return {family.name: family.samples[0].value for family in families}

    return run


def test_resident_memory_is_this_processes(collect):
    """Within five percent of what statm says, in bytes."""
    assert collect()["process_resident_memory_bytes"] == pytest.approx(own_resident_bytes(), rel=0.05)


def test_resident_memory_grows_with_use(collect):
    """Sixty-four megabytes that are written to show up."""
    before = collect()["process_resident_memory_bytes"]
    block = bytearray(os.urandom(1 << 20) * 64)
    assert collect()["process_resident_memory_bytes"] - before > 0.8 * len(block)


def test_processor_time_is_what_the_kernel_counts(collect):
    """User and system time in seconds, between two readings of getrusage, within its ticks."""

    def used():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    before = used()
    figure = collect()["process_cpu_seconds"]
    assert before - 0.1 <= figure <= used() + 0.1


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
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

begin, end, answer = os.pipe(), os.pipe(), os.pipe()
big = os.fork()
if not big:                                   # a sibling that is large
    block = bytearray(os.urandom(1 << 20) * 48)
    os.write(begin[1], b"x")
    os.read(end[0], 1)
    os._exit(0)
os.read(begin[0], 1)
worker = os.fork()
if not worker:                                # the worker that is scraped
    figure = next(iter(ProcessFamilyCollector(under_arbiter=True).collect())).samples[0].value
    expected = sum(resident(pid) for pid in (os.getppid(), os.getpid(), big))
    os.write(answer[1], f"{figure} {expected} {resident(big)}".encode())
    os._exit(0)
print(os.read(answer[0], 1000).decode())
os.write(end[1], b"x")
os.waitpid(big, 0), os.waitpid(worker, 0)
"""


def test_a_worker_counts_its_arbiter_and_its_siblings():
    """Under an arbiter the figure is that of all processes together, since one memory limit holds for all."""
    finished = subprocess.run(
        [sys.executable, "-c", FAMILY], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    figure, expected, sibling = map(float, finished.stdout.split())
    assert figure == pytest.approx(expected, rel=0.05)
    assert sibling > 40e6
