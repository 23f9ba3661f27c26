"""Figures of the service's processes together: prometheus_client's multiprocess mode drops those of each.

Read from procfs. A gunicorn worker counts its arbiter, its siblings and all that they started, since one memory limit
holds for all.
"""

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_ROLE_PREFIX = "ocr-"


def started_seconds_ago(pid: int) -> float:
    """Seconds since the process *pid* was started, by the kernel's clock."""
    ticks = int(_stat_fields(pid)[19])
    uptime = float((_PROC / "uptime").read_text().split()[0])
    return uptime - ticks / _TICKS_PER_SECOND


class ProcessFamilyCollector(Collector):
    """Memory, processor time and open files of the service's processes together, and when it started."""

    def __init__(self, *, under_arbiter: bool) -> None:
        """*under_arbiter*: the parent process is gunicorn's arbiter, and its children are workers."""
        self._eldest = os.getppid() if under_arbiter else os.getpid()
        self._started = time.time() - started_seconds_ago(self._eldest)

    def collect(self) -> Iterator[Metric]:
        """Yield the figures.

        Processor time is also that of processes that have ended: an engine that is replaced must not look as if it had
        begun anew.
        """
        resident: defaultdict[str, float] = defaultdict(float)
        files = 0.0
        # First and quickly: the time of one that ends between the looks at its parent and at it would be missed.
        stats = dict(_living_stats(_descendants(self._eldest)))
        for pid, stat in stats.items():
            try:
                resident[_role(pid)] += _proportional_bytes(pid, int(stat[21]) * _PAGE_BYTES)
                files += sum(1 for _ in (_PROC / str(pid) / "fd").iterdir())
            except OSError:
                continue  # it ended meanwhile
        cpu = sum(int(ticks) for stat in stats.values() for ticks in stat[11:15]) / _TICKS_PER_SECOND
        yield GaugeMetricFamily(
            "process_resident_memory_bytes", "Resident memory of the service.", sum(resident.values())
        )
        yield CounterMetricFamily("process_cpu_seconds", "Processor time of the service.", cpu)
        yield GaugeMetricFamily("process_open_fds", "Open file descriptors of the service.", files)
        yield GaugeMetricFamily("process_start_time_seconds", "When the service started.", self._started)
        shares = GaugeMetricFamily("ocr_resident_memory_bytes", "That memory by the process's role.", labels=["role"])
        for role, share in resident.items():
            shares.add_metric([role], share)
        yield shares


def _descendants(pid: int) -> list[int]:
    """*pid*, its children, theirs, and so on. Each of the service's processes starts others from its first thread."""
    try:
        children = (_PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:  # it ended meanwhile
        children = []
    return [pid, *(below for child in children for below in _descendants(int(child)))]


def _living_stats(pids: Iterable[int]) -> Iterator[tuple[int, list[str]]]:
    for pid in pids:
        with contextlib.suppress(OSError):  # it ended meanwhile
            yield pid, _stat_fields(pid)


def _role(pid: int) -> str:
    """What the process calls itself where it is one of the nursery's; the arbiter and its workers are the server."""
    name = (_PROC / str(pid) / "comm").read_text().strip()
    return name.removeprefix(_ROLE_PREFIX) if name.startswith(_ROLE_PREFIX) else "server"


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
