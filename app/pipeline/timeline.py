"""When the parts of a request were worked on, for whoever draws them over time; of most requests nobody wants it.

Moments are seconds of ``time.perf_counter``, which on Linux all processes of a machine share.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple


class Part(NamedTuple):
    """A part of the work: a stage, or what a stage's seconds are made up of."""

    name: str
    begun: float
    ended: float


@dataclass(slots=True)
class PageTimes:
    """When a page was worked on. image: from 0, in the request. page: from 0, in the image.

    code: of the error that it ended with.
    """

    image: int
    page: int
    begun: float
    ended: float
    parts: list[Part]
    code: str = ""


@dataclass(slots=True)
class Timeline:
    """What was done for a request: what was done once, and its pages. Threads that work for it append to both."""

    parts: list[Part] = field(default_factory=list)
    pages: list[PageTimes] = field(default_factory=list)


@contextmanager
def timed(name: str, timeline: Timeline | None) -> Iterator[None]:
    """Have what is done within the block, and fails or not, in *timeline*, where there is one, as the part *name*."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        if timeline is not None:
            timeline.parts.append(Part(name, begun, time.perf_counter()))
