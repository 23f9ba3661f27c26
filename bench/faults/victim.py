"""The service that a fault is done to: its processes, and the folder that is its alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

OWN_NAMES = "ocr-"
"""Processes of the service that are no worker of gunicorn's name themselves so: ``ocr-engine``, ``ocr-decoder``."""


class NotPossibleError(Exception):
    """A fault that cannot be done here; the message says why."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A running service. ``pid``: gunicorn's arbiter. ``seconds``: how long the load goes on when the fault begins."""

    pid: int
    url: str
    folder: Path
    seconds: float
    pictures: Sequence[bytes]

    @property
    def tree(self) -> list[psutil.Process]:
        """Every process of the service, the arbiter first."""
        try:
            root = psutil.Process(self.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def worker(self) -> int:
        """Return a worker's process; raises NotPossibleError where there is none."""
        children = [
            child for child in self.tree[1:] if child.ppid() == self.pid and not _comm(child).startswith(OWN_NAMES)
        ]
        if not children:
            raise NotPossibleError("there is no worker")
        return children[0].pid

    def named(self, name: str) -> int:
        """Return the process of this name (``/proc/PID/comm``); raises NotPossibleError where there is none."""
        for process in self.tree:
            if _comm(process) == name:
                return process.pid
        raise NotPossibleError(f"there is no process named {name}")

    def signal_all(self, number: signal.Signals) -> int:
        """Send a signal to every process; returns how many there are."""
        tree = self.tree
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return len(tree)

    def inside(self, path: Path) -> Path:
        """Return a path as the service sees it, whose mounts may be its own."""
        return Path(f"/proc/{self.pid}/root") / path.relative_to("/")


def kill(pid: int) -> None:
    """End a process as the kernel does that runs out of memory."""
    os.kill(pid, signal.SIGKILL)


def _comm(process: psutil.Process) -> str:
    try:
        return Path(f"/proc/{process.pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
