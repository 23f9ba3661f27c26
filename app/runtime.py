"""What a worker serves with, once it is wired: its start and end, and what the server and the routes ask of it."""

import atexit
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from app.access.gate import Access
from app.engine_plan import EnginePlan
from app.engines.detection_options import DetectionOptions
from app.errors import OcrError
from app.faas.contract import Contract
from app.imaging.decoders import Decoders
from app.inference.engine_client import EngineClient
from app.inference.supervisor import EngineSupervisor
from app.metrics.exposition import Exposition
from app.metrics.push import MetricsPush
from app.metrics.request_record import RequestRecorder
from app.pipeline.document_options import DocumentOptions
from app.pipeline.result import PageOptions
from app.processes.channel import Channel
from app.processes.nursery import Nursery
from app.protocols.dialect import ServiceState
from app.protocols.request import RequestLimits
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness
from app.service import OcrService
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.version import VERSION

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from app.faas.object_event import ObjectEvents

_LOG = logging.getLogger(__name__)

_SMALL_BODY_BYTES = 1 << 16
"""Read even where there is no room for the request: to connect again takes client and server longer than that."""


class OtherDoor(Protocol):
    """A way in besides HTTP."""

    @property
    def is_answering(self) -> bool:
        """Whether there are clients whose answers are awaited, or may be new ones."""
        ...

    def start(self) -> None:
        """Listen."""
        ...

    def drain(self) -> None:
        """Take nobody new; called by a signal's handler."""
        ...

    def close(self) -> None:
        """End."""
        ...


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
    recorder: RequestRecorder
    exposition: Exposition
    metrics_push: MetricsPush
    other_doors: list[OtherDoor] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """What all of it was made for."""
        return self.plan.settings

    @property
    def slots(self) -> SlotPlan:
        """What is worked on at a time."""
        return self.plan.slots

    @property
    def is_answering_elsewhere(self) -> bool:
        """Whether there are clients that came in otherwise than over HTTP: the server waits for them as for its own."""
        return any(door.is_answering for door in self.other_doors)

    def wants_body(self, method: str, path: str, headers: Mapping[str, str], length: int | None) -> bool:
        """Whether the body of a request with this head is to be read: else it is answered without.

        *headers*: by their names in lower case. *length*: bytes, where the head says them. Called by the event loop, so
        nothing here waits.
        """
        path = path.partition("?")[0]
        is_inside = self.contract.is_event(method, path, headers)
        if self.contract.is_hook(method, path, headers):
            return False
        if method != "POST" or not (is_inside or self.access.admits(method, path, headers)):
            return False
        is_small = length is not None and length <= _SMALL_BODY_BYTES
        return is_small or self.admission.has_room(Deadline(self.settings.deadline_seconds))

    @property
    def request_limits(self) -> RequestLimits:
        """What a request may ask for."""
        settings = self.settings
        options = PageOptions(
            DetectionOptions.of(settings),
            settings.min_score,
            turn_page=settings.autorotate in {"page", "on"},
            turn_lines=settings.autorotate in {"lines", "on"},
        )
        documents = DocumentOptions(dpi=settings.pdf_dpi, most=settings.max_pages)
        return RequestLimits(
            settings.max_images,
            options,
            can_turn=self.plan.can_turn,
            can_doubt=self.plan.can_doubt,
            default_documents=documents,
        )

    def state(self) -> ServiceState:
        """What the service says of itself to clients of other dialects."""
        readiness = self.readiness
        return ServiceState(
            is_live=readiness.is_live,
            is_ready=readiness.state == "ready",
            model=self.plan.model,
            version=VERSION,
            limits=self.request_limits,
            statistics=self.recorder.instruments.inferences.now(),
        )

    def start(self, engine: Channel) -> None:
        """Wait until *engine* serves: before returning, or with ``warmup=background`` after it.

        Raises:
            OcrError: It cannot be loaded (in the background this is logged, and ``/readyz`` says it).
            ConfigurationError: Another door's port cannot be had.
        """
        atexit.register(self.stop)
        for door in self.other_doors:
            door.start()
        started: Future[None] = Future()
        threading.Thread(target=self._start_behind, args=(engine, started), name="start", daemon=True).start()
        if self.settings.warmup == "import":
            started.result()

    def stop(self) -> None:
        """Let the other processes end: as this one ends, nobody being in any more."""
        for door in self.other_doors:
            door.close()
        self.supervisor.stop()
        self.decoders.close()
        self.nursery.close()
        self.metrics_push.push()

    def drain(self) -> None:
        """Take no new requests; ``/readyz`` says so."""
        self.admission.drain()
        self.readiness.drain()
        for door in self.other_doors:
            door.drain()

    def add_grpc(self, statuses: Mapping[str, int]) -> None:
        """Let clients in over gRPC, too. statuses: HTTP's for the code of each error."""
        from app.rpc.server import RpcServer  # noqa: PLC0415 - its library is not imported where it is off

        self.other_doors.append(RpcServer(self, statuses))

    def object_events(self, application: "WSGIApplication") -> "ObjectEvents":
        """What is done about events of buckets; *application* recognises."""
        from app.faas.object_event import ObjectEvents  # noqa: PLC0415 - few platforms have any

        settings = self.settings
        return ObjectEvents.for_buckets(
            application,
            buckets=settings.buckets,
            endpoint=settings.bucket_endpoint,
            seconds=settings.bucket_seconds,
            max_bytes=settings.max_bytes,
            most=settings.max_images,
            result_suffix=settings.result_suffix,
        )

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
                "max_pages": settings.max_pages,
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
