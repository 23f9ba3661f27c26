"""The processors of a measurement, where it shall leave the others to other work."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from bench.errors import BenchError


@contextmanager
def placed(processors: Collection[int]) -> Iterator[None]:
    """Run this thread, and all that it starts meanwhile, on these processors; where none are named, on any.

    Raises BenchError for processors that there are not.
    """
    before = os.sched_getaffinity(0)
    if not set(processors) <= before:
        raise BenchError(f"--cpus: there are the processors {', '.join(map(str, sorted(before)))}")
    if not processors:
        yield
        return
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
