"""What outcomes add up to: distributions, causes, throughput."""

import math

import pytest

from bench.dialects import ServerTime
from bench.load.distribution import CURVE_POINTS, Distribution
from bench.load.result import periods
from bench.load.summary import summarise
from tests.bench.load_samples import answered, outcome


def distribution(count: int) -> Distribution:
    """The distribution of the numbers from 1 to *count*."""
    found = Distribution.of(float(number) for number in range(count, 0, -1))
    assert found is not None
    return found


def test_nearest_rank_by_hand():
    """The textbook's example: of 15, 20, 35, 40, 50 the 50th percentile is 35 and the 80th 40."""
    found = Distribution.of([35, 20, 15, 50, 40])
    assert found is not None
    assert (found.count, found.min_s, found.max_s, found.mean_s) == (5, 15, 50, 32)
    assert (found.p50_s, found.p80_s, found.p90_s) == (35, 40, None)
    assert found.deviation_s == pytest.approx(math.sqrt((17**2 + 12**2 + 3**2 + 8**2 + 18**2) / 5))


@pytest.mark.parametrize(
    ("name", "per_mille", "least"),
    [("p80_s", 800, 5), ("p90_s", 900, 10), ("p95_s", 950, 20), ("p99_s", 990, 100), ("p999_s", 999, 1000)],
)
def test_percentile_needs_requests(name: str, per_mille: int, least: int):
    """A percentile beyond which not one request may lie is not known; from there on it is the nearest rank."""
    assert getattr(distribution(least - 1), name) is None
    for count in (least, least + 1, 2 * least + 3, 7 * least, 4321):
        assert getattr(distribution(max(count, least)), name) == (
            -(-per_mille * count // 1000) if count >= least else None
        )


def test_median_of_one_and_two():
    """The median is a time that was measured: of two the smaller."""
    assert distribution(1).p50_s == 1
    assert distribution(2).p50_s == 1
    assert distribution(1).curve == (1,)


@pytest.mark.parametrize("count", [2, 3, 10, 499, 500])
def test_short_curve(count: int):
    """Where there are few requests, the curve has every one of them."""
    assert distribution(count).curve == tuple(range(1, count + 1))


@pytest.mark.parametrize("count", [501, 12_345])
def test_long_curve(count: int):
    """A long one has 500 points, ascends, and goes from the minimum to the maximum."""
    curve = distribution(count).curve
    assert len(curve) == CURVE_POINTS
    assert list(curve) == sorted(curve)
    assert (curve[0], curve[-1]) == (-(-count // CURVE_POINTS), count)


def test_no_times():
    """Of nothing there is no distribution."""
    assert Distribution.of([]) is None


def test_success_and_causes():
    """Failures are counted by cause, the most frequent first, each with the detail of its first."""
    lost = [outcome(0.1, "connection lost", detail=f"lost {number}") for number in range(2)]
    refused = [outcome(0.1, "connection refused", detail="refused") for _ in range(3)]
    found = summarise([lost[0], outcome(0.5), *refused, lost[1], outcome(1.0), outcome(2.0, "timeout")])
    assert (found.requests, found.succeeded, found.success_rate) == (8, 2, 0.25)
    assert list(found.causes.items()) == [("connection refused", 3), ("connection lost", 2), ("timeout", 1)]
    assert found.details == {"connection lost": "lost 0", "connection refused": "refused", "timeout": ""}


def test_times_are_of_good_answers():
    """A quick refusal makes no latency look good; a failure still counts for how long the run took."""
    found = summarise([outcome(0.5), outcome(0.01, "http 503"), outcome(4.0, "timeout")])
    assert found.client is not None
    assert (found.client.count, found.client.max_s) == (1, 0.5)
    assert found.wall_s == 4.0
    assert found.throughput == 0.25


def test_throughput_counts_images():
    """Throughput is images a second: those of good answers, so many a request."""
    assert summarise([outcome(2.0)] * 4 + [outcome(2.0, "timeout")], images=3).throughput == 4 * 3 / 2.0


def test_overhead_and_stages():
    """Function time and overhead are of the answers that tell it, stages the means over those that name them."""
    outcomes = [
        answered(1.0, 0.75, queue=0.25, detect=0.5),
        answered(3.0, 2.5, queue=0.75),
        outcome(9.0),
        outcome(9.0, "timeout", server=ServerTime(7.0, {"queue": 7.0})),
    ]
    found = summarise(outcomes)
    assert found.server is not None
    assert found.overhead is not None
    assert (found.server.count, found.server.mean_s) == (2, 1.625)
    assert (found.overhead.min_s, found.overhead.max_s) == (0.25, 0.5)
    assert found.stages == {"queue": 0.5, "detect": 0.5}


def test_empty_run():
    """A run of nothing has zeros and no distribution."""
    found = summarise([])
    assert (found.requests, found.succeeded, found.wall_s, found.throughput, found.success_rate) == (0, 0, 0, 0, 0)
    assert (found.client, found.server, found.overhead, found.held) == (None, None, None, None)
    assert periods([]) == ()


def test_all_failed():
    """A run in which all failed has causes and no latency."""
    found = summarise([outcome(0.0, "connection refused")] * 3)
    assert (found.succeeded, found.throughput, found.causes) == (0, 0, {"connection refused": 3})
    assert found.client is None
    assert periods([outcome(0.0, "connection refused")])[0].failed == 1


def test_retries_and_holding_back():
    """Retries add up; how long after it was due the answered attempt left is held back, not overhead."""
    found = summarise([outcome(sent_s=0.25, retries=2), outcome(intended_s=1.0, sent_s=1.0, retries=1)])
    assert found.retries == 3
    assert found.held is not None
    assert (found.held.min_s, found.held.max_s) == (0, 0.25)
    held = summarise([outcome(2.0, sent_s=1.5, server=ServerTime(0.25))])
    assert held.client is not None
    assert held.overhead is not None
    assert (held.client.mean_s, held.overhead.mean_s) == (2.0, 0.25)


def test_curve_and_shares():
    """Each point of the curve is a time, and the share of the requests that took no longer: that of the last is 1."""
    found = Distribution.of([3.0, 1.0, 2.0, 4.0])
    assert found is not None
    assert list(zip(found.curve, found.shares, strict=True)) == [(1.0, 0.25), (2.0, 0.5), (3.0, 0.75), (4.0, 1.0)]


def test_periods():
    """A run is divided into seconds by when answers came; an answer at its very end belongs to the last."""
    found = periods([outcome(0.5), outcome(0.75, "timeout"), outcome(1.5), outcome(3.0)])
    assert [(period.at_s, period.seconds, period.good, period.failed) for period in found] == [
        (0, 1, 1, 1),
        (1, 1, 1, 0),
        (2, 1, 1, 0),
    ]
    assert [period.max_s for period in found] == [0.5, 1.5, 3.0]


def test_periods_of_a_long_run():
    """There are sixty at most, and together they have every answer."""
    found = periods([outcome(float(second)) for second in range(1, 601)])
    assert len(found) == 60
    assert {period.seconds for period in found} == {10}
    assert sum(period.good for period in found) == 600
