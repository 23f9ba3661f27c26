"""Rate limits, to the request: the clock is the test's. All times are sums of powers of two, and so exact."""

import threading
import time

from app.access.rate_limit import RateLimit


def test_a_burst_then_the_rate(clock):
    """Four at once, then one each quarter of a second, and not a moment before."""
    limit = RateLimit(4, 4, clock)
    assert [limit.take("a") for _ in range(6)] == [0, 0, 0, 0, 0.25, 0.25]
    clock.now += 0.125
    assert limit.take("a") == 0.125
    clock.now += 0.125
    assert [limit.take("a"), limit.take("a")] == [0, 0.25]


def test_what_is_saved_up_is_bounded_by_the_burst(clock):
    """A pause gives back one request for each interval, and never more than the burst."""
    limit = RateLimit(2, 3, clock)
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0]
    clock.now += 1
    assert [limit.take("a") for _ in range(3)] == [0, 0, 0.5]
    clock.now += 1_000_000
    assert [limit.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_refusal_costs_nothing(clock):
    """Who asks again and again while he must wait does not wait any longer for it."""
    limit = RateLimit(1, 1, clock)
    assert limit.take("a") == 0
    for _ in range(1000):
        assert limit.take("a") == 1
    clock.now += 1
    assert limit.take("a") == 0


def test_slow_rates_have_long_waits(clock):
    """Less than one a second is a rate, too."""
    limit = RateLimit(1 / 64, 1, clock)
    assert [limit.take("a"), limit.take("a")] == [0, 64]


def test_clients_have_an_allowance_each(clock):
    """One client's requests are not counted against another's."""
    limit = RateLimit(1, 2, clock)
    assert [limit.take(who) for who in "aabbab"] == [0, 0, 0, 0, 1, 1]


def test_memory_is_bounded_and_the_stalest_goes_first(clock):
    """Of more clients than are kept the one that has not come for longest is forgotten, also where it is refused."""
    limit = RateLimit(1, 1, clock, most=3)
    for who in "abc":
        assert limit.take(who) == 0
    assert limit.take("a") == 1
    assert limit.take("d") == 0  # b is the stalest: a has just been here
    assert limit.clients == 3
    assert [limit.take(who) for who in "acd"] == [1, 1, 1]
    assert limit.take("b") == 0
    for number in range(10_000):
        limit.take(number)
    assert limit.clients == 3


class SlowClient:
    """A client at whose every look-up another thread takes over."""

    def __hash__(self):
        """Return a constant, later."""
        time.sleep(0)
        return 1


def test_threads_together_get_no_more_than_the_burst(clock):
    """Requests that come at the same moment on many threads are counted, each of them, once."""
    limit = RateLimit(1, 500, clock)
    start = threading.Barrier(8)
    let_in, client = [], SlowClient()

    def come():
        start.wait(10)
        let_in.append(sum(limit.take(client) == 0 for _ in range(200)))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(let_in) == 8
    assert sum(let_in) == 500
