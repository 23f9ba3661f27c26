"""The one place where the worker's collaborators are made and handed to each other, and where its start is told."""

import atexit
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from app.access.gate import Access
from app.engine_plan import EnginePlan
from app.errors import OcrError
from app.faas.contract import Contract, contract_of
from app.faas.platform import Platform, resolve
from app.faas.ready_file import ReadyFile, ready_file
from app.fetching.intake import ImageIntake
from app.imaging.decoders import Decoders
from app.inference.engine_client import EngineClient, StartSeconds
from app.inference.replacement import Reason, ReplacementRules
from app.inference.supervisor import EngineSupervisor, Events
from app.metrics.exposition import Exposition
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector, started_seconds_ago
from app.pipeline.result import PageOptions
from app.processes.channel import Channel
from app.processes.nursery import Nursery
from app.protocols.native import RequestLimits
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness, State
from app.service import OcrService
from app.settings import REPLACEMENT_FLAG, Settings, unknown_names
from app.version import VERSION

_LOG = logging.getLogger(__name__)

_SMALL_BODY_BYTES = 1 << 16
"""Read even where there is no room for the request: to connect again takes client and server longer than that."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that serves, wired."""

    plan: EnginePlan
    access: Access
    contract: Contract
    admission: Admission
    readiness: Readiness[EngineClient]
    supervisor: EngineSupervisor
    decoders: Decoders
    nursery: Nursery
    service: OcrService
    instruments: Instruments
    exposition: Exposition

    @property
    def settings(self) -> Settings:
        """What all of it was made for."""
        return self.plan.settings

    def wants_body(self, method: str, path: str, headers: Mapping[str, str], length: int | None) -> bool:
        """Whether the body of a request with this head is to be read: else it is answered without.

        *headers*: by their names in lower case. *length*: bytes, where the head says them. Called by the event loop, so
        nothing here waits.
        """
        is_inside = self.contract.is_call(method, path.partition("?")[0], headers)
        if method != "POST" or not (is_inside or self.access.admits(method, path, headers)):
            return False
        is_small = length is not None and length <= _SMALL_BODY_BYTES
        return is_small or self.admission.has_room(Deadline(self.settings.deadline_seconds))

    @property
    def request_limits(self) -> RequestLimits:
        """What a request may ask for."""
        settings = self.settings
        options = PageOptions(
            settings.det_max_side,
            settings.min_score,
            turn_page=settings.autorotate in {"page", "on"},
            turn_lines=settings.autorotate in {"lines", "on"},
        )
        return RequestLimits(settings.max_images, options, can_turn=self.plan.can_turn)

    def start(self, engine: Channel) -> None:
        """Wait until *engine* serves: before returning, or with ``warmup=background`` after it.

        Raises:
            OcrError: It cannot be loaded (in the background this is logged, and ``/readyz`` says it).
        """
        atexit.register(self.stop)
        started: Future[None] = Future()
        threading.Thread(target=self._start_behind, args=(engine, started), name="start", daemon=True).start()
        if self.settings.warmup == "import":
            started.result()

    def stop(self) -> None:
        """Let the other processes end: as this one ends, nobody being in any more."""
        self.supervisor.stop()
        self.decoders.close()
        self.nursery.close()

    def drain(self) -> None:
        """Take no new requests; ``/readyz`` says so."""
        self.admission.drain()
        self.readiness.drain()

    def await_warm(self, seconds: float) -> bool:
        """See :meth:`EngineSupervisor.await_warm`."""
        return self.supervisor.await_warm(seconds)

    def information(self) -> dict[str, Any]:
        """The answer of ``/info``."""
        plan, settings = self.plan, self.settings
        bound = plan.memory.bound(settings, plan.slots, plan.choice.arithmetic)
        return {
            "version": VERSION,
            "platform": self.contract.platform,
            "state": self.readiness.state,
            "model": plan.model,
            "engine": plan.choice.name,
            "precision": plan.choice.precision,
            "parity": "exact" if plan.choice.exact else "close",
            "autorotate": settings.autorotate if plan.can_turn else "unavailable",
            "cpus": round(plan.slots.cpus, 2),
            "threads": {
                "detector_slots": plan.slots.detector_slots,
                "detector_threads": plan.slots.detector_threads,
                "recognizer_slots": plan.slots.recognizer_slots,
            },
            "memory_bytes": {"limit": plan.memory.limit, **bound},
            "limits": {
                "max_bytes": settings.max_bytes,
                "max_pixels": settings.max_pixels,
                "max_side": settings.max_side,
                "max_images": settings.max_images,
                "max_frames": settings.max_frames,
                "det_max_side": settings.det_max_side,
                "det_max_pixels": plan.memory.det_max_pixels,
                "queue_size": settings.queue_size,
                "deadline_seconds": settings.deadline_seconds,
            },
        }

    def _start_behind(self, engine: Channel, started: "Future[None]") -> None:
        settings = self.settings
        try:
            self.decoders.start(settings.start_timeout_seconds)
            self.supervisor.start(engine, settings.start_timeout_seconds)
        except BaseException as error:  # noqa: BLE001 - a thread that dies in silence would leave requests waiting
            self.readiness.fail()
            if settings.warmup == "background":
                detail = {"detail": str(error)}
                _LOG.critical("start failed", extra=detail, exc_info=not isinstance(error, OcrError))
            started.set_exception(error)
        else:
            started.set_result(None)


