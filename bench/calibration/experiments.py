"""The experiments: loads on a null engine that takes a known time, whose figures are known before they are measured."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from PIL import Image

from bench.calibration import wrk
from bench.calibration.check import Check, latency_checks
from bench.calibration.stall import run_with_stall
from bench.errors import BenchError
from bench.load.distribution import Distribution
from bench.load.http_target import HttpTarget
from bench.load.measurement import Load, measure
from bench.load.schedule import ClosedLoop, OpenLoop, Schedule
from bench.load.summary import Summary, summarise
from bench.subject import Subject

SLOTS = 128
"""More slots than requests are ever in flight, so that each takes the delay whatever else is under way."""

LIMIT = 0.02
WRK_LIMIT = 0.05
CLIENTS = 4
"""Few: those of a closed loop here ask at the very same moment, and each costs the server a millisecond or two."""

RATE = 8
"""Requests a second of an open loop."""
FIGURES = ("mean_s", "p50_s", "p90_s", "p99_s")
TAIL = ("mean_s", "p50_s", "p95_s", "p99_s", "max_s")
GARBAGE = b"no picture"


@dataclass(frozen=True, slots=True)
class Bench:
    """A service on the null engine whose answers take ``delay_s``, a run's length in seconds, the seed of arrivals."""

    subject: Subject
    delay_s: float
    seconds: float
    seed: int

    def target(self, bodies: Sequence[bytes]) -> HttpTarget:
        """Return a target to which request *n* carries the body of that number, over and over."""
        wires = [self.subject.dialect.encode_request([body], {}) for body in bodies]
        return HttpTarget(self.subject.url, self.subject.dialect, lambda index: wires[index % len(wires)])

    def summary(self, schedule: Schedule, bodies: Sequence[bytes]) -> Summary:
        """Send a schedule and return its figures."""
        return measure(self.subject, self.target(bodies), Load(schedule), lambda _: None).summary

    def closed_loop(self, clients: int) -> ClosedLoop:
        """Return a closed loop that takes about as long as a run should."""
        return ClosedLoop(clients, clients * max(1, round(self.seconds / self.delay_s)))


def settings(delay_s: float) -> dict[str, str]:
    """Return the settings of a service whose answers take so long."""
    return {"OCR_ENGINE": "null", "OCR_NULL_DELAY_SECONDS": str(delay_s), "OCR_SLOTS": str(SLOTS)}


def picture() -> bytes:
    """Return a small picture, one line to the null engine, which costs next to nothing to decode."""
    stream = io.BytesIO()
    Image.new("L", (160, 48), 255).save(stream, "PNG")
    return stream.getvalue()


def closed_loop(bench: Bench) -> list[Check]:
    """Clients of a closed loop: each answer takes the delay, and the rate is clients by delay."""
    name = f"closed loop, {CLIENTS} clients"
    found = bench.summary(bench.closed_loop(CLIENTS), [picture()])
    checks = latency_checks(name, _constant(bench.delay_s, found.requests), _times(found), FIGURES, LIMIT)
    checks.append(Check(name, "throughput", "/s", CLIENTS / bench.delay_s, found.throughput, LIMIT))
    return [*checks, Check(name, "success", "%", 100, 100 * found.success_rate, LIMIT)]


def open_loop(bench: Bench) -> list[Check]:
    """Arrivals of an open loop: each answer takes the delay, the last comes a delay after its arrival."""
    name = f"open loop, {RATE}/s"
    schedule = OpenLoop.poisson(RATE, bench.seconds, bench.seed)
    found = bench.summary(schedule, [picture()])
    checks = latency_checks(name, _constant(bench.delay_s, found.requests), _times(found), FIGURES, LIMIT)
    rate = len(schedule.arrivals) / (schedule.arrivals[-1] + bench.delay_s)
    checks.append(Check(name, "throughput", "/s", rate, found.throughput, LIMIT))
    return [*checks, Check(name, "success", "%", 100, 100 * found.success_rate, LIMIT)]


def failures(bench: Bench) -> list[Check]:
    """One body in five is no picture, and refused as such."""
    name = "a fifth is garbage"
    good = [picture()] * 4
    rounds = max(1, round(bench.seconds / bench.delay_s / len(good)))  # garbage takes no time
    found = bench.summary(ClosedLoop(CLIENTS, 5 * CLIENTS * rounds), [*good, GARBAGE])
    refused = found.causes.get("http 415 unsupported_media_type", 0)
    share = 100 * refused / found.requests
    return [
        Check(name, "success", "%", 80, 100 * found.success_rate, LIMIT),
        Check(name, "http 415 unsupported_media_type", "%", 20, share, LIMIT),
    ]


def stall(bench: Bench) -> list[Check]:
    """The server stands still once, for a tenth of the run: an open loop must see it in its percentiles."""
    if bench.subject.pid is None:
        raise BenchError("the service's process is not known")
    name = f"open loop, stall of {bench.seconds / 10:g} s"
    schedule = OpenLoop.poisson(RATE, bench.seconds, bench.seed)
    run = run_with_stall(bench.target([picture()]), schedule, bench.subject.pid, bench.seconds / 3, bench.seconds / 10)
    outcomes, seen = asyncio.run(run)
    expected = Distribution.of(seen.latency_s(due, bench.delay_s) for due in schedule.arrivals)
    if expected is None:
        raise AssertionError("a schedule has arrivals")
    return latency_checks(name, expected, _times(summarise(outcomes)), TAIL, LIMIT)


def against_wrk(bench: Bench, rounds: int = 3) -> list[Check]:
    """A generator that we did not write, on as many connections, in turns with ours: the medians."""
    theirs, ours = [], []
    for _ in range(rounds):
        theirs.append(wrk.load(bench.subject.url, picture(), CLIENTS, max(1, round(bench.seconds))))
        ours.append(bench.summary(bench.closed_loop(CLIENTS), [picture()]))
    name = f"against wrk, {CLIENTS} connections, {1000 * bench.delay_s:g} ms"
    rates = median(one.requests_per_s for one in theirs), median(one.throughput for one in ours)
    means = median(one.mean_latency_s for one in theirs), median(_times(one).mean_s for one in ours)
    return [
        Check(name, "throughput", "/s", *rates, WRK_LIMIT),
        Check(name, "mean", "ms", 1000 * means[0], 1000 * means[1], WRK_LIMIT),
    ]


EXPERIMENTS: tuple[Callable[[Bench], list[Check]], ...] = (closed_loop, open_loop, failures, stall)


def _constant(seconds: float, count: int) -> Distribution:
    times = Distribution.of([seconds] * count)
    if times is None:
        raise AssertionError("a run has requests")
    return times


def _times(summary: Summary) -> Distribution:
    if summary.client is None:
        raise BenchError(f"no request was answered: {dict(summary.causes)}")
    return summary.client
