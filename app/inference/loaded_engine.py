"""The models, loaded and warm, with the pools that run them: what an engine's process serves with."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2

from app.allocator import return_large_blocks
from app.engine_plan import EnginePlan
from app.engines.base import OrientationSlot, TextDetector, TextRecognizer
from app.engines.detection_options import DetectionOptions
from app.engines.registry import import_engine, load_engine, load_orientation
from app.inference.warm_up import run_once, warm_ahead
from app.pipeline.line_groups import by_canvas, by_six, one_by_one
from app.pipeline.line_reader import LineReader
from app.pipeline.pipeline import Pipeline
from app.scheduling.inference_pool import InferencePool
from app.scheduling.once import Once

_KEEPS_ACTIVATIONS = "openvino"
"""The engine whose runtime does: what else allocates large blocks are pictures, which come and go."""

_INFERENCE_NICENESS = 10
"""With it the p99 of probes under load halves (28 to 13 ms, /metrics 52 to 19), and as many requests are answered."""

_LAST_JOB_SECONDS = 5.0
"""A job that nobody waits for any more, such as a shape that is warmed ahead, may still run for so long at the end."""


@dataclass(frozen=True, slots=True)
class LoadedEngine:
    """pools: all that there are, that for orientation once somebody asked. *_seconds: what it took to load, to warm."""

    pipeline: Pipeline
    pools: list[InferencePool[Any]]
    ahead: tuple[tuple[InferencePool[Any], TextDetector | TextRecognizer], ...]
    load_seconds: float
    warm_up_seconds: float

    def warm_ahead(self, is_idle: Callable[[], bool]) -> None:
        """Run what shapes may be wanted later, while nobody waits."""
        for pool, slot in self.ahead:
            warm_ahead(pool, slot, is_idle)

    def running(self) -> list[str]:
        """The runs of models that go on now: see :meth:`InferencePool.running`."""
        return [run for pool in self.pools for run in pool.running()]

    def stop(self) -> None:
        """Begin no more jobs, and wait for those that run: as the process ends."""
        for pool in self.pools:
            pool.stop(_LAST_JOB_SECONDS)


def load(plan: EnginePlan) -> LoadedEngine:
    """Load the models of *plan* and run each once.

    Raises:
        OcrError: They cannot be loaded.
    """
    _step_behind()
    if plan.choice.name == _KEEPS_ACTIVATIONS:
        return_large_blocks()
    # Pictures of several requests are worked on at once already; OpenCV's own threads would only wait for each other.
    cv2.setNumThreads(1)
    begun = time.perf_counter()
    import_engine(plan.choice)
    engine = load_engine(plan.choice, plan.settings, plan.directory, plan.slots)
    loaded = time.perf_counter()
    detectors = InferencePool[TextDetector]("detect", engine.detectors, lambda slot: slot.warm_up())
    recognizers = InferencePool[TextRecognizer]("recognise", engine.recognizers, lambda slot: slot.warm_up())
    pools: list[InferencePool[Any]] = []
    _start(pools, detectors, recognizers)
    orienters = Once(lambda: _orienters(plan, pools))
    if plan.settings.autorotate != "off":
        orienters()
    closely = by_canvas if engine.batching.across_requests else one_by_one
    grouping = by_six if plan.choice.exact else closely
    pipeline = Pipeline(detectors, LineReader(recognizers, grouping, engine.batching), orienters)
    run_once(pipeline, DetectionOptions.of(plan.settings), turns=plan.settings.autorotate != "off")
    ahead = ((recognizers, engine.recognizers[0]), (detectors, engine.detectors[0]))
    return LoadedEngine(
        pipeline,
        pools,
        ahead if plan.memory.is_ample else (),
        load_seconds=loaded - begun,
        warm_up_seconds=time.perf_counter() - loaded,
    )


def _orienters(plan: EnginePlan, pools: list[InferencePool[Any]]) -> InferencePool[OrientationSlot]:
    """Orientation slots, warm. Where it is off by default they are made for the first request that asks.

    They would cost every start half a second and 45 MB.
    """
    slots = load_orientation(plan.choice, plan.orientation_models, plan.slots)
    pool = InferencePool[OrientationSlot]("orient", slots, lambda slot: slot.warm_up())
    _start(pools, pool)
    return pool


def _start(pools: list[InferencePool[Any]], *more: InferencePool[Any]) -> None:
    """Add *more* to *pools*, and warm their slots, all at once."""
    pools += more
    for slot in [slot for pool in more for slot in pool.start()]:
        slot.result()


def _step_behind() -> None:
    """Let this process step behind the others: whoever answers a probe must not wait for a processor.

    They would all wait with it while the models keep every processor busy.
    """
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.setpriority(os.PRIO_PROCESS, 0, _INFERENCE_NICENESS)
