"""Where a service is started for a fault: with mounts or a clock of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

CLOCK_SOURCE = Path(__file__).with_name("wall_clock.c")
SCRATCH = "1m"


@dataclass(frozen=True, slots=True)
class Start:
    """A command in front of the service's own, and what its environment has besides."""

    prefix: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


class Surroundings(Protocol):
    """What a scenario wants around the service."""

    def missing(self) -> str:
        """Return why this machine cannot have it; empty where it can."""

    def start(self, folder: Path) -> Start:
        """Make what is needed in the scenario's own folder."""


class Plain:
    """The machine as it is."""

    def missing(self) -> str:
        """See :class:`Surroundings`."""
        return ""

    def start(self, folder: Path) -> Start:  # noqa: ARG002 - others need it
        """See :class:`Surroundings`."""
        return Start()


class _OwnMounts:
    def missing(self) -> str:
        """See :class:`Surroundings`."""
        if os.geteuid() or shutil.which("unshare") is None:
            return "needs root and unshare"
        tried = subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True)  # noqa: S607 - found above
        return "" if tried.returncode == 0 else "mounts of one's own are not allowed here"


class SmallTemporary(_OwnMounts):
    """``TMPDIR`` is a file system of one MiB, which only the service sees."""

    def start(self, folder: Path) -> Start:
        """See :class:`Surroundings`."""
        temporary = temporary_of(folder)
        temporary.mkdir()
        script = f'mount -t tmpfs -o size={SCRATCH} none "$0" && exec "$@"'
        return Start(("unshare", "-m", "sh", "-c", script, str(temporary)), {"TMPDIR": str(temporary)})


class NoSharedMemory(_OwnMounts):
    """``/dev/shm`` is empty and cannot be written, as where there is none."""

    def start(self, folder: Path) -> Start:  # noqa: ARG002 - others need it
        """See :class:`Surroundings`."""
        return Start(("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro,size=4k none /dev/shm && exec "$0" "$@"'))


class OwnClock:
    """The wall clock is moved by :func:`set_clock`; the monotonic one goes on as it does in a real jump."""

    def missing(self) -> str:
        """See :class:`Surroundings`."""
        return "" if shutil.which("cc") else "needs a C compiler (cc)"

    def start(self, folder: Path) -> Start:
        """See :class:`Surroundings`; raises subprocess.CalledProcessError where the library cannot be made."""
        set_clock(folder, 0)
        library = folder / "wall_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, CLOCK_SOURCE], check=True)  # noqa: S607
        return Start((), {"LD_PRELOAD": str(library), "BENCH_CLOCK": str(_clock(folder))})


def temporary_of(folder: Path) -> Path:
    """Return where :class:`SmallTemporary` has its file system."""
    return folder / "tmp"


def set_clock(folder: Path, offset_s: int) -> None:
    """Let the service's wall clock be so many seconds before (below 0) or behind the machine's from now on."""
    fresh = folder / "clock-fresh"
    fresh.write_text(f"{offset_s:+d}\n", encoding="utf-8")
    fresh.rename(_clock(folder))


def _clock(folder: Path) -> Path:
    return folder / "clock"
