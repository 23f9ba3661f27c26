"""How often a service replaces processes of its own, by its own metrics."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from bench.load.scrape import Scrape

PACE_S = 15.0
SUFFIX = "_replacements_total"


def replacements(scrape: Scrape) -> int | None:
    """Return the sum of every ``ocr_..._replacements_total``; None of a service that has none."""
    found = [v for (name, _), v in scrape.samples.items() if name.startswith("ocr_") and name.endswith(SUFFIX)]
    return int(sum(found)) if found else None


class ReplacementWatch:
    """Scrapes at a steady pace while its context is open: ``counted`` has seconds since then, and the sum."""

    def __init__(self, url: str | None, pace_s: float = PACE_S) -> None:
        """``url`` is None of what is no server."""
        self.counted: list[tuple[float, int]] = []
        self._url = url
        self._pace_s = pace_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="replacement-watch", daemon=True)
        self._begun = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._begun = time.monotonic()
        if self._url is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End with a last look."""
        self._closed.set()
        if self._url is not None:
            self._thread.join()
            self._look()

    def _watch(self) -> None:
        self._look()
        while not self._closed.wait(self._pace_s):
            self._look()

    def _look(self) -> None:
        scrape = Scrape.of(self._url or "")
        count = None if scrape is None else replacements(scrape)
        if count is not None:
            self.counted.append((time.monotonic() - self._begun, count))
