"""What a service's own ``/metrics`` say of a run: the difference between a scrape before and one after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2
from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]

TIMEOUT_S = 30.0
REQUESTS = "ocr_request_duration_seconds"
STAGES = "ocr_stage_duration_seconds"
PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/info"})
COUNTERS = ("ocr_rejected_total", "ocr_errors_total")


@dataclass(frozen=True, slots=True)
class StageTime:
    """One histogram's share of a run: how often, seconds in all, and p99 interpolated inside a bucket.

    Below ``finest_s``, the end of its first bucket, p99 says no more than that.
    """

    name: str
    count: int
    total_s: float
    p99_s: float
    finest_s: float

    @property
    def mean_s(self) -> float:
        """The mean, 0 where nothing was counted."""
        return self.total_s / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class ServerView:
    """``request`` is the whole of the route that was asked, ``stages`` its parts in the exposition's order.

    ``refusals`` counts by reason or error code, zeros left out.
    """

    request: StageTime
    stages: tuple[StageTime, ...]
    refusals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every sample of one exposition, by name and sorted labels."""

    samples: Mapping[tuple[str, Labels], float]

    @classmethod
    def of(cls, url: str) -> Scrape | None:
        """Scrape the service at ``url``; None where it does not answer in Prometheus' text format."""
        try:
            response = httpx2.get(url.rstrip("/") + "/metrics", timeout=TIMEOUT_S, trust_env=False)
            text = response.raise_for_status().text
            return cls.parse(text)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            return None

    @classmethod
    def parse(cls, text: str) -> Scrape:
        """Read an exposition in Prometheus' text format; raises ValueError for anything else."""
        samples = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        return cls(samples)

    def view_since(self, before: Scrape) -> ServerView | None:
        """Return what was counted since *before*, probes and scrapes left out.

        None where the service has counted no request, or began to count anew, as one does that was started again.
        """
        grown: dict[str, dict[Labels, float]] = defaultdict(dict)
        for (name, labels), value in self.samples.items():
            grown[name][labels] = value - before.samples.get((name, labels), 0.0)
        counts = grown[REQUESTS + "_count"]
        asked = {labels: count for labels, count in counts.items() if count and dict(labels).get("route") not in PROBES}
        if not asked or min(counts.values()) < 0:
            return None
        route = max(asked, key=lambda labels: asked[labels])
        stages = [labels for labels, count in grown[STAGES + "_count"].items() if count]
        try:
            stage_times = tuple(_histogram(dict(labels)["stage"], STAGES, labels, grown) for labels in stages)
            request = _histogram("request", REQUESTS, route, grown)
        except (KeyError, IndexError):
            return None  # another service's metrics that go by the same names
        refusals = {
            " ".join(value for _, value in labels): int(count)
            for name in COUNTERS
            for labels, count in grown[name].items()
            if count
        }
        return ServerView(request, stage_times, refusals)


def _histogram(name: str, family: str, labels: Labels, grown: Mapping[str, Mapping[Labels, float]]) -> StageTime:
    """Return the growth of the histogram whose samples carry these labels, its buckets ``le`` beside them."""
    bounds = sorted(
        (float(dict(bucket)["le"]), count)
        for bucket, count in grown[family + "_bucket"].items()
        if tuple(pair for pair in bucket if pair[0] != "le") == labels
    )
    count, total_s = int(grown[family + "_count"][labels]), grown[family + "_sum"][labels]
    return StageTime(name, count, total_s, bucket_quantile(bounds, 0.99), finest_s=bounds[0][0])


def bucket_quantile(buckets: list[tuple[float, float]], share: float) -> float:
    """Return a quantile of cumulative ``(upper bound, count)`` buckets as Prometheus' ``histogram_quantile`` does.

    Linear inside a bucket that begins where the last one ends, the first at 0; in the unbounded last bucket it is its
    lower end.
    """
    rank = share * buckets[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank and count > below:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (rank - below) / (count - below)
        lower, below = bound, count
    return lower
