"""The processes of a service while it is idle: who they are, and what they keep."""

from __future__ import annotations

import time
from statistics import median

import psutil

from bench.process_tree import ProcessTree

EXPENDABLE = frozenset({"ocr-decoder"})
"""Names of processes that may end because of a file, without anybody else noticing."""

_SAMPLES = 5


def idle_bytes(pid: int, settle_s: float) -> int:
    """Return the PSS of the tree below *pid*, the median of some samples of an idle time of *settle_s* seconds."""
    tree = ProcessTree(pid)
    samples = []
    for _ in range(_SAMPLES):
        time.sleep(settle_s / _SAMPLES)
        samples.append(tree.usage().pss_bytes)
    return int(median(samples))


def processes(pid: int) -> dict[tuple[int, float], str]:
    """Return the names of the processes of the tree below *pid* by number and time of creation; none where it ended."""
    found = {}
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            found[process.pid, process.create_time()] = process.name()
    except psutil.NoSuchProcess:
        return found
    return found
