"""The text that Prometheus scrapes, for one process or for all workers together."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.metrics.process_family import ProcessFamilyCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """Renders the metrics of this process, or of every worker where they share a folder."""

    def __init__(self, registry: CollectorRegistry, family: ProcessFamilyCollector, shared_folder: str | None) -> None:
        """*shared_folder*: prometheus_client's multiprocess folder; None with a single worker."""
        self._registry = registry
        self._family = family
        self._shared_folder = shared_folder

    def render(self) -> bytes:
        """The metrics in Prometheus's text format."""
        registry = CollectorRegistry()
        registry.register(self._family)
        if self._shared_folder:
            MultiProcessCollector(registry, self._shared_folder)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry) + generate_latest(registry)
