"""Times as their mean, extremes and percentiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

CURVE_POINTS = 500


@dataclass(frozen=True, slots=True)
class Distribution:
    """Seconds. A percentile is the smallest time that at least so many of the requests did not exceed (nearest rank).

    None where there are too few requests to say: p99.9 wants a thousand. ``curve`` is the whole distribution, the times
    that the ``shares`` of the requests did not exceed: each request's own, or 500 of them evenly spaced.
    """

    count: int
    mean_s: float
    min_s: float
    max_s: float
    deviation_s: float
    p50_s: float
    p80_s: float | None
    p90_s: float | None
    p95_s: float | None
    p99_s: float | None
    p999_s: float | None
    curve: tuple[float, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """For each time of ``curve`` the share of the requests, above 0 and up to 1, that took no longer."""
        return _shares(len(self.curve))

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Distribution | None:
        """Return the distribution of these times, None where there are none."""
        times = np.sort(np.fromiter(seconds, float))
        if not times.size:
            return None
        return cls(
            count=int(times.size),
            mean_s=float(times.mean()),
            min_s=float(times[0]),
            max_s=float(times[-1]),
            deviation_s=float(times.std()),
            p50_s=_quantile(times, 0.5),
            p80_s=_percentile(times, 800),
            p90_s=_percentile(times, 900),
            p95_s=_percentile(times, 950),
            p99_s=_percentile(times, 990),
            p999_s=_percentile(times, 999),
            curve=tuple(_quantile(times, share) for share in _shares(min(times.size, CURVE_POINTS))),
        )


def _shares(count: int) -> tuple[float, ...]:
    return tuple((place + 1) / count for place in range(count))


def _quantile(times: np.ndarray, share: float) -> float:
    return float(np.quantile(times, share, method="inverted_cdf"))


def _percentile(times: np.ndarray, per_mille: int) -> float | None:
    """The percentile, None where not even one of the requests may lie beyond it."""
    return _quantile(times, per_mille / 1000) if times.size * (1000 - per_mille) >= 1000 else None