def build(plan: EnginePlan, nursery: Nursery, access: Access) -> Runtime:
    """Wire the service for *plan* around the processes of *nursery*, behind the gate *access*.

    Raises:
        ConfigurationError: ``url_hosts`` names what is no host.
    """
    for name in unknown_names(os.environ):
        _LOG.warning("unknown setting", extra={"variable": name})
    settings, registry = plan.settings, CollectorRegistry()
    instruments = Instruments.declare(registry)
    instruments.ready.set(0)
    instruments.build_info.labels(VERSION, plan.model, plan.choice.name, plan.choice.precision).set(1)
    family = ProcessFamilyCollector(under_arbiter=_under_gunicorn())
    admission = Admission(plan.slots.active_requests, settings.queue_size, instruments.queue_depth.set)
    platform = resolve(settings.platform, os.environ)
    readiness = Readiness[EngineClient](_tell_state(instruments, platform))
    supervisor = EngineSupervisor(nursery, readiness, ReplacementRules.of(plan), _events(plan, instruments))
    decoders = Decoders(nursery, settings.decode_seconds, settings.max_pixels, instruments.decoder_deaths.inc)
    intake = ImageIntake.for_hosts(
        settings.url_hosts,
        most=plan.slots.fetching_requests,
        seconds=settings.url_seconds,
        max_bytes=settings.max_bytes,
        user_agent=f"ppocr-service/{VERSION}",
    )
    return Runtime(
        plan=plan,
        access=access,
        contract=contract_of(platform),
        admission=admission,
        readiness=readiness,
        supervisor=supervisor,
        decoders=decoders,
        nursery=nursery,
        service=OcrService(intake, admission, readiness, decoders, supervisor),
        instruments=instruments,
        exposition=Exposition(registry, family, os.environ.get("PROMETHEUS_MULTIPROC_DIR")),
    )


def _tell_state(instruments: Instruments, platform: Platform) -> Callable[[State], None]:
    file = ReadyFile(ready_file()) if platform is Platform.OPENFAAS else None

    def tell(state: State) -> None:
        instruments.ready.set(state == "ready")
        if file:
            file.tell(state)

    return tell


def _events(plan: EnginePlan, instruments: Instruments) -> Events:
    def started(took: StartSeconds) -> None:
        total = _service_age()
        instruments.warmup.set(took.warm_up)
        instruments.cold_start.set(total)
        parts = {"imports": total - took.load - took.warm_up, "load": took.load, "warm_up": took.warm_up}
        for name, value in parts.items():
            instruments.start_part.labels(name).set(value)
        seconds = {name: round(value, 3) for name, value in (*parts.items(), ("total", total))}
        what = {"model": plan.model, "engine": plan.choice.name, "precision": plan.choice.precision}
        _LOG.info("ready", extra=what | {"start_seconds": seconds})

    def replaced(reason: Reason) -> None:
        instruments.engine_replacements.labels(reason).inc()
        _LOG.info("engine replaced", extra={"reason": reason})

    return Events(started, replaced, _give_up)


def _give_up() -> None:
    """Leave as at a SIGTERM: gunicorn's arbiter starts another worker, and Lambda, without one, all of it."""
    if _under_gunicorn() or "AWS_LAMBDA_RUNTIME_API" in os.environ:
        os.kill(os.getpid(), signal.SIGTERM)


def _under_gunicorn() -> bool:
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")


def _service_age() -> float:
    """Seconds since the service was executed; of a worker that replaced another, since it was forked."""
    replaced = os.environ.get(REPLACEMENT_FLAG) == "1"
    return started_seconds_ago(os.getppid() if _under_gunicorn() and not replaced else os.getpid())
