"""Sends everything by every way in, and judges what comes back."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.errors import BenchError
from bench.hostile.entry_paths import EntryPath
from bench.hostile.exchange import Answer, exchange
from bench.hostile.item import OK, HostileFile, HostileRequest
from bench.hostile.judgement import Judge, reading_of
from bench.hostile.memory_level import EXPENDABLE, idle_bytes, processes
from bench.hostile.result import Fault, HostileResult, OutcomeCount, SlowAnswer
from bench.hostile.wire import post

DIRECTLY = "as it is"
_SLOWEST = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent, and how. good: a picture that must be read before, beside and after; times in seconds."""

    files: Sequence[HostileFile]
    requests: Sequence[HostileRequest]
    paths: Sequence[EntryPath]
    good: bytes
    passes: int = 2
    clients: int = 2
    timeout_s: float = 60.0
    settle_s: float = 2.0

    @property
    def total(self) -> int:
        """How many answers a pass has."""
        return len(self.files) * len(self.paths) + len(self.requests)


@dataclass(slots=True)
class _Tally:
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    slowest: list[tuple[float, str, str, str]] = field(default_factory=list)

    def add(self, name: str, path: str, answer: Answer, reason: str) -> None:
        self.counts[name.partition("/")[0], path, answer.outcome] += 1
        if reason:
            self.faults.append(Fault(name, path, answer.outcome, reason))
        heapq.heappush(self.slowest, (answer.seconds, name, path, answer.outcome))
        if len(self.slowest) > _SLOWEST:
            heapq.heappop(self.slowest)


Job = Callable[[], tuple[str, str, Answer, str]]
"""Sends one request; returns the item's name, the way in, the answer and what is wrong with it."""


def measure(
    url: str, pid: int, plan: Plan, max_bytes: int, observe: Callable[[], None] = lambda: None
) -> HostileResult:
    """Send everything *passes* times to the service at *url*, whose topmost process is *pid*.

    *max_bytes* is its limit of a body; *observe* is called after each answer. Raises BenchError where the good picture
    cannot be read to begin with.
    """
    before = processes(pid)
    answer = _read(url, plan)
    if answer.code != OK:
        raise BenchError(f"the service does not read the good picture, but answers {answer.outcome}")
    reading = reading_of(answer.document)
    judge = Judge(reading, max_bytes)
    levels = [idle_bytes(pid, plan.settle_s)]
    tally = _Tally()
    with ThreadPoolExecutor(plan.clients) as pool:
        for _ in range(plan.passes):
            for outcome in pool.map(lambda job: job(), _jobs(url, plan, judge)):
                tally.add(*outcome)
                observe()
            levels.append(idle_bytes(pid, plan.settle_s))
    after = processes(pid)
    ended = sorted(name for process, name in before.items() if process not in after)
    return HostileResult(
        files=len(plan.files),
        requests=plan.passes * plan.total,
        passes=plan.passes,
        counts=tuple(OutcomeCount(*key, number) for key, number in sorted(tally.counts.items())),
        faults=tuple(tally.faults),
        slowest=tuple(SlowAnswer(n, p, o, round(s, 3)) for s, n, p, o in sorted(tally.slowest, reverse=True)),
        memory_bytes=(levels[0], levels[1], levels[-1]),
        ended=tuple(name for name in ended if name not in EXPENDABLE),
        spared=tuple(name for name in ended if name in EXPENDABLE),
        reads_same=reading_of(_read(url, plan).document) == reading,
    )


def _read(url: str, plan: Plan) -> Answer:
    return exchange(url, post(plan.good), plan.timeout_s)


def _jobs(url: str, plan: Plan, judge: Judge) -> Iterator[Job]:
    for file in plan.files:
        for path in plan.paths:
            yield lambda file=file, path=path: _send_file(url, plan, judge, file, path)  # type: ignore[misc]
    for request in plan.requests:
        yield lambda request=request: _send_request(url, plan, judge, request)  # type: ignore[misc]


def _send_file(url: str, plan: Plan, judge: Judge, file: HostileFile, path: EntryPath) -> tuple[str, str, Answer, str]:
    data = path.build(file.data, plan.good)
    answer = exchange(url, data, plan.timeout_s)
    verdict = judge.fault_beside_good if path.with_good else judge.fault
    return file.name, path.name, answer, verdict(answer, file.allowed, len(data))


def _send_request(url: str, plan: Plan, judge: Judge, request: HostileRequest) -> tuple[str, str, Answer, str]:
    answer = exchange(url, request.data, plan.timeout_s, ends=request.ends)
    reason = judge.fault(answer, request.allowed, len(request.data), is_http=request.is_http)
    return request.name, DIRECTLY, answer, reason
