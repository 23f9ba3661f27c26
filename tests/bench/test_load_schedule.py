"""The arrivals of an open loop are those of a Poisson process."""

import numpy as np
import pytest

from bench.errors import BenchError
from bench.load.schedule import OpenLoop

RATE, SECONDS = 50.0, 200.0


def test_same_seed_same_arrivals():
    """A seed gives the same arrivals each time, another one others."""
    first = OpenLoop.poisson(5, 30, 1)
    assert first == OpenLoop.poisson(5, 30, 1)
    assert first != OpenLoop.poisson(5, 30, 2)
    assert first.rate == 5


def test_order_and_bounds():
    """Arrivals ascend and fall into the duration."""
    arrivals = OpenLoop.poisson(RATE, SECONDS, 3).arrivals
    assert list(arrivals) == sorted(arrivals)
    assert arrivals[0] >= 0
    assert arrivals[-1] < SECONDS


@pytest.mark.parametrize("seed", range(5))
def test_poisson(seed: int):
    """As many a second as asked for; counts a second vary as their mean does, gaps exponentially: as their mean."""
    arrivals = np.array(OpenLoop.poisson(RATE, SECONDS, seed).arrivals)
    counts, _ = np.histogram(arrivals, bins=int(SECONDS), range=(0, SECONDS))
    assert counts.mean() == pytest.approx(RATE, rel=0.05)
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.4)
    gaps = np.diff(arrivals)
    assert gaps.std() / gaps.mean() == pytest.approx(1, abs=0.1)
    assert np.mean(gaps > 1 / RATE) == pytest.approx(np.exp(-1), abs=0.03)


def test_number_varies():
    """The number of arrivals is itself drawn, with the variance of a Poisson process."""
    totals = [len(OpenLoop.poisson(10, 10, seed).arrivals) for seed in range(300)]
    assert np.mean(totals) == pytest.approx(100, rel=0.03)
    assert np.var(totals) == pytest.approx(100, rel=0.3)


@pytest.mark.parametrize(
    ("rate", "seconds"), [(0, 10), (-1, 10), (10, 0), (10, -1), (float("nan"), 1), (1e9, 1e9), (float("inf"), 1)]
)
def test_nonsense(rate: float, seconds: float):
    """A schedule without a request, or of millions, is refused in one line."""
    with pytest.raises(BenchError, match="requests/s for"):
        OpenLoop.poisson(rate, seconds, 1)


def test_no_arrival():
    """A rate so low that nothing comes is refused, and says so."""
    with pytest.raises(BenchError, match=r"no request falls into 1 s at 0\.0001/s with seed 1"):
        OpenLoop.poisson(0.0001, 1, 1)
