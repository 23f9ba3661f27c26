"""One contender's turn: it is started, reads every set, for time and text and for throughput, and is ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.accuracy.corpus import Sample
from bench.accuracy.evaluation import ImageResult, evaluate, rows_by_set
from bench.child_process import tail
from bench.compare.result import Round, SetFigures
from bench.errors import BenchError
from bench.load.distribution import Distribution
from bench.load.generator import Generator, Policy
from bench.load.outcome import Outcome
from bench.load.schedule import ClosedLoop
from bench.load.summary import Summary, summarise
from bench.peers.contender import Connection, Peer, Plan, StartedPeer
from bench.prediction import Prediction
from bench.usage_sampler import UsageSampler

TIMEOUT_S = 120.0
PASSES = 2
"""Times at least that each image of a set is read for its throughput: once is mostly the clients' beginning and end."""

Watch = Callable[[str], None]
"""Hears in words of what is going on."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What every contender is asked: the labelled images by set, and how hard.

    ``requests``: at least so many are sent in each set's throughput run, and each of its images at least twice.
    """

    sets: dict[str, list[Sample]]
    clients: int
    requests: int

    def schedule(self, name: str) -> ClosedLoop:
        """Return a set's throughput run: whole passes over its images."""
        images = len(self.sets[name])
        return ClosedLoop(self.clients, max(PASSES, -(-self.requests // images)) * images)


@dataclass(frozen=True, slots=True)
class Turn:
    """A contender's figures of one round, and what it says of itself."""

    figures: Round
    info: Mapping[str, Any]


def play(peer: Peer, contest: Contest, folder: Path, watch: Watch) -> Turn:
    """Give a contender its turn. Raises BenchError where it does not start, or does not live to the end.

    It is started twice, for one picture at a time and for as many as it can: a library is set up differently for them.
    The cold start is that of the first; the memory is the most that either took.
    """
    results: dict[str, list[ImageResult]] = {}
    summaries: dict[str, Summary] = {}
    watch(f"{peer.name}: starting")
    with _watched(peer, folder, "latency") as (started, one_by_one):
        for name, samples in contest.sets.items():
            results[name] = _read(peer, started.connection, name, samples, watch)
            _check_alive(started, f"{name}, one by one")
    with _watched(peer, folder, "throughput") as (busy, all_at_once):
        for name in contest.sets:
            summaries[name] = _press(peer, busy.connection, name, contest, watch)
            _check_alive(busy, f"{name}, {contest.clients} clients")
    figures = Round(
        cold_start_s=started.exec_to_first_answer_s,
        peak_pss_bytes=max(one_by_one.peak.pss_bytes, all_at_once.peak.pss_bytes),
        sets=tuple(_figures(name, results[name], summaries[name]) for name in contest.sets),
    )
    return Turn(figures, started.info)


@contextmanager
def _watched(peer: Peer, folder: Path, plan: Plan) -> Iterator[tuple[StartedPeer, UsageSampler]]:
    """Start a contender and watch its memory; raises BenchError where it is gone as soon as it has answered."""
    with peer.started(folder, plan) as started:
        _check_alive(started, "its first answer")
        try:
            sampler = UsageSampler(started.pid)
        except psutil.NoSuchProcess as error:
            raise _death(started, "its first answer") from error
        with sampler:
            yield started, sampler


def _check_alive(started: StartedPeer, deed: str) -> None:
    """Raise BenchError where the process has ended: what it failed at since says nothing about its speed."""
    try:
        if psutil.Process(started.pid).status() != psutil.STATUS_ZOMBIE:
            return
    except psutil.NoSuchProcess:
        pass
    raise _death(started, deed)


def _death(started: StartedPeer, deed: str) -> BenchError:
    return BenchError(f"{started.name} died ({deed}):\n{tail(started.log)}")


def _read(peer: Peer, connection: Connection, name: str, samples: Sequence[Sample], watch: Watch) -> list[ImageResult]:
    """Have each image read, one after the other; the first goes before, unmeasured."""

    def source(sample: Sample) -> Prediction:
        return connection.read(sample.path)

    evaluate(samples[0], source, {})
    results = []
    for number, sample in enumerate(samples, start=1):
        watch(f"{peer.name}: {name}, one by one, {number} of {len(samples)}")
        results.append(evaluate(sample, source, {}))
    return results


def _press(peer: Peer, connection: Connection, name: str, contest: Contest, watch: Watch) -> Summary:
    """Have a set read by as many clients as there shall be; a picture for each goes before, unmeasured."""
    schedule = contest.schedule(name)
    images = [sample.path for sample in contest.sets[name]]
    done = 0

    def observe(_: Outcome) -> None:
        nonlocal done
        done += 1
        watch(f"{peer.name}: {name}, {contest.clients} clients, {done} of {schedule.requests}")

    async def send() -> list[Outcome]:
        async with connection.target(images, TIMEOUT_S) as target:
            await Generator(target, Policy(), lambda _: None).run(ClosedLoop(contest.clients, contest.clients))
            return await Generator(target, Policy(retries=3), observe).run(schedule)

    return summarise(asyncio.run(send()))


def _figures(name: str, results: Sequence[ImageResult], summary: Summary) -> SetFigures:
    (row,) = rows_by_set(results)
    seconds = [result.seconds for result in results if result.seconds is not None]
    failures = Counter(summary.causes)
    failures.update(result.failure.cause for result in results if result.failure is not None)
    return SetFigures(
        name=name,
        images=len(results),
        throughput=summary.throughput,
        latency=Distribution.of(seconds),
        char_f1=row.char_f1,
        word_f1=row.word_f1,
        line_recall=row.line_recall,
        failures=dict(failures),
    )
