"""The service's models without the service, as its own loader makes them: recorded, traced and replayed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import numpy as np

from app.engines.base import Engine
from app.engines.choice import EngineChoice
from app.engines.registry import load_engine
from app.pipeline.line_groups import by_canvas, by_six
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.weights.selection import model_directory
from bench.limit.in_process import PictureTrace, trace
from bench.limit.recording import ModelRun, Recorder, Tensors
from bench.limit.replay import FullLoad, Job, Picture, Replay, Request

OWN, STREAMS = "as the service has them", "a stream a processor"


def layouts(plan: SlotPlan, processors: int) -> dict[str, SlotPlan]:
    """The ways in which the models are compiled, by name, the service's own first.

    What suits one picture at a time, such as a detector of several threads, is not what reads most at full load: so the
    limit is looked for with a stream of one thread a processor for either model as well.
    """
    streams = replace(plan, detector_slots=processors, detector_threads=1, recognizer_slots=processors)
    return {OWN: plan} if streams == plan else {OWN: plan, STREAMS: streams}


@dataclass(slots=True)
class _Set:
    """A set's recorded pictures, what runs them, and passes that take as long as a measurement shall."""

    pictures: tuple[Picture, ...]
    replay: Replay
    lines: float
    passes: int = 1


class Models:
    """An engine with every shape warm, and the sets that were recorded with it."""

    def __init__(self, choice: EngineChoice, settings: Settings, plan: SlotPlan, processors: int) -> None:
        """Loads for some seconds; raises an OcrError where that fails."""
        self._engine = load_engine(choice, settings, model_directory(settings, choice.name), plan)
        self._settings = settings
        self._grouping = by_six if choice.exact else by_canvas
        self._processors = processors
        self._sets: dict[str, _Set] = {}
        _warm_up(self._engine)

    def prepare(self, name: str, pictures: Sequence[Path], seconds: float, like: Models | None = None) -> float:
        """Record a set, and find how many passes take *seconds*; returns the mean number of lines on a picture.

        Tensors that are the same as those that *like* has recorded are kept once.
        """
        with Recorder(keep_tensors=True) as recorder:
            traces = [self._trace(picture, recorder) for picture in pictures]
        known = () if like is None else like.tensors(name)
        recording = _Recording(known)
        recorded = tuple(recording.picture(one) for one in traces)
        one = _Set(recorded, Replay(recording.make_requests, self._processors), mean(one.lines for one in traces))
        one.replay.at_full_load(recorded, 1)
        began_s = time.perf_counter()
        one.replay.at_full_load(recorded, 1)
        one.passes = max(1, math.ceil(seconds / (time.perf_counter() - began_s)))
        self._sets[name] = one
        return one.lines

    def tensors(self, name: str) -> tuple[Tensors, ...]:
        """Every run's tensors of a recorded set, in order."""
        pictures = self._sets[name].pictures
        return tuple(job.tensors for picture in pictures for job in (*picture.detect, *picture.recognise))

    def at_full_load(self, name: str) -> FullLoad:
        """See :meth:`Replay.at_full_load`."""
        one = self._sets[name]
        return one.replay.at_full_load(one.pictures, one.passes)

    def one_by_one(self, name: str) -> float:
        """See :meth:`Replay.one_by_one`."""
        one = self._sets[name]
        return one.replay.one_by_one(one.pictures, one.passes)

    def steps(self, pictures: Sequence[Path]) -> dict[str, float]:
        """Mean seconds a picture of every step, each picture read once in this thread."""
        with Recorder(keep_tensors=False) as recorder:
            traces = [self._trace(picture, recorder).steps for picture in pictures]
        return {step: mean(one[step] for one in traces) for step in traces[0]}

    def _trace(self, picture: Path, recorder: Recorder) -> PictureTrace:
        return trace(picture, self._engine, self._grouping, self._settings, recorder)


class _Recording:
    """Makes jobs of what was recorded. *known*: tensors run by run, of which equal ones are taken instead of a copy."""

    def __init__(self, known: Sequence[Tensors]) -> None:
        self._known = iter(known)
        self._models: dict[int, ModelRun] = {}
        """By the identity of its request, a run of each: a slot has a request of its own for every model it uses."""

    def picture(self, one: PictureTrace) -> Picture:
        """The jobs of one picture."""
        return Picture(tuple(map(self._job, one.detector)), tuple(map(self._job, one.recognizer)))

    def make_requests(self) -> list[Request]:
        """A new request of each model."""
        return [run.request.get_compiled_model().create_infer_request() for run in self._models.values()]

    def _job(self, run: ModelRun) -> Job:
        self._models.setdefault(id(run.request), run)
        place = list(self._models).index(id(run.request))
        known = next(self._known, ())
        same = len(known) == len(run.tensors) and all(map(np.array_equal, known, run.tensors))
        return Job(place, known if same else run.tensors)


def _warm_up(engine: Engine) -> None:
    """All slots at once, as the service does."""
    warm_ups = [slot.warm_up for slot in engine.detectors] + [slot.warm_up for slot in engine.recognizers]
    with ThreadPoolExecutor(len(warm_ups)) as threads:
        for done in [threads.submit(warm_up) for warm_up in warm_ups]:
            done.result()
