"""A process that is started for a measurement, and leads a group of its own: whatever it starts ends with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import psutil

from bench.errors import BenchError

POLL_S = 0.01
TAIL = 15
"""Lines of a log that an error message repeats."""

BURIAL_S = 10.0
"""The longest that killed processes are waited for: until they are gone they hold what the next contender wants."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process is started. ``environment`` comes on top of this process's own, ``log`` takes what it writes.

    ``grace_s``: how long it may take to end when asked to, before it is killed; 0 kills it at once. ``piped`` gives it
    pipes as standard input and output instead.
    """

    command: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    grace_s: float = 0.0
    piped: bool = False


@contextmanager
def running(launch: Launch) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process; its whole group is killed with the context. Raises BenchError where it cannot be started."""
    with _opened(launch.log) as log:
        try:
            process = subprocess.Popen(
                launch.command,
                cwd=launch.folder,
                env=os.environ | launch.environment,
                stdin=subprocess.PIPE if launch.piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if launch.piped else log,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            raise BenchError(f"{launch.command[0]} could not be started: {error.strerror}") from error
    try:
        yield process
    finally:
        _end(process, launch.grace_s)


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("wb")
    except OSError as error:
        raise BenchError(f"cannot write {log}: {error.strerror}") from error


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    try:
        if grace_s:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace_s)
    finally:  # also where Ctrl-C is pressed once more
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    end = time.monotonic() + BURIAL_S
    while _runs(process.pid) and time.monotonic() < end:
        time.sleep(POLL_S)


def _runs(group: int) -> bool:
    """Return whether anybody of a process group still runs; who is dead and has not been waited for does not."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def ended(name: str, process: subprocess.Popen[bytes], log: Path) -> BenchError:
    """Return the error of a process that ended where it should not have: its status and its last lines."""
    return BenchError(f"{name} ended with status {process.returncode}:\n{tail(log)}")


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
