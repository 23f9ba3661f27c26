"""The service's own pipeline in one thread, with the time of the models told apart from what stands around them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.engines.base import Engine, OrientationSlot, TextDetector, TextRecognizer
from app.engines.detection_options import DetectionOptions
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from app.pipeline.line_groups import Grouping
from app.pipeline.line_reader import LineReader
from app.pipeline.pipeline import Pipeline
from app.pipeline.result import PageOptions, Run
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool, Joinable
from app.settings import Settings
from bench.limit.recording import ModelRun, Recorder

SlotT = TypeVar("SlotT")
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

PATIENCE_S = 3600.0


@dataclass(slots=True)
class JobTimes:
    """Seconds of a stage's jobs: before the model (resizing, canvases), in it, and after it (decoding its answer)."""

    before: float = 0.0
    model: float = 0.0
    after: float = 0.0


class InlinePool(InferencePool[SlotT]):
    """A pool whose one slot runs each job at once, in the thread that submits it."""

    def __init__(self, name: str, slot: SlotT, recorder: Recorder) -> None:
        """*recorder* must be open while jobs are submitted."""
        super().__init__(name, (slot,), lambda _: None)
        self.times = JobTimes()
        self.runs: list[ModelRun] = []
        self._slot = slot
        self._recorder = recorder

    def submit(self, work: Callable[[SlotT], ResultT], ticket: int, deadline: Deadline) -> Future[ResultT]:
        """See :meth:`InferencePool.submit`; an error of the job is raised here."""
        del ticket, deadline
        return _done(self._timed(work))

    def submit_joinable(
        self, parts: Sequence[Joinable[SlotT, ItemT, ResultT]], ticket: int, deadline: Deadline
    ) -> list[Future[ResultT]]:
        """See :meth:`InferencePool.submit_joinable`: as many together as may be, as where no other slot is idle."""
        del ticket, deadline
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for place, part in enumerate(parts):
            alike[part.kind].append(place)
        futures: dict[int, Future[ResultT]] = {}
        for places in alike.values():
            most = parts[places[0]].most
            for start in range(0, len(places), most):
                together = places[start : start + most]
                results = self._together([parts[place] for place in together])
                futures.update(zip(together, map(_done, results), strict=True))
        return [futures[place] for place in range(len(parts))]

    def _together(self, parts: Sequence[Joinable[SlotT, ItemT, ResultT]]) -> Sequence[ResultT]:
        items = [part.item for part in parts]
        return self._timed(lambda slot: parts[0].work(slot, items))

    def _timed(self, work: Callable[[SlotT], ResultT]) -> ResultT:
        known = len(self._recorder.runs)
        began_s = time.perf_counter()
        result = work(self._slot)
        ended_s = time.perf_counter()
        self._count(self._recorder.runs[known:], began_s, ended_s)
        return result

    def _count(self, runs: list[ModelRun], began_s: float, ended_s: float) -> None:
        """With several runs in a job, what lies between two of them counts as after the first: all is prepared then."""
        model_s = sum(run.ended_s - run.began_s for run in runs)
        before_s = runs[0].began_s - began_s if runs else ended_s - began_s
        self.times.before += before_s
        self.times.model += model_s
        self.times.after += ended_s - began_s - before_s - model_s
        self.runs += runs


@dataclass(frozen=True, slots=True)
class PictureTrace:
    """One picture's way: seconds by step, how many lines it has, and the runs of its detector and its recogniser."""

    steps: dict[str, float]
    lines: int
    detector: tuple[ModelRun, ...]
    recognizer: tuple[ModelRun, ...]


def trace(picture: Path, engine: Engine, grouping: Grouping, settings: Settings, recorder: Recorder) -> PictureTrace:
    """Have a picture read as the service reads it, one step after the other."""
    detectors = InlinePool[TextDetector]("detect", engine.detectors[0], recorder)
    recognizers = InlinePool[TextRecognizer]("recognise", engine.recognizers[0], recorder)
    pipeline = Pipeline(detectors, LineReader(recognizers, grouping, engine.batching), _nobody_turns)
    data = picture.read_bytes()
    began_s = time.perf_counter()
    pixels = decode_image(data, ImageLimits(settings.max_pixels, settings.max_side)).pixels
    decode_s = time.perf_counter() - began_s
    run = Run(0, Deadline(PATIENCE_S), PageOptions(DetectionOptions.of(settings), settings.min_score))
    page = pipeline.recognise(pixels, run)
    found, read, timings = detectors.times, recognizers.times, run.timings
    steps = {
        "decode": decode_s,
        "detector: resize": found.before,
        "detector: model": found.model,
        "detector: boxes": found.after,
        "crop": timings.crop,
        "recogniser: resize": read.before,
        "recogniser: model": read.model,
        "recogniser: text": read.after,
        "the rest": timings.detect + timings.recognise + timings.assemble - _total(found) - _total(read),
    }
    return PictureTrace(steps, len(page.lines), tuple(detectors.runs), tuple(recognizers.runs))


def _done(result: ResultT) -> Future[ResultT]:
    future: Future[ResultT] = Future()
    future.set_result(result)
    return future


def _total(times: JobTimes) -> float:
    return times.before + times.model + times.after


def _nobody_turns() -> InferencePool[OrientationSlot]:
    raise AssertionError("orientation was not asked for")
