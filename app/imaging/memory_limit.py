"""Limits on the address space of the own process: the kernel refuses what is beyond."""

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path


def limit_growth(more: int) -> None:
    """Let the process grow by *more* bytes from here on, for good."""
    with contextlib.suppress(ValueError, OSError):  # a sandbox tells nothing, or a lower limit is in force already
        limit = _address_space() + more
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@contextlib.contextmanager
def growth_limited(more: int) -> Iterator[None]:
    """Let the process grow by *more* bytes meanwhile, if that is less than it may anyway."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        limit = _address_space() + more
        if soft == resource.RLIM_INFINITY or limit < soft:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    """Bytes that are mapped now, touched or not."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
