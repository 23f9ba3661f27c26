"""What the service may use of its machine, and what it comes to take: constants, the same in every worker."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class Grant:
    """Of all workers together. memory_limit: bytes, None where nobody says. memory_bound: bytes by what takes them."""

    cpus: float
    memory_limit: int | None
    memory_bound: Mapping[str, int]


class GrantCollector(Collector):
    """A grant as gauges; a limit that nobody has set is left out, for any number would be a lie."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        grant = self._grant
        yield GaugeMetricFamily("ocr_cpus", "Processors that the service may use.", grant.cpus)
        if grant.memory_limit is not None:
            yield GaugeMetricFamily("ocr_memory_limit_bytes", "Memory that the service may take.", grant.memory_limit)
        bound = GaugeMetricFamily("ocr_memory_bound_bytes", "Memory that it comes to take at most.", labels=["part"])
        for part, most in grant.memory_bound.items():
            bound.add_metric([part], most)
        yield bound
