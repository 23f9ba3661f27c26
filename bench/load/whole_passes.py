"""A service under a closed loop over whole passes of a set, so that means and rates are of the same pictures."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.errors import BenchError
from bench.load.generator import Generator, Policy
from bench.load.outcome import Outcome
from bench.load.schedule import ClosedLoop
from bench.load.summary import summarise
from bench.peers.contender import Connection
from bench.process_tree import ProcessTree

TIMEOUT_S = 300.0
RETRIES = 3


@dataclass(frozen=True, slots=True)
class ServiceRun:
    """A service under so many clients: means of a picture, in seconds.

    ``latency_s`` is what a client waited, ``function_s`` what the service says that it took, of which ``stages`` are
    parts. ``images_per_s`` leaves out the beginning and the end of the run, when not all clients wait. ``cpu_s`` is of
    the service's process tree, ``generator_cpu_s`` of the load generator, which has the same processors.
    ``others_cores``: processors that other programs kept busy meanwhile, or the host took away.
    """

    clients: int
    requests: int
    failed: int
    images_per_s: float
    latency_s: float
    function_s: float
    stages: Mapping[str, float]
    cpu_s: float
    generator_cpu_s: float
    others_cores: float

    @property
    def outside_s(self) -> float:
        """The network, both HTTP stacks and JSON: what the client waited beyond the service's own clock."""
        return self.latency_s - self.function_s

    @property
    def between_s(self) -> float:
        """What the service took and names no stage for."""
        return self.function_s - sum(self.stages.values())


@dataclass(frozen=True, slots=True)
class Passes:
    """``inner`` whole passes over so many ``images`` are measured, with ``clients`` that all have work meanwhile."""

    images: int
    clients: int
    inner: int

    @property
    def counted(self) -> int:
        """Requests between the first that may count and the last."""
        return self.inner * self.images

    @property
    def requests(self) -> int:
        """Requests in all: whole passes too, with each client's first and last beyond those that count."""
        edges = 0 if self.clients == 1 else 2 * self.clients
        return self.counted + math.ceil(edges / self.images) * self.images


def passes_of(connection: Connection, images: Sequence[Path], clients: int, seconds: float) -> Passes:
    """Return how many passes take about so long, found by one that is not measured."""
    began_s = time.monotonic()
    asyncio.run(_send(connection, images, ClosedLoop(clients, max(clients, len(images)))))
    pass_s = (time.monotonic() - began_s) * len(images) / max(clients, len(images))
    return Passes(len(images), clients, max(1, math.ceil(seconds / pass_s)))


def run_service(connection: Connection, pid: int, images: Sequence[Path], passes: Passes) -> ServiceRun:
    """Send the passes and return what came of them; raises BenchError where nothing was answered well."""
    tree = ProcessTree(pid)
    began_s, busy_s, cpu_s, own_cpu_s = time.monotonic(), _busy_s(), tree.usage().cpu_s, time.process_time()
    outcomes = asyncio.run(_send(connection, images, ClosedLoop(passes.clients, passes.requests)))
    own_cpu_s, cpu_s = time.process_time() - own_cpu_s, tree.usage().cpu_s - cpu_s
    others_s = _busy_s() - busy_s - cpu_s - own_cpu_s
    wall_s = time.monotonic() - began_s
    summary = summarise(outcomes)
    if summary.client is None or summary.server is None:
        cause, detail = next(iter(summary.details.items()), ("no answer", ""))
        raise BenchError(f"the service answered nothing well: {cause}: {detail}".removesuffix(": "))
    return ServiceRun(
        clients=passes.clients,
        requests=summary.requests,
        failed=summary.requests - summary.succeeded,
        images_per_s=steady_rate(outcomes, passes),
        latency_s=summary.client.mean_s,
        function_s=summary.server.mean_s,
        stages=dict(summary.stages),
        cpu_s=cpu_s / summary.requests,
        generator_cpu_s=own_cpu_s / summary.requests,
        others_cores=max(0.0, others_s / wall_s),
    )


def steady_rate(outcomes: Sequence[Outcome], passes: Passes) -> float:
    """Return answers a second while every client had something to wait for: 0 where one was not good.

    With several clients the first answer of each, and the last, are left out: the run is neither beginning nor ending
    in between. As many pictures as there are in whole passes are counted.
    """
    if any(outcome.cause for outcome in outcomes):
        return 0.0
    done = sorted(outcome.done_s for outcome in outcomes)
    first = 0 if passes.clients == 1 else passes.clients
    began_s = done[first - 1] if first else 0.0
    return passes.counted / (done[first + passes.counted - 1] - began_s)


def _busy_s() -> float:
    """Seconds that all processors together have not been idle since the machine started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


async def _send(connection: Connection, images: Sequence[Path], schedule: ClosedLoop) -> list[Outcome]:
    async with connection.target(images, TIMEOUT_S) as target:
        return await Generator(target, Policy(RETRIES), lambda _: None).run(schedule)
