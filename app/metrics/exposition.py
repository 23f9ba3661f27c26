"""The text that Prometheus scrapes, for one process or for all workers together."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Format:
    """A text format. encode: what a collector has, in it."""

    content_type: str
    encode: Callable[[Collector], bytes]


CLASSIC = Format(CONTENT_TYPE_LATEST, generate_latest)
OPENMETRICS = Format(openmetrics.CONTENT_TYPE_LATEST, openmetrics.generate_latest)
"""Has exemplars; those who can read it, as Prometheus can, ask for it."""

TEXT_FORMATS = {"text/plain": CLASSIC, "application/openmetrics-text": OPENMETRICS}
"""By media type; the first is what is liked where others are liked as well."""


class Exposition:
    """Renders the metrics of this process, or of every worker where they share a folder."""

    def __init__(self, registry: CollectorRegistry, collectors: Sequence[Collector], shared_folder: str | None) -> None:
        """*collectors*: what each worker knows of all. *shared_folder*: prometheus_client's; None with one worker."""
        self._registry = registry
        self._collectors = collectors
        self._shared_folder = shared_folder
        self._shared = {CLASSIC: _Shared(), OPENMETRICS: _Shared()}

    def render(self, wanted: Format = CLASSIC) -> bytes:
        """The metrics in the format that is *wanted*; those who ask while it is made share the next one."""
        return self._shared[wanted].or_made_by(lambda: self._render(wanted))

    def _render(self, wanted: Format) -> bytes:
        if not self._shared_folder:
            return wanted.encode(_Joined((self._registry, *self._collectors)))
        registry = CollectorRegistry()
        for collector in self._collectors:
            registry.register(collector)
        MultiProcessCollector(registry, self._shared_folder)  # type: ignore[no-untyped-call]
        return wanted.encode(registry)


class _Shared:
    """What is made for one who asks, and for all who ask meanwhile once more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made, self._begun = b"", 0.0

    def or_made_by(self, make: Callable[[], bytes]) -> bytes:
        """What was begun to be made after this was called."""
        asked = time.monotonic()
        with self._lock:
            if self._begun <= asked:
                self._begun = time.monotonic()
                self._made = make()
            return self._made


class _Joined(Collector):
    """Several as one: OpenMetrics has an end, behind which there can be nothing."""

    def __init__(self, collectors: Sequence[Collector]) -> None:
        self._collectors = collectors

    def collect(self) -> Iterator[Metric]:
        """The metrics of each, in their order."""
        for collector in self._collectors:
            yield from collector.collect()
