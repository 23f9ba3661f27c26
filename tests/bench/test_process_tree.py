"""CPU and memory of real process trees."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import psutil
import pytest

from bench.process_tree import ProcessTree, listening_pid
from bench.usage_sampler import UsageSampler
from tests.conftest import Service

MIB = 1 << 20
BUSY_S = 0.3
SEEN_S = BUSY_S - 0.05
"""The kernel counts a process's time in ticks of a hundredth of a second, user and system apart."""

BUSY_CHILD = f"""
import time
while time.process_time() < {BUSY_S}:
    pass
print("burnt", flush=True)
input()
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
child.wait()
print("gone", flush=True)
input()
"""
GREEDY = """
input()
block = bytearray(b"x") * (50 << 20)
print("allocated", flush=True)
input()
"""


@contextmanager
def python(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python with these arguments; it ends with the context, and its children for want of input."""
    command = [sys.executable, "-c", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    """What a process reads and what it writes."""
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def go_on(process: subprocess.Popen[str]) -> None:
    """Give a process that waits for input a line of it."""
    stdin, _ = pipes(process)
    stdin.write("\n")
    stdin.flush()


def test_cpu_of_children():
    """The CPU time of a child counts while it is there, and when it has gone."""
    with python(PARENT, BUSY_CHILD) as process:
        _, stdout = pipes(process)
        with UsageSampler(process.pid, pace_s=0.02) as sampler:
            assert stdout.readline() == "burnt\n"
            tree = ProcessTree(process.pid)
            busy = tree.usage()
            go_on(process)
            assert stdout.readline() == "gone\n"
        after = tree.usage()
    assert (busy.processes, after.processes) == (2, 1)
    assert busy.cpu_s >= SEEN_S
    assert after.cpu_s >= busy.cpu_s
    assert sampler.cpu_s >= BUSY_S * 0.5  # some of it may have been before the first sample
    assert sampler.samples[-1].usage.processes == 1
    assert max(sample.usage.processes for sample in sampler.samples) == 2


def test_memory():
    """Fifty MiB that a process takes are seen, by both counts, and in the peak."""
    with python(GREEDY) as process:
        _, stdout = pipes(process)
        with UsageSampler(process.pid, pace_s=60) as sampler:
            go_on(process)
            assert stdout.readline() == "allocated\n"
        before, after = (sample.usage for sample in sampler.samples)
    assert after.pss_bytes - before.pss_bytes == pytest.approx(50 * MIB, rel=0.2)
    assert after.rss_bytes - before.rss_bytes == pytest.approx(50 * MIB, rel=0.2)
    assert sampler.peak is after


def test_ended_tree():
    """Once every process has ended, dead or not yet buried, there are zeros but for the CPU time."""
    with python(GREEDY) as process:
        tree = ProcessTree(process.pid)
        alive = tree.usage()
        process.kill()
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        unburied = tree.usage()
        process.wait()
        buried = tree.usage()
    assert alive.processes == 1
    assert alive.threads >= 1
    assert alive.descriptors >= 3
    for usage in (unburied, buried):
        assert (usage.pss_bytes, usage.rss_bytes, usage.processes, usage.threads, usage.descriptors) == (0,) * 5
        assert usage.cpu_s >= alive.cpu_s


def test_no_process():
    """A tree of no process is refused at once."""
    with python("") as process:
        process.wait()
        with pytest.raises(psutil.NoSuchProcess):
            UsageSampler(process.pid)


def test_samples_in_order():
    """Samples are taken from the opening to the closing, at a steady pace, with the seconds between."""
    with python(GREEDY) as process, UsageSampler(process.pid, pace_s=0.02) as sampler:
        while len(sampler.samples) < 4:
            time.sleep(0.01)
    times = [sample.at_s for sample in sampler.samples]
    assert times == sorted(times)
    assert times[-1] >= 0.06
    assert not sampler._thread.is_alive()


def test_listener_is_the_topmost(null_service: Service):
    """Of gunicorn's arbiter and workers, which share the socket, it is the arbiter: all the others are below it."""
    assert psutil.Process(null_service.process.pid).children()
    assert listening_pid(null_service.url) == null_service.process.pid
    assert listening_pid(null_service.url.replace("127.0.0.1", "localhost") + "/") == null_service.process.pid


def test_listener_here():
    """A process that listens by itself is its own, whatever started it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert listening_pid(f"http://127.0.0.1:{listener.getsockname()[1]}") == psutil.Process().pid


def test_listener_by_address():
    """Two processes may listen at one port of two addresses: it is the one that is asked."""
    code = "import socket; server = socket.create_server(('127.0.0.2', {})); print('up', flush=True); input()"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with python(code.format(port)) as other:
            assert pipes(other)[1].readline() == "up\n"
            assert listening_pid(f"http://127.0.0.1:{port}") == psutil.Process().pid


def test_processes_that_ended_are_counted():
    """A process of the tree that was seen and is gone at the end: a worker that was killed."""
    with python(PARENT, "input()") as process:
        watched = ProcessTree(process.pid)
        while watched.usage().processes < 2:
            time.sleep(0.01)
        with UsageSampler(process.pid, pace_s=10) as sampler:
            psutil.Process(process.pid).children()[0].kill()
            assert pipes(process)[1].readline() == "gone\n"
        assert sampler.ended == 1


def test_no_listener():
    """Where nobody listens, or another machine does, there is no process to watch."""
    with socket.socket() as unbound:
        unbound.bind(("127.0.0.1", 0))
        assert listening_pid(f"http://127.0.0.1:{unbound.getsockname()[1]}") is None
    assert listening_pid("http://service.example:9000") is None
