"""Figures of the service's processes together: prometheus_client's multiprocess mode drops those of each.

Read from procfs. A gunicorn worker counts its arbiter, its siblings and all that they started, since one memory limit
holds for all.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def started_seconds_ago(pid: int) -> float:
    """Seconds since the process *pid* was started, by the kernel's clock."""
    ticks = int(_stat_fields(pid)[19])
    uptime = float((_PROC / "uptime").read_text().split()[0])
    return uptime - ticks / _TICKS_PER_SECOND


class ProcessFamilyCollector(Collector):
    """Memory, processor time and open files, summed over the processes of the service."""

    def __init__(self, *, under_arbiter: bool) -> None:
        """*under_arbiter*: the parent process is gunicorn's arbiter, and its children are workers."""
        self._under_arbiter = under_arbiter

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        resident = cpu = files = 0.0
        for pid in self._family():
            try:
                stat = _stat_fields(pid)
                resident += _proportional_bytes(pid, int(stat[21]) * _PAGE_BYTES)
                cpu += (int(stat[11]) + int(stat[12])) / _TICKS_PER_SECOND
                files += sum(1 for _ in (_PROC / str(pid) / "fd").iterdir())
            except OSError:
                continue  # it ended meanwhile
        yield GaugeMetricFamily("process_resident_memory_bytes", "Resident memory of the service.", resident)
        yield CounterMetricFamily("process_cpu_seconds", "Processor time of the service.", cpu)
        yield GaugeMetricFamily("process_open_fds", "Open file descriptors of the service.", files)

    def _family(self) -> list[int]:
        return _descendants(os.getppid() if self._under_arbiter else os.getpid())


def _descendants(pid: int) -> list[int]:
    """*pid*, its children, theirs, and so on. Each of the service's processes starts others from its first thread."""
    try:
        children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:  # it ended meanwhile
        children = []
    return [pid, *(below for child in children for below in _descendants(int(child)))]


def _proportional_bytes(pid: int, resident: int) -> int:
    """Resident memory, of which pages that several processes share are shared out among them; else *resident*."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:  # some sandboxes have no such file
        return resident
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), resident)


def _stat_fields(pid: int) -> list[str]:
    """Fields of ``/proc/PID/stat`` from the third (state) on; the second may hold spaces."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
