"""Recorded tensors through the models again, with nothing around them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from bench.limit.recording import Tensors


class Request(Protocol):
    """An infer request of OpenVINO."""

    def infer(self, inputs: Any, *, share_inputs: bool, share_outputs: bool) -> Any:
        """Run the model."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run: of which model (its place in the list of models), and with what."""

    model: int
    tensors: Tensors


@dataclass(frozen=True, slots=True)
class Picture:
    """The runs of one picture: those that find its lines, and those that read them."""

    detect: tuple[Job, ...]
    recognise: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class FullLoad:
    """Pictures' worth of tensors a second, and CPU seconds of one."""

    images_per_s: float
    cpu_s: float


class Replay:
    """As many threads as are asked for, each with a request of its own for every model. Ends with its context."""

    def __init__(self, make_requests: Callable[[], Sequence[Request]], threads: int) -> None:
        """*make_requests*: a request a model, in the models' order."""
        self._requests = [make_requests() for _ in range(threads)]
        self._threads = ThreadPoolExecutor(threads, "replay")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def at_full_load(self, pictures: Sequence[Picture], passes: int) -> FullLoad:
        """Run all tensors so many times; every thread takes the next as soon as it is free."""
        jobs = [job for picture in pictures for job in (*picture.detect, *picture.recognise)]
        began_s, cpu_s = time.perf_counter(), time.process_time()
        self._run(itertools.chain.from_iterable(itertools.repeat(jobs, passes)))
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
        images = passes * len(pictures)
        return FullLoad(images / wall_s, cpu_s / images)

    def one_by_one(self, pictures: Sequence[Picture], passes: int) -> float:
        """Return the mean seconds of a picture that is alone: its lines are spread once they have been found."""
        began_s = time.perf_counter()
        for picture in itertools.chain.from_iterable(itertools.repeat(pictures, passes)):
            for job in picture.detect:
                _infer(self._requests[0], job)
            self._run(iter(picture.recognise))
        return (time.perf_counter() - began_s) / (passes * len(pictures))

    def _run(self, jobs: Iterator[Job]) -> None:
        """Have every thread take jobs until there are none; raises what one of them raised."""
        lock = threading.Lock()

        def work(requests: Sequence[Request]) -> None:
            while True:
                with lock:
                    job = next(jobs, None)
                if job is None:
                    return
                _infer(requests, job)

        for done in [self._threads.submit(work, requests) for requests in self._requests]:
            done.result()


def _infer(requests: Sequence[Request], job: Job) -> None:
    inputs = dict(enumerate(job.tensors))
    requests[job.model].infer(inputs, share_inputs=True, share_outputs=True)
