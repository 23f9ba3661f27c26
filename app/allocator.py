"""glibc's allocator, told to give memory back.

By itself it makes an arena a thread, up to eight a processor, of which each keeps what it once needed, and it keeps
large blocks, too, once one of their size was freed. With a hundred HTTP threads that was 130 MB of 570, and growing.
Nothing happens where the C library is another.
"""

import contextlib
import ctypes

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""Of mallopt(3)."""

_ARENAS = 2
_LARGE = 1 << 20


def share_arenas() -> None:
    """Let all threads share two arenas. To be called before there are threads."""
    _set(_ARENA_MAX, _ARENAS)


def return_large_blocks() -> None:
    """Return each block from a megabyte on to the system when it is freed.

    Not for a runtime that allocates its activations anew for each picture: every page of them would be a fault.
    """
    _set(_MMAP_THRESHOLD, _LARGE)
    _set(_TRIM_THRESHOLD, _LARGE)


def return_freed_blocks() -> None:
    """Return what is free now, the many small blocks between others as well. Takes a millisecond, or some."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _set(parameter: int, value: int) -> None:
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(parameter, value)
