"""CPU time and memory of a server: the process that listens and every process below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil

LOOPBACK = {"127.0.0.1": ("127.0.0.1", "0.0.0.0", "::"), "::1": ("::1", "::")}  # noqa: S104 - what others bind
"""For each loopback address those at which a listener hears what is sent to it."""

LOCAL = LOOPBACK | {"localhost": (*LOOPBACK["127.0.0.1"], "::1"), "0.0.0.0": LOOPBACK["127.0.0.1"]}  # noqa: S104


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process tree uses: CPU seconds since its start, bytes of memory by two counts, and processes.

    ``pss_bytes`` shares each page among the processes that map it, so that it may be added up; ``rss_bytes`` counts
    it for each of them. Of another user's process the kernel shows the latter alone, which then stands for both.
    """

    cpu_s: float
    pss_bytes: int
    rss_bytes: int
    processes: int
    threads: int
    descriptors: int
    pids: frozenset[int] = frozenset()


class ProcessTree:
    """The tree below one process. Workers may come and go: the CPU time of those gone is kept."""

    def __init__(self, pid: int) -> None:
        """Raises psutil.NoSuchProcess where there is none of this number."""
        self._root = psutil.Process(pid)
        self._cpu_s: dict[tuple[int, float], float] = {}

    def usage(self) -> Usage:
        """Return what the tree uses now; zeros but for the CPU time once all its processes have ended."""
        pss = rss = threads = descriptors = 0
        pids = set()
        for process in self._alive():
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    self._cpu_s[process.pid, process.create_time()] = times.user + times.system
                    if process.status() == psutil.STATUS_ZOMBIE:
                        continue
                    resident = process.memory_info().rss
                    threads += process.num_threads()
                pss += _pss(process, resident)
                descriptors += _descriptors(process)
            except psutil.NoSuchProcess:
                continue
            rss += resident
            pids.add(process.pid)
        return Usage(sum(self._cpu_s.values()), pss, rss, len(pids), threads, descriptors, frozenset(pids))

    def _alive(self) -> Iterator[psutil.Process]:
        try:
            yield self._root
            yield from self._root.children(recursive=True)
        except psutil.NoSuchProcess:
            return


def _pss(process: psutil.Process, resident: int) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return resident


def _descriptors(process: psutil.Process) -> int:
    try:
        return int(process.num_fds())
    except psutil.AccessDenied:
        return 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A port of this machine, and the addresses at which a listener hears what is sent to it."""

    addresses: tuple[str, ...]
    port: int

    def is_heard_by(self, socket: Any) -> bool:
        """Return whether a socket (of psutil's kinds) listens there."""
        local = socket.laddr
        is_listening = socket.status == psutil.CONN_LISTEN and bool(local)
        return is_listening and local.port == self.port and local.ip in self.addresses


def listening_pid(url: str) -> int | None:
    """Return the process that listens at a local ``url``, the topmost of those that share the socket.

    None where the address is another machine's, nothing listens, or the process is another user's.
    """
    parts = urlsplit(url)
    if parts.hostname not in LOCAL:
        return None
    endpoint = Endpoint(LOCAL[parts.hostname], parts.port or (443 if parts.scheme == "https" else 80))
    try:
        sockets = psutil.net_connections("tcp")
        pids = [socket.pid for socket in sockets if endpoint.is_heard_by(socket)]
        listener = next((pid for pid in pids if pid is not None), None)
        return None if listener is None else _topmost(psutil.Process(listener), endpoint).pid
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return None


def _topmost(process: psutil.Process, endpoint: Endpoint) -> psutil.Process:
    """Climb to the first ancestor that shares the socket: of those that do the kernel's table names any one."""
    while (parent := process.parent()) is not None:
        try:
            sockets = parent.net_connections("tcp")
        except psutil.AccessDenied:
            break
        if not any(endpoint.is_heard_by(socket) for socket in sockets):
            break
        process = parent
    return process
