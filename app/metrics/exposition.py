"""The text that Prometheus scrapes, for one process or for all workers together."""

import threading
import time
from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """Renders the metrics of this process, or of every worker where they share a folder."""

    def __init__(self, registry: CollectorRegistry, collectors: Sequence[Collector], shared_folder: str | None) -> None:
        """*collectors*: what each worker knows of all. *shared_folder*: prometheus_client's; None with one worker."""
        self._registry = registry
        self._collectors = collectors
        self._shared_folder = shared_folder
        self._lock = threading.Lock()
        self._rendered, self._begun = b"", 0.0

    def render(self) -> bytes:
        """The metrics in Prometheus's text format; those who ask while it is made share the next one."""
        asked = time.monotonic()
        with self._lock:
            if self._begun <= asked:
                self._begun = time.monotonic()
                self._rendered = self._render()
            return self._rendered

    def _render(self) -> bytes:
        registry = CollectorRegistry()
        for collector in self._collectors:
            registry.register(collector)
        if self._shared_folder:
            MultiProcessCollector(registry, self._shared_folder)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry) + generate_latest(registry)
