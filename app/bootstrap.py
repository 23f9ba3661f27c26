"""The one place where collaborators are made and handed to each other, and the start-up that warms them."""

import atexit
import logging
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import cv2
from prometheus_client import CollectorRegistry

from app.engines.base import OrientationSlot, TextDetector, TextRecognizer
from app.engines.registry import load_orientation
from app.errors import EngineError, OcrError
from app.imaging.header import ImageLimits
from app.loading import Loading, step_behind
from app.metrics.exposition import Exposition
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector, started_seconds_ago
from app.pipeline.line_groups import by_canvas, by_six, one_by_one
from app.pipeline.line_reader import LineReader
from app.pipeline.pipeline import Pipeline
from app.pipeline.result import PageOptions
from app.protocols.native import RequestLimits
from app.scheduling.admission import Admission
from app.scheduling.inference_pool import InferencePool
from app.scheduling.once import Once
from app.scheduling.readiness import Readiness
from app.service import OcrService
from app.settings import REPLACEMENT_FLAG, Settings, unknown_names
from app.version import VERSION
from app.warm_up import run_once, warm_ahead
from app.weights.selection import model_name

_LOG = logging.getLogger(__name__)

_LAST_JOB_SECONDS = 5.0
"""A job that nobody waits for any more, such as a shape that is warmed ahead, may still run for so long at the end."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that serves, wired."""

    settings: Settings
    loading: Loading
    model: str
    admission: Admission
    readiness: Readiness[Pipeline]
    service: OcrService
    instruments: Instruments
    exposition: Exposition

    @property
    def request_limits(self) -> RequestLimits:
        """What a request may ask for."""
        turns = self.settings.autorotate
        options = PageOptions(
            self.settings.det_max_side,
            self.settings.min_score,
            turn_page=turns in {"page", "on"},
            turn_lines=turns in {"lines", "on"},
        )
        return RequestLimits(self.settings.max_images, options, can_turn=self.can_turn)

    @property
    def can_turn(self) -> bool:
        """Whether there is what tells how pages and lines lie."""
        return self.loading.choice.name == "null" or self.loading.orientation_models is not None

    def start(self) -> None:
        """Warm the models once they are loaded: before returning, or with ``warmup=background`` after it.

        Raises:
            OcrError: They cannot be loaded (in the background this is logged, and ``/readyz`` says it).
        """
        warming: Future[None] = Future()
        threading.Thread(target=self._warm_behind, args=(warming,), name="start", daemon=True).start()
        if self.settings.warmup == "import":
            try:
                warming.result(self.settings.start_timeout_seconds)
            except TimeoutError:
                raise EngineError(f"not ready within {self.settings.start_timeout_seconds} s") from None

    def drain(self) -> None:
        """Take no new requests; ``/readyz`` says so."""
        self.admission.drain()
        self.readiness.drain()
        self.instruments.ready.set(0)

    def information(self) -> dict[str, Any]:
        """The answer of ``/info``."""
        settings = self.settings
        return {
            "version": VERSION,
            "state": self.readiness.state,
            "model": self.model,
            "engine": self.loading.choice.name,
            "precision": self.loading.choice.precision,
            "parity": "exact" if self.loading.choice.exact else "close",
            "autorotate": self.settings.autorotate if self.can_turn else "unavailable",
            "cpus": round(self.loading.plan.cpus, 2),
            "threads": {
                "detector_slots": self.loading.plan.detector_slots,
                "detector_threads": self.loading.plan.detector_threads,
                "recognizer_slots": self.loading.plan.recognizer_slots,
            },
            "memory_bytes": self._memory(),
            "limits": {
                "max_bytes": settings.max_bytes,
                "max_pixels": settings.max_pixels,
                "max_side": settings.max_side,
                "max_images": settings.max_images,
                "max_frames": settings.max_frames,
                "det_max_side": settings.det_max_side,
                "det_max_pixels": self.loading.memory.det_max_pixels,
                "queue_size": settings.queue_size,
                "deadline_seconds": settings.deadline_seconds,
            },
        }

    def _memory(self) -> dict[str, int | None]:
        loading = self.loading
        bound = loading.memory.bound(self.settings, loading.plan, loading.choice.arithmetic)
        return {"limit": loading.memory.limit, **bound}

    def _warm_behind(self, warming: "Future[None]") -> None:
        step_behind()
        try:
            self._warm()
        except BaseException as error:  # noqa: BLE001 - a thread that dies in silence would leave requests waiting
            self.readiness.fail()
            if self.settings.warmup == "background":
                detail = {"detail": str(error)}
                _LOG.critical("start failed", extra=detail, exc_info=not isinstance(error, OcrError))
            warming.set_exception(error)
        else:
            warming.set_result(None)

    def _warm(self) -> None:
        loaded = self.loading.engine.result()
        begun, engine = time.perf_counter(), loaded.engine
        detectors = InferencePool[TextDetector]("detect", engine.detectors, lambda slot: slot.warm_up())
        recognizers = InferencePool[TextRecognizer]("recognise", engine.recognizers, lambda slot: slot.warm_up())
        _start_pools(detectors, recognizers)
        orienters = Once(self._orienters)
        if self.settings.autorotate != "off":
            orienters()
        closely = by_canvas if engine.batching.across_requests else one_by_one
        grouping = by_six if self.loading.choice.exact else closely
        pipeline = Pipeline(detectors, LineReader(recognizers, grouping, engine.batching), orienters)
        run_once(pipeline, self.request_limits.default_options)
        self._report(load=loaded.seconds, warm_up=time.perf_counter() - begun)
        self.readiness.ready(pipeline)
        self.instruments.ready.set(1)
        if self.loading.memory.warms_ahead:
            ahead = ((recognizers, engine.recognizers[0]), (detectors, engine.detectors[0]))
            threading.Thread(target=self._warm_ahead, args=(ahead,), name="warm-ahead", daemon=True).start()

    def _warm_ahead(self, ahead: Sequence[tuple[InferencePool[Any], TextDetector | TextRecognizer]]) -> None:
        for pool, slot in ahead:
            warm_ahead(pool, slot, lambda: self.admission.is_idle)

    def _orienters(self) -> InferencePool[OrientationSlot]:
        """Orientation slots, warm. Where it is off by default they are made for the first request that asks.

        They would cost every start half a second and 45 MB.
        """
        slots = load_orientation(self.loading.choice, self.loading.orientation_models, self.loading.plan)
        pool = InferencePool[OrientationSlot]("orient", slots, lambda slot: slot.warm_up())
        _start_pools(pool)
        return pool

    def _report(self, load: float, warm_up: float) -> None:
        total = _service_age()
        self.instruments.warmup.set(warm_up)
        self.instruments.cold_start.set(total)
        parts = {"imports": total - load - warm_up, "load": load, "warm_up": warm_up}
        for name, value in parts.items():
            self.instruments.start_part.labels(name).set(value)
        seconds = {name: round(value, 3) for name, value in (*parts.items(), ("total", total))}
        what = {"model": self.model, "engine": self.loading.choice.name, "precision": self.loading.choice.precision}
        _LOG.info("ready", extra=what | {"start_seconds": seconds})


