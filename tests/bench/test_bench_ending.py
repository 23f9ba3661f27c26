"""However the bench is ended, what it started ends with it."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.bench.processes import is_alive
from tests.conftest import ROOT, service_environment


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]])
def test_the_service_ends_with_the_bench(numbers: list[signal.Signals]) -> None:
    """A terminal that is closed, a time limit, an impatient Ctrl-C: no service stays behind, the status is 130."""
    load = ["load", "--requests", "1000000", "--setting", "OCR_ENGINE=null", "--setting", "OCR_NULL_DELAY_SECONDS=1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *load],
        cwd=ROOT,
        env=service_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while len(started := descendants(process.pid)) < 2:  # gunicorn's arbiter and its worker
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.5)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.2)
    assert process.wait(60) == 130
    assert not [pid for pid in started if is_alive(pid)]
