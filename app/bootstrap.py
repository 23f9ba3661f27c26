"""The one place where collaborators are made and handed to each other, and the start-up that warms them."""

import contextlib
import logging
import os
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from app.engines.base import OrientationSlot, TextDetector, TextRecognizer
from app.engines.choice import EngineChoice, choose_engine
from app.engines.registry import load_engine, load_orientation
from app.errors import EngineError, OcrError, WeightsError
from app.imaging.header import ImageLimits
from app.metrics.exposition import Exposition
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector, started_seconds_ago
from app.pipeline.line_groups import by_six, one_by_one
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
from app.slot_plan import SlotPlan
from app.version import VERSION
from app.warm_up import run_once
from app.weights.selection import model_directory, model_name
from app.weights.store import orientation_directory

_LOG = logging.getLogger(__name__)

_INFERENCE_NICENESS = 10
"""With it the p99 of probes under load halves (28 to 13 ms, /metrics 52 to 19), and as many requests are answered."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that serves, wired."""

    settings: Settings
    choice: EngineChoice
    model: str
    directory: Path | None
    orientation_models: Path | None
    plan: SlotPlan
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
        return self.choice.name == "null" or self.orientation_models is not None

    def start(self) -> None:
        """Load and warm the models: before returning, or with ``warmup=background`` after it.

        Raises:
            OcrError: They cannot be loaded (in the background this is logged, and ``/readyz`` says it).
        """
        loading: Future[None] = Future()
        threading.Thread(target=self._load_behind, args=(loading,), name="start", daemon=True).start()
        if self.settings.warmup == "import":
            try:
                loading.result(self.settings.start_timeout_seconds)
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
            "engine": self.choice.name,
            "precision": self.choice.precision,
            "parity": "exact" if self.choice.exact else "close",
            "autorotate": self.settings.autorotate if self.can_turn else "unavailable",
            "cpus": round(self.plan.cpus, 2),
            "threads": {
                "detector_slots": self.plan.detector_slots,
                "detector_threads": self.plan.detector_threads,
                "recognizer_slots": self.plan.recognizer_slots,
            },
            "limits": {
                "max_bytes": settings.max_bytes,
                "max_pixels": settings.max_pixels,
                "max_side": settings.max_side,
                "max_images": settings.max_images,
                "det_max_side": settings.det_max_side,
                "queue_size": settings.queue_size,
                "deadline_seconds": settings.deadline_seconds,
            },
        }

    def _load_behind(self, loading: "Future[None]") -> None:
        """Load in this thread, which steps behind the HTTP threads; every thread that it starts inherits that.

        A thread that holds the interpreter lock must not wait for a processor while the models keep them all busy:
        every probe would wait with it.
        """
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _INFERENCE_NICENESS)
        try:
            self._load()
        except BaseException as error:  # noqa: BLE001 - a thread that dies in silence would leave requests waiting
            self.readiness.fail()
            if self.settings.warmup == "background":
                detail = {"detail": str(error)}
                _LOG.critical("start failed", extra=detail, exc_info=not isinstance(error, OcrError))
            loading.set_exception(error)
        else:
            loading.set_result(None)

    def _load(self) -> None:
        begun = time.perf_counter()
        engine = load_engine(self.choice, self.settings, self.directory, self.plan)
        loaded = time.perf_counter()
        detectors = InferencePool[TextDetector]("detect", engine.detectors, lambda slot: slot.warm_up())
        recognizers = InferencePool[TextRecognizer]("recognise", engine.recognizers, lambda slot: slot.warm_up())
        for slot in (*detectors.start(), *recognizers.start()):
            slot.result()
        orienters = Once(self._orienters)
        if self.settings.autorotate != "off":
            orienters()
        grouping = by_six if self.choice.exact else one_by_one
        pipeline = Pipeline(detectors, LineReader(recognizers, grouping, engine.lines_per_call), orienters)
        run_once(pipeline, self.request_limits.default_options)
        self._report(load=loaded - begun, warm_up=time.perf_counter() - loaded)
        self.readiness.ready(pipeline)
        self.instruments.ready.set(1)

    def _orienters(self) -> InferencePool[OrientationSlot]:
        """Orientation slots, warm. Where it is off by default they are made for the first request that asks.

        They would cost every start half a second and 45 MB.
        """
        slots = load_orientation(self.choice, self.orientation_models, self.plan)
        pool = InferencePool[OrientationSlot]("orient", slots, lambda slot: slot.warm_up())
        for slot in pool.start():
            slot.result()
        return pool

    def _report(self, load: float, warm_up: float) -> None:
        total = _service_age()
        self.instruments.warmup.set(warm_up)
        self.instruments.cold_start.set(total)
        parts = {"imports": total - load - warm_up, "load": load, "warm_up": warm_up}
        for name, value in parts.items():
            self.instruments.start_part.labels(name).set(value)
        seconds = {name: round(value, 3) for name, value in (*parts.items(), ("total", total))}
        what = {"model": self.model, "engine": self.choice.name, "precision": self.choice.precision}
        _LOG.info("ready", extra=what | {"start_seconds": seconds})


def build(settings: Settings) -> Runtime:
    """Wire the service for *settings*; nothing is loaded yet.

    Raises:
        WeightsError: The models are not there.
        ConfigurationError: The settings contradict each other.
    """
    for name in unknown_names(os.environ):
        _LOG.warning("unknown setting", extra={"variable": name})
    choice = choose_engine(settings)
    model = model_name(settings, choice.name)
    directory = None if choice.name == "null" else model_directory(settings, choice.name)
    orientation_models = _orientation_models(settings, choice)
    plan = SlotPlan.for_settings(settings)
    registry = CollectorRegistry()
    instruments = Instruments.declare(registry)
    instruments.ready.set(0)
    instruments.build_info.labels(VERSION, model, choice.name, choice.precision).set(1)
    family = ProcessFamilyCollector(under_arbiter=_under_gunicorn())
    exposition = Exposition(registry, family, os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    admission = Admission(plan.active_requests, settings.queue_size, instruments.queue_depth.set)
    readiness = Readiness[Pipeline]()
    service = OcrService(admission, readiness, ImageLimits(settings.max_pixels, settings.max_side))
    return Runtime(
        settings=settings,
        choice=choice,
        model=model,
        directory=directory,
        orientation_models=orientation_models,
        plan=plan,
        admission=admission,
        readiness=readiness,
        service=service,
        instruments=instruments,
        exposition=exposition,
    )


def _orientation_models(settings: Settings, choice: EngineChoice) -> Path | None:
    directory = orientation_directory(settings.weights_dir)
    if directory is None and settings.autorotate != "off" and choice.name != "null":
        raise WeightsError(
            f"OCR_AUTOROTATE={settings.autorotate}: the orientation models are not in {settings.weights_dir}: "
            "run `make weights` or `python -m app.weights fetch orientation`"
        )
    return directory


def _under_gunicorn() -> bool:
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")


def _service_age() -> float:
    """Seconds since the service was executed; of a worker that replaced another, since it was forked."""
    replaced = os.environ.get(REPLACEMENT_FLAG) == "1"
    return started_seconds_ago(os.getppid() if _under_gunicorn() and not replaced else os.getpid())