def build(settings: Settings, loading: Loading) -> Runtime:
    """Wire the service for *settings* around what is being loaded."""
    # Pictures of several requests are worked on at once already; OpenCV's own threads would only wait for each other.
    cv2.setNumThreads(1)
    for name in unknown_names(os.environ):
        _LOG.warning("unknown setting", extra={"variable": name})
    choice, plan = loading.choice, loading.plan
    model = model_name(settings, choice.name)
    registry = CollectorRegistry()
    instruments = Instruments.declare(registry)
    instruments.ready.set(0)
    instruments.build_info.labels(VERSION, model, choice.name, choice.precision).set(1)
    family = ProcessFamilyCollector(under_arbiter=_under_gunicorn())
    exposition = Exposition(registry, family, os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    admission = Admission(plan.active_requests, settings.queue_size, instruments.queue_depth.set)
    readiness = Readiness[Pipeline]()
    service = OcrService(admission, readiness, ImageLimits(settings.max_pixels, settings.max_side, settings.max_frames))
    return Runtime(
        settings=settings,
        loading=loading,
        model=model,
        admission=admission,
        readiness=readiness,
        service=service,
        instruments=instruments,
        exposition=exposition,
    )


def _start_pools(*pools: InferencePool[Any]) -> None:
    """Warm the slots of *pools*, all at once, and have them stop as the process ends."""
    for pool in pools:
        atexit.register(pool.stop, _LAST_JOB_SECONDS)
    for slot in [slot for pool in pools for slot in pool.start()]:
        slot.result()


def _under_gunicorn() -> bool:
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")


def _service_age() -> float:
    """Seconds since the service was executed; of a worker that replaced another, since it was forked."""
    replaced = os.environ.get(REPLACEMENT_FLAG) == "1"
    return started_seconds_ago(os.getppid() if _under_gunicorn() and not replaced else os.getpid())
