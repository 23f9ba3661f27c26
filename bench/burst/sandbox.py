"""A process and all that it starts, in a control group of its own: begun, watched, and ended for certain."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.burst.cgroup import ControlGroup
from bench.burst.hierarchy import Hierarchy
from bench.burst.member import DIED, OUT_OF_MEMORY, InstanceEndedError

WATCH_S = 0.1
LOG_LINES = 10


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a sandbox may use, as far as the ``hierarchies`` can enforce it."""

    memory_bytes: int
    cpus: float
    hierarchies: tuple[Hierarchy, ...]


class Sandbox:
    """The process leads a session, so that what it forks can be ended with it even without a control group."""

    def __init__(self, name: str, bounds: Bounds, log: Path) -> None:
        """``name`` names the control group; ``log`` takes what the process writes."""
        self.peak_bytes = 0
        self.end: asyncio.Future[InstanceEndedError] = asyncio.get_running_loop().create_future()
        """Why the process ended, or was ended, other than by being told to."""
        self._name = name
        self._bounds = bounds
        self._log = log
        self._group = ControlGroup((), name)
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._killed = False

    async def launch(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        """Start the command; raises InstanceEndedError where the system refuses."""
        bounds = self._bounds
        try:
            self._group = ControlGroup.make(bounds.hierarchies, self._name, bounds.memory_bytes, bounds.cpus)
            with self._log.open("wb") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._group.entering(command),
                    cwd=folder,
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise InstanceEndedError(DIED, f"it could not be started: {error}") from error
        self._watch = asyncio.create_task(self._watched(self._process))

    def give_up(self, reason: str) -> InstanceEndedError:
        """Call it dead, for want of memory where the kernel has killed in it, else for this reason; returns the end.

        What is left of it is killed: a worker may outlive its parent, but no container outlives its first process.
        """
        if not self.end.done():
            self._kill_processes()
            out_of_memory = self._group.oom_kills() > 0
            limit = f"at {self._bounds.memory_bytes >> 20} MiB"
            end = InstanceEndedError(OUT_OF_MEMORY, limit) if out_of_memory else InstanceEndedError(DIED, reason)
            self.end.set_result(end)
        return self.end.result()

    def last_lines(self) -> str:
        """Return the end of what the process wrote."""
        try:
            return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
        except OSError:
            return ""

    async def close(self) -> None:
        """End everything in it, and wait until that is done; raises BenchError where the group cannot be removed.

        Without a control group only the first process is waited for: what it forked is killed, too, and soon gone.
        """
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.to_thread(self.kill)
        if self._process is not None:
            await self._process.wait()

    def kill(self) -> None:
        """End everything in it without an event loop, for when that is gone; may be called again."""
        self._kill_processes()
        self._group.end()

    def _kill_processes(self) -> None:
        if self._process is not None and not self._killed:
            self._killed = True  # once only: later the number may be another's
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._group.kill()

    async def _watched(self, process: asyncio.subprocess.Process) -> None:
        """Look at the memory until the process ends, or the kernel kills any of its children for memory."""
        waiting = asyncio.create_task(process.wait())
        try:
            while not waiting.done() and not self._group.oom_kills():
                self.peak_bytes = max(self.peak_bytes, self._held_bytes(process.pid))
                await asyncio.wait({waiting}, timeout=WATCH_S)
        finally:
            waiting.cancel()
        if self._group.oom_kills():
            self.peak_bytes = self._bounds.memory_bytes
        status = process.returncode
        self.give_up("a process of it was killed" if status is None else f"it ended with status {status}")

    def _held_bytes(self, pid: int) -> int:
        """Without a control group that counts it: what the processes have resident and do not share with files.

        Pages shared since a fork count for each process. The proportional set size has them once, but with them the
        pages of files, which the kernel can take back and a control group here does not count.
        """
        if self._group.watches_memory:
            return self._group.held_bytes()
        held = 0
        with contextlib.suppress(psutil.Error):
            leader = psutil.Process(pid)
            for process in (leader, *leader.children(recursive=True)):
                memory = process.memory_info()
                held += memory.rss - getattr(memory, "shared", 0)
        return held
