"""What a process tells the kernel of itself. Nothing here is needed to serve: where the kernel refuses, it is left."""

import contextlib
import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
"""Of prctl(2)."""


def die_with_parent(parent: int) -> None:
    """Be killed when *parent*, which has just forked this process, ends in whatever way."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before that
        os._exit(1)


def name_process(name: str) -> None:
    """What ps and top call it; at most 15 letters."""
    _prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()))


def prefer_for_oom_killer(score: int) -> None:
    """Be ended before the others where memory runs out: 0 to 1000, more is sooner."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(score), encoding="ascii")


def private_bytes(pid: int) -> int | None:
    """Memory that the process alone has to answer for: anonymous and shared pages, not files.

    Where the kernel does not tell these apart, all of it; None where it tells nothing, or the process is gone.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    lines = (line.split() for line in status.splitlines())
    sizes = {line[0]: int(line[1]) << 10 for line in lines if len(line) == 3 and line[2] == "kB"}
    parts = [sizes[name] for name in ("RssAnon:", "RssShmem:") if name in sizes]
    return sum(parts) if parts else sizes.get("VmRSS:")


def _prctl(option: int, value: object) -> None:
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
